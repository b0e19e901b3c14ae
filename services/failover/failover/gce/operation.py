"""Operations: GCE accepts a request first, and says later whether it could be carried out."""

import asyncio
from collections.abc import Iterable
from uuid import uuid4

from failover.gce.error import GceError, of_operation, unanswered
from failover.gce.rest import Answer, Rest
from failover.provider import ErrorClass

PAUSE = 0.25
"""Seconds after a wait that came back at once, as the reference of zoneOperations.wait says a busy server's may."""


class Operations:
    """Those of one project's zones."""

    def __init__(self, rest: Rest, seconds: float) -> None:
        self._rest, self._seconds = rest, seconds

    async def finish(self, zone: str, operation: Answer, secrets: Iterable[str] = ()) -> None:
        """Wait until it is done. Raises its error; RETRY if it is not done within the bound, or cannot be seen.

        Long polls, so it is known within a round trip; the bound is this machine's clock, whatever the server does.
        """
        loop = asyncio.get_running_loop()
        end = loop.time() + self._seconds
        while operation.get("status") != "DONE":
            begun = loop.time()
            if begun >= end:
                raise unanswered(f"operation {operation.get('name')} not done after {self._seconds:g} s")
            operation = await self._wait(zone, operation, end - begun)
            if operation.get("status") != "DONE" and loop.time() - begun < PAUSE:
                await asyncio.sleep(PAUSE)
        if error := of_operation(operation, secrets):
            raise error

    async def _wait(self, zone: str, operation: Answer, seconds: float) -> Answer:
        name = operation.get("name")
        if not name or not isinstance(name, str):
            raise unanswered("an answer that is no operation")
        try:
            return await self._rest.call(
                "zoneOperations.wait", "POST", f"zones/{zone}/operations/{name}/wait", seconds=seconds
            )
        except GceError as error:
            if error.status == 404:  # forgotten, or not known yet: what became of it must be asked otherwise
                raise unanswered(f"operation {name}: {error.message}", error.status) from None
            raise


def failed(operation: Answer) -> GceError | None:
    """Its error, if it is done and failed."""
    return of_operation(operation) if operation.get("status") == "DONE" else None


def would_repeat_a_failure(operation: Answer) -> bool:
    """An earlier request with the same id failed, of a cause that passes: the id stands for that failure for ever."""
    error = failed(operation)
    return error is not None and error.error_class is ErrorClass.RETRY


def fresh_request_id() -> str:
    """For a request that may be carried out twice, since names are unique."""
    return str(uuid4())
