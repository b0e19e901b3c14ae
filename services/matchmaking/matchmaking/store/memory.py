"""The store of one process: gone with it, as embedded mode says of itself."""

import asyncio
import heapq
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from kubeclient.clock import Clock
from matchmaking.store import StoreError

BACKLOG = 10_000
"""Messages that a listener may be behind. One that is further behind is told that it missed some."""


class MemoryStore:
    """Implements Store. Nothing waits in it, so that every method is one step that no other comes in between."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._values: dict[str, tuple[bytes, float | None]] = {}
        """Value, and when it ends."""

        self._ends: list[tuple[float, str]] = []
        """A heap. An entry whose key has another end by now, or none, means nothing."""

        self._listeners: dict[str, set[asyncio.Queue[bytes | None]]] = {}

    def __len__(self) -> int:
        self._expire()
        return len(self._values)

    async def get(self, key: str) -> bytes | None:
        self._expire()
        return self._values.get(key, (None, None))[0]

    async def get_many(self, keys: list[str]) -> list[bytes | None]:
        self._expire()
        return [self._values.get(key, (None, None))[0] for key in keys]

    async def create(self, key: str, value: bytes, seconds: float | None = None) -> bool:
        self._expire()
        if key in self._values:
            return False
        self._set(key, value, seconds)
        return True

    async def replace(self, key: str, old: bytes, new: bytes, seconds: float | None = None) -> bool:
        self._expire()
        if self._values.get(key, (None, None))[0] != old:
            return False
        self._set(key, new, seconds)
        return True

    async def put(self, key: str, value: bytes, seconds: float | None = None) -> None:
        self._expire()
        self._set(key, value, seconds)

    async def delete(self, key: str, old: bytes | None = None) -> bool:
        self._expire()
        if key not in self._values or (old is not None and self._values[key][0] != old):
            return False
        del self._values[key]
        return True

    async def keep(self, key: str, seconds: float) -> bool:
        self._expire()
        if key not in self._values:
            return False
        self._set(key, self._values[key][0], seconds)
        return True

    async def keys(self, prefix: str) -> AsyncIterator[str]:
        self._expire()
        for key in [key for key in self._values if key.startswith(prefix)]:
            yield key

    async def publish(self, channel: str, message: bytes) -> None:
        for queue in self._listeners.get(channel, set()):
            if queue.qsize() < BACKLOG:
                queue.put_nowait(message)
            else:
                queue.put_nowait(None)

    @asynccontextmanager
    async def listen(self, channel: str) -> AsyncIterator[AsyncIterator[bytes]]:
        queue: asyncio.Queue[bytes | None] = asyncio.Queue()
        listeners = self._listeners.setdefault(channel, set())
        listeners.add(queue)
        try:
            yield _messages(queue, channel)
        finally:
            listeners.discard(queue)

    def _set(self, key: str, value: bytes, seconds: float | None) -> None:
        end = None if seconds is None else self._clock.monotonic() + seconds
        self._values[key] = value, end
        if end is not None:
            heapq.heappush(self._ends, (end, key))
        if len(self._ends) > 2 * len(self._values) + 1000:  # what is kept again and again leaves an entry each time
            self._ends = [(end, key) for key, (_, end) in self._values.items() if end is not None]
            heapq.heapify(self._ends)

    def _expire(self) -> None:
        now = self._clock.monotonic()
        while self._ends and self._ends[0][0] <= now:
            _, key = heapq.heappop(self._ends)
            _, end = self._values.get(key, (None, None))
            if end is not None and end <= now:
                del self._values[key]


async def _messages(queue: asyncio.Queue[bytes | None], channel: str) -> AsyncIterator[bytes]:
    while True:
        message = await queue.get()
        if message is None:
            raise StoreError(f"a listener of {channel} was {BACKLOG} messages behind, and missed some")
        yield message
