"""Calls about one instance, for which an absent machine is an answer."""

import re
from collections.abc import Iterable, Mapping

from failover.gce.error import GceError
from failover.gce.rest import Answer, Rest
from failover.provider import Place

_NAMED = re.compile(r"[Rr]esource '([^']*)'")


class Instances:
    """Those of one project."""

    def __init__(self, rest: Rest) -> None:
        self._rest = rest

    async def find(self, place: Place) -> Answer | None:
        """The resource, or None if GCE says that there is no such instance."""
        return await self._call(place, "get", "GET")

    async def delete(self, place: Place, request_id: str) -> Answer | None:
        """The operation, or None if there is no such instance."""
        return await self._call(place, "delete", "DELETE", request_id=request_id)

    async def start(self, place: Place, request_id: str) -> Answer | None:
        """The operation, or None if there is no such instance."""
        return await self._call(place, "start", "POST", "/start", request_id=request_id)

    async def set_metadata(
        self, place: Place, metadata: Mapping[str, object], request_id: str, secrets: Iterable[str]
    ) -> Answer | None:
        """The operation, or None if there is no such instance. Raises GceError 412 for an old fingerprint."""
        return await self._call(
            place, "setMetadata", "POST", "/setMetadata", request_id=request_id, body=metadata, secrets=secrets
        )

    async def insert(self, zone: str, body: Mapping[str, object], request_id: str, secrets: Iterable[str]) -> Answer:
        """The operation. What is absent here is the zone or the image: an error."""
        path, query = f"zones/{zone}/instances", {"requestId": request_id}
        return await self._rest.call("instances.insert", "POST", path, query=query, body=body, secrets=secrets)

    async def _call(
        self,
        place: Place,
        method: str,
        verb: str,
        suffix: str = "",
        *,
        request_id: str = "",
        body: Mapping[str, object] | None = None,
        secrets: Iterable[str] = (),
    ) -> Answer | None:
        path = f"zones/{place.zone}/instances/{place.name}{suffix}"
        query = {"requestId": request_id} if request_id else {}
        try:
            return await self._rest.call(f"instances.{method}", verb, path, query=query, body=body, secrets=secrets)
        except GceError as error:
            if _says_absent(error, place):
                return None
            raise


def _says_absent(error: GceError, place: Place) -> bool:
    """A 404 in GCE's own words, and not about something else: a proxy's, or the project's, says nothing of it."""
    if error.status != 404 or "notfound" not in error.reasons:
        return False
    named = _NAMED.search(error.message)
    return named is None or named[1].endswith(f"/instances/{place.name}")
