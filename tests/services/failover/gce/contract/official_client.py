"""Google's own client, pointed at the double."""

import json
from functools import partial
from typing import Any

from google.api_core.client_options import ClientOptions
from google.auth.credentials import AnonymousCredentials
from google.cloud import compute_v1

from failover.gce.resource import to_send
from tests.doubles.gce.clock import ManualClock
from tests.doubles.gce.double import GceDouble
from tests.services.failover.gce.attempt import KNOWN, ZONE, attempt, settings

PLACE = {"project": KNOWN.project, "zone": ZONE}


class Google:
    """Its clients for instances and operations, with a few words for what tests do often."""

    def __init__(self, double: GceDouble, clock: ManualClock | None = None) -> None:
        self.double, self._clock = double, clock
        given: dict[str, Any] = {
            "client_options": ClientOptions(api_endpoint=double.url),
            "credentials": AnonymousCredentials(),  # type: ignore[no-untyped-call]
        }
        self.instances: Any = compute_v1.InstancesClient(**given)
        self.operations: Any = compute_v1.ZoneOperationsClient(**given)
        # What waits for an operation inside the first client would go to Google: it does not pass its endpoint on.
        self.instances.transport._extended_operations_services["zone_operations"] = self.operations

    def resource(self, name: str = "fo-1", **changes: Any) -> Any:
        """What our provider sends, in Google's types, which refuse a field that they do not know."""
        body = to_send(attempt(name), settings(self.double)) | changes
        return compute_v1.Instance.from_json(json.dumps(body))

    def insert(self, name: str = "fo-1", request_id: str | None = None, zone: str = ZONE, **changes: Any) -> Any:
        """Its operation, not waited for."""
        request = {"project": KNOWN.project, "zone": zone, "instance_resource": self.resource(name, **changes)}
        return self.instances.insert_unary(request=request | ({"request_id": request_id} if request_id else {}))

    def done(self, operation: Any) -> Any:
        """The operation, when it is done."""
        return self.operations.wait(**PLACE, operation=operation.name)

    def made(self, name: str = "fo-1", zone: str = ZONE, **changes: Any) -> None:
        """Insert, and wait."""
        operation = self.insert(name, zone=zone, **changes)
        self.operations.wait(project=KNOWN.project, zone=zone, operation=operation.name)

    def get(self, name: str = "fo-1") -> Any:
        return self.instances.get(**PLACE, instance=name, retry=None)

    def pass_time(self, seconds: float) -> None:
        """Of a double with a clock of ours."""
        assert self._clock
        self.double.do(partial(self._clock.advance, seconds))

    def close(self) -> None:
        self.instances.transport.close()
        self.operations.transport.close()
