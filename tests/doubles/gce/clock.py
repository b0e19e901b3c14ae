"""Time for the double: the machine's, or a test's own."""

import asyncio
import heapq
import itertools
import time
from collections.abc import Callable
from typing import Protocol


class Timer(Protocol):
    def cancel(self) -> None:
        """Forget it; one that has rung or was cancelled is no error."""


class Clock(Protocol):
    """Seconds since the epoch. Timers ring in the double's event loop."""

    def now(self) -> float: ...

    def later(self, seconds: float, ring: Callable[[], None]) -> Timer: ...


class SystemClock:
    def now(self) -> float:
        return time.time()

    def later(self, seconds: float, ring: Callable[[], None]) -> Timer:
        return asyncio.get_running_loop().call_later(seconds, ring)


class _Entry:
    def __init__(self, ring: Callable[[], None]) -> None:
        self.ring: Callable[[], None] | None = ring

    def cancel(self) -> None:
        self.ring = None


class ManualClock:
    """Stands still until a test advances it, from the event loop's thread."""

    def __init__(self, now: float = 1_790_000_000.0) -> None:
        self._now = now
        self._order = itertools.count()
        self._entries: list[tuple[float, int, _Entry]] = []

    def now(self) -> float:
        return self._now

    def later(self, seconds: float, ring: Callable[[], None]) -> Timer:
        entry = _Entry(ring)
        heapq.heappush(self._entries, (self._now + seconds, next(self._order), entry))
        return entry

    def advance(self, seconds: float) -> None:
        """Let time go by: what is due rings in its order, and at its own time."""
        end = self._now + seconds
        while self._entries and self._entries[0][0] <= end:
            self._now, _, entry = heapq.heappop(self._entries)
            if entry.ring:
                entry.ring()
        self._now = end
