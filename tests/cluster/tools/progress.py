"""What a person sees while tools are fetched or compiled: one line, ever newer, on a terminal; else a line a while."""

import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from subprocess import Popen, TimeoutExpired

SECONDS_BETWEEN_LINES = 30
"""In a log. CI ends a job that is silent for minutes."""


@dataclass
class Progress:
    """`place` is "3/8" or empty; `what` is said with the time since the start and, if known, the `expected` seconds."""

    place: str
    what: str
    expected: int = 0
    start: float = field(default_factory=time.monotonic)
    said: float = 0

    def __post_init__(self) -> None:
        self.say(f", about {shown(self.expected)} on two idle cores" if self.expected else "")

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.start

    def say(self, rest: str = "") -> None:
        """One line; on a terminal it replaces the one before."""
        self.said = time.monotonic()
        line = " ".join(part for part in ("tools:", self.place, self.what + rest) if part)
        sys.stderr.write(f"\r\x1b[K{line}" if sys.stderr.isatty() else f"{line}\n")
        sys.stderr.flush()

    def tick(self, rest: str = "") -> None:
        """Say how long it has lasted, if that is due."""
        if time.monotonic() - self.said >= (1 if sys.stderr.isatty() else SECONDS_BETWEEN_LINES):
            usual = f" (about {shown(self.expected)} on two idle cores)" if self.expected else ""
            self.say(f", {shown(self.seconds)} so far{usual}{rest}")

    def wait(self, child: Popen[str]) -> int:
        """Until the child ends; its exit code."""
        while True:
            with suppress(TimeoutExpired):
                return child.wait(1)
            self.tick()

    def done(self, result: str) -> None:
        """The last line of this."""
        self.say(f": {result} ({shown(self.seconds)})")
        if sys.stderr.isatty():
            sys.stderr.write("\n")


def shown(seconds: float) -> str:
    """75 is `1 min 15 s`."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
