"""Time as something that is handed in, so that a test decides when it passes."""

import asyncio
import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """What the rest of the package knows of time."""

    def now(self) -> datetime:
        """The time of day in UTC: for what others read, never to measure with, since it is set back and forth."""

    def monotonic(self) -> float:
        """Seconds since some moment, which only grow: what every deadline is measured with.

        Linux does not count the time that a machine is suspended, so nothing that must be safe may rest on it.
        """

    async def sleep(self, seconds: float) -> None:
        """Wait so many seconds; none or less lets the others have a turn."""


class SystemClock:
    """The machine's own."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(0, seconds))
