"""A clock for tests: hours pass in no time, and always in the same order."""

import asyncio
import heapq
import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

START = datetime(2026, 1, 1, tzinfo=UTC)
QUIET_TURNS = 3
"""Turns of the loop in which nothing ran, so that it has looked for what came over sockets."""


class VirtualClock:
    """Time that passes only when everything waits for it.

    By itself, unless `by_hand`: as soon as the loop has nothing left to run, the next sleeper is woken and it is then.
    Sleepers are woken one at a time, and what one sets off ends before the next. By hand: `advance`.

    Over real sockets give a `grace`: real seconds of nothing to do before time passes, for what is on its way. Threads
    are not seen at all: hold the clock (`held`) while one works. One clock a loop; its own loop is any of asyncio's.
    """

    def __init__(self, *, by_hand: bool = False, grace: float = 0.0, limit: float = 30 * 86_400) -> None:
        """Beyond `limit` seconds `sleep` raises RuntimeError: a test that waits for what never comes ends."""
        self._by_hand, self._grace, self._limit = by_hand, grace, limit
        self._elapsed = 0.0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._number = itertools.count()
        self._pumping = False
        self._holds = 0
        self.skew = timedelta()
        """What the time of day is off by."""

    def now(self) -> datetime:
        return START + timedelta(seconds=self._elapsed) + self.skew

    def monotonic(self) -> float:
        return self._elapsed

    async def sleep(self, seconds: float) -> None:
        if self._elapsed > self._limit:
            raise RuntimeError(f"{self._elapsed:.0f} s have passed: the test waits for what never comes")
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        alarm: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._elapsed + seconds, next(self._number), alarm))
        self._stir()
        await alarm

    @property
    def sleepers(self) -> int:
        """How many wait for time to pass."""
        return sum(not alarm.done() for _, _, alarm in self._sleepers)

    async def advance(self, seconds: float) -> None:
        """Let so much time pass, everything that is due in it happen, and what that sets off."""
        with self.held():
            end = self._elapsed + seconds
            await self.settle()
            while (due := self._next_due()) is not None and due <= end:
                self._wake_next()
                await self.settle()
            self._elapsed = max(self._elapsed, end)

    async def settle(self) -> None:
        """Let everything run that can without time passing."""
        with self.held():
            quiet = 0
            while quiet < QUIET_TURNS:
                await asyncio.sleep(0)
                quiet = 0 if _busy() else quiet + 1

    async def until(self, condition: Callable[[], object], seconds: float = 600.0, step: float = 0.05) -> None:
        """Wait until `condition` is truthy, looking every `step` seconds. Raises TimeoutError after `seconds`."""
        end = self._elapsed + seconds
        while not condition():
            if self._elapsed >= end:
                raise TimeoutError(f"not within {seconds:g} s")
            await (self.advance(step) if self._by_hand else self.sleep(step))

    @contextmanager
    def held(self) -> Iterator[None]:
        """No time passes by itself in this block."""
        self._holds += 1
        try:
            yield
        finally:
            self._holds -= 1
            if self._sleepers:
                self._stir()

    def _stir(self) -> None:
        if not (self._pumping or self._by_hand or self._holds):
            self._pumping = True
            asyncio.get_running_loop().call_soon(self._pump, 0)

    def _pump(self, quiet: int) -> None:
        """Wake the next sleeper once the loop has been quiet, and so on while there are any."""
        loop = asyncio.get_running_loop()
        if self._holds:
            self._pumping = False
        elif _busy():
            loop.call_soon(self._pump, 0)
        elif quiet < QUIET_TURNS:
            loop.call_soon(self._pump, quiet + 1)
        elif quiet == QUIET_TURNS and self._grace:
            loop.call_later(self._grace, self._pump, quiet + 1)
        else:
            self._wake_next()
            self._pumping = self._next_due() is not None
            if self._pumping:
                loop.call_soon(self._pump, 0)

    def _next_due(self) -> float | None:
        while self._sleepers and self._sleepers[0][2].done():  # cancelled
            heapq.heappop(self._sleepers)
        return self._sleepers[0][0] if self._sleepers else None

    def _wake_next(self) -> None:
        if self._next_due() is not None:
            due, _, alarm = heapq.heappop(self._sleepers)
            self._elapsed = max(self._elapsed, due)
            alarm.set_result(None)


def _busy() -> bool:
    """Whether anything but the caller is ready to run: asyncio tells only by what is in its own loop."""
    ready = getattr(asyncio.get_running_loop(), "_ready", None)
    if ready is None:
        raise RuntimeError("a VirtualClock needs one of asyncio's own loops")
    return bool(ready)
