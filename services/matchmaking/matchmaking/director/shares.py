"""Which modes are this replica's to fetch. Two that fetch one do work twice and no harm, so nothing is locked."""

import hashlib
import logging
from typing import Never

from kubeclient.clock import Clock
from matchmaking.store import Store, StoreError

PREFIX = "director/"
BEAT_SECONDS, ALIVE_SECONDS = 3.0, 10.0
"""Between two signs of life, and how long one counts: a dead replica's modes wait no longer for another."""

log = logging.getLogger(__name__)


class Shares:
    """`run` never returns; cancel it. `replica` is a name that no other replica has."""

    def __init__(self, store: Store, clock: Clock, replica: str) -> None:
        self._store, self._clock, self._replica = store, clock, replica
        self.replicas: frozenset[str] = frozenset({replica})
        """All that are alive, as of the last look."""

    async def run(self) -> Never:
        while True:
            try:
                await self.beat()
            except StoreError as error:
                log.warning("the modes stay shared out as they were: %s", error)
            await self._clock.sleep(BEAT_SECONDS)

    async def beat(self) -> None:
        """Say that this one is alive, and see who else is. Raises StoreError."""
        await self._store.put(PREFIX + self._replica, b"", ALIVE_SECONDS)
        found = {key.removeprefix(PREFIX) async for key in self._store.keys(PREFIX)}
        self.replicas = frozenset(found | {self._replica})

    async def leave(self) -> None:
        """Let the others take over at once. Raises StoreError."""
        await self._store.delete(PREFIX + self._replica)

    def mine(self, mode_id: str) -> bool:
        """Rendezvous hashing: a replica that comes or goes moves no mode but those that are or were its own."""
        return max(self.replicas, key=lambda replica: _weight(mode_id, replica)) == self._replica


def _weight(mode_id: str, replica: str) -> tuple[bytes, str]:
    return hashlib.sha256(f"{len(mode_id)}:{mode_id}{replica}".encode()).digest(), replica
