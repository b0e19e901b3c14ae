"""Players who wait, without a question to the store each: the director's announcements wake them."""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Never

import msgspec

from kubeclient.backoff import Backoff
from kubeclient.clock import Clock
from matchmaking import announcement
from matchmaking.store import Store, StoreError

log = logging.getLogger(__name__)


class Waiters:
    """One subscription for all of a process. `run` never returns; cancel it."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock
        self._events: dict[str, set[asyncio.Event]] = {}

    def __len__(self) -> int:
        return sum(len(events) for events in self._events.values())

    @contextmanager
    def waiting(self, ticket_id: str) -> Iterator[asyncio.Event]:
        """Set when something is said of the ticket, from the moment of entering."""
        event = asyncio.Event()
        self._events.setdefault(ticket_id, set()).add(event)
        try:
            yield event
        finally:
            self._events[ticket_id].discard(event)
            if not self._events[ticket_id]:
                del self._events[ticket_id]

    async def run(self) -> Never:
        backoff = Backoff()
        while True:
            try:
                async with self._store.listen(announcement.CHANNEL) as messages:
                    self._wake_all()  # they may have missed something
                    backoff.reset()
                    async for message in messages:
                        self._hear(message)
            except StoreError as error:
                log.warning("announcements are not heard for now: %s", error)
            await self._clock.sleep(backoff.next())

    def _hear(self, message: bytes) -> None:
        try:
            told = announcement.decode(message)
        except msgspec.MsgspecError as error:
            log.warning("an announcement that can't be read: %s", error)
            return
        for ticket in told.tickets:
            for event in self._events.get(ticket, ()):
                event.set()

    def _wake_all(self) -> None:
        for events in self._events.values():
            for event in events:
                event.set()
