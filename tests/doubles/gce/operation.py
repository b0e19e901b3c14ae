"""Operations: what GCE promised to do, and how it went. Fields as in CCExtractor/sample-platform#901."""

import asyncio
import itertools
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from http import HTTPStatus
from typing import Any

from tests.doubles.gce.fault import OperationError

Json = dict[str, Any]
LINKS = "https://www.googleapis.com/compute/v1"
"""Links name this host, whichever was called."""

_PACIFIC = timezone(timedelta(hours=-7))
_ids = itertools.count(4_000_000_000_000_000_001)


def new_id() -> str:
    """A number of 64 bits, as text: JSON's numbers are too small."""
    return str(next(_ids))


def timestamp(seconds: float) -> str:
    """RFC 3339 with milliseconds, and in Google's own time zone."""
    return datetime.fromtimestamp(seconds, UTC).astimezone(_PACIFIC).isoformat(timespec="milliseconds")


@dataclass(eq=False)
class Operation:
    """One; `target` is a path such as `projects/p/zones/z/instances/n`."""

    kind: str
    project: str
    zone: str
    target: str
    target_id: str
    request_id: str
    begun: float
    status: str = "PENDING"
    ended: float | None = None
    error: OperationError | None = None
    id: str = field(default_factory=new_id)
    name: str = ""
    over: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.name = f"operation-{int(self.begun * 1000)}-{secrets.token_hex(6)}-{secrets.token_hex(4)}"

    @property
    def is_done(self) -> bool:
        return self.status == "DONE"

    def run(self) -> None:
        if not self.is_done:
            self.status = "RUNNING"

    def end(self, now: float, error: OperationError | None = None) -> None:
        """It is over, if it was not already."""
        if not self.is_done:
            self.status, self.ended, self.error = "DONE", now, error
            self.over.set()

    def body(self) -> Json:
        path = f"{LINKS}/projects/{self.project}/zones/{self.zone}"
        shown = {
            "kind": "compute#operation",
            "id": self.id,
            "name": self.name,
            "zone": path,
            "operationType": self.kind,
            "targetLink": f"{LINKS}/{self.target}",
            "targetId": self.target_id,
            "status": self.status,
            "user": "failover@example.iam.gserviceaccount.com",
            "progress": 100 if self.is_done else 0,
            "insertTime": timestamp(self.begun),
            "selfLink": f"{path}/operations/{self.name}",
        }
        if self.request_id:
            shown["clientOperationId"] = self.request_id
        if self.status != "PENDING":
            shown["startTime"] = timestamp(self.begun)
        if self.ended is not None:
            shown["endTime"] = timestamp(self.ended)
        return shown | (_failure(self.error) if self.error else {})


def _failure(error: OperationError) -> Json:
    phrase = HTTPStatus(error.status).phrase.upper()
    errors = [{"code": error.code, "message": error.message}]
    return {"error": {"errors": errors}, "httpErrorStatusCode": error.status, "httpErrorMessage": phrase}
