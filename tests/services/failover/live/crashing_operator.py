"""The operator, killed by itself after a write was carried out, its answer unread, and so before the next.

Events and its own Lease don't count: nothing rests on them.
"""

import argparse
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from failover import operator
from failover.gce.instances import Instances
from failover.provider import Place
from kubeclient.connection import Connection
from kubeclient.transport import Answer, Request

DIED = 9
UNCOUNTED = ("/events", "/leases")


class Trap:
    """Springs at the n-th write that changes anything: what was refused, or was so already, is none."""

    def __init__(self, number: int) -> None:
        self._number, self._writes = number, 0

    def after(self, what: str) -> None:
        """It was carried out, and nobody has read the answer."""
        self._writes += 1
        if self._writes == self._number:
            os.write(1, f"after {what}\n".encode())
            os._exit(DIED)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--settings", type=Path, required=True)
    parser.add_argument("--kubeconfig", type=Path, required=True)
    parser.add_argument("--at", type=int, required=True)
    given = parser.parse_args()
    trap = Trap(given.at)
    _set(trap)
    operator.main(given.settings, given.kubeconfig)


def _set(trap: Trap) -> None:
    send = Connection.send

    async def trapped(self: Connection, request: Request) -> Answer:
        if request.method == "GET" or any(each in request.path for each in UNCOUNTED):
            return await send(self, request)
        answer = await send(self, request)
        if answer.status < 400:
            trap.after(f"{request.method} {request.path}")
        return answer

    Connection.send = trapped  # type: ignore[method-assign]
    _trap_cloud(trap)


def _trap_cloud(trap: Trap) -> None:
    """A call about a machine that is as the call would have it changes nothing."""
    insert, delete, set_metadata = Instances.insert, Instances.delete, Instances.set_metadata

    async def inserted(self: Instances, zone: str, body: Mapping[str, object], *arguments: Any) -> Any:
        before = await self.find(Place(zone, str(body["name"])))
        answer = await insert(self, zone, body, *arguments)
        if before is None:
            trap.after("cloud insert")
        return answer

    async def deleted(self: Instances, place: Place, request_id: str) -> Any:
        before = await self.find(place)
        answer = await delete(self, place, request_id)
        if before and before["status"] != "STOPPING":
            trap.after("cloud delete")
        return answer

    async def metadata_set(self: Instances, *arguments: Any) -> Any:
        answer = await set_metadata(self, *arguments)
        trap.after("cloud setMetadata")
        return answer

    Instances.insert, Instances.delete = inserted, deleted  # type: ignore[method-assign, assignment]
    Instances.set_metadata = metadata_set  # type: ignore[method-assign, assignment]


if __name__ == "__main__":
    main()
