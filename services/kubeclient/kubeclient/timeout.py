"""A limit to how long something takes, by a Clock."""

import asyncio
from types import TracebackType
from typing import Self

from kubeclient.clock import Clock


class Timeout:
    """As `asyncio.timeout`, which only knows the loop's own time. Raises TimeoutError out of the block.

    `restart` begins the seconds anew: a silence is limited so, as long as something is heard now and then.
    """

    def __init__(self, clock: Clock, seconds: float) -> None:
        self._clock, self._seconds = clock, seconds
        self._due = 0.0
        self._expired = False

    def restart(self, seconds: float | None = None) -> None:
        """All of the seconds are left again; or so many, if that is said before anything is waited for."""
        self._due = self._clock.monotonic() + (self._seconds if seconds is None else seconds)

    async def __aenter__(self) -> Self:
        self._block = _this_task()
        self._cancelled_before = self._block.cancelling()
        self.restart()
        self._alarm = asyncio.create_task(self._expire())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._alarm.cancel()
        # Cancelled by somebody else as well: that one wins, as with asyncio.timeout.
        if self._expired and self._block.uncancel() <= self._cancelled_before and kind is asyncio.CancelledError:
            raise TimeoutError(f"more than {self._seconds:g} s") from error

    async def _expire(self) -> None:
        while (left := self._due - self._clock.monotonic()) > 0:
            await self._clock.sleep(left)
        self._expired = True
        self._block.cancel()


def _this_task() -> asyncio.Task[object]:
    task = asyncio.current_task()
    if task is None:
        raise RuntimeError("a Timeout is for code that runs in a task")
    return task
