"""What was seen when: each step from a commit to what it brought about, with its seconds."""

import os
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

LOG = "HOMEGROUND_E2E_LOG"
"""Environment variable: a file that every timeline is added to."""


class Timeline:
    """Lines such as `12:00:01   +0.8 s  live Fleet has replicas 4`, counted from the last `begin`."""

    def __init__(self, title: str, report: Callable[[str, object], None]) -> None:
        self.lines = [title]
        self._report = report
        self._start = time.monotonic()

    def begin(self, what: str) -> None:
        """Count from here."""
        self._start = time.monotonic()
        self.mark(what)

    def mark(self, what: str) -> float:
        """Note that this is so now; the seconds since `begin`."""
        seconds = time.monotonic() - self._start
        self.lines.append(f"{datetime.now():%H:%M:%S} {seconds:+6.1f} s  {what}")
        self._report(what, round(seconds, 1))
        return seconds

    def write(self) -> None:
        """Add it to the log, if the environment names one; at once, since several test processes may write."""
        if log := os.environ.get(LOG):
            with Path(log).open("a", encoding="utf-8") as file:
                file.write("\n  ".join(self.lines) + "\n\n")
