"""What a director counts of its own deeds: for metrics, and for what players are told of waiting."""

from collections import defaultdict, deque
from collections.abc import Iterable
from statistics import median

from matchmaking.director.record import MatchRecord
from matchmaking.metrics import Metrics

REMEMBERED = 100
"""Waits of the latest tickets of a mode, of which the typical one is told."""


class Tally:
    """It dies with the process."""

    def __init__(self, metrics: Metrics | None = None) -> None:
        self.metrics = metrics or Metrics()
        self._waits: defaultdict[str, deque[float]] = defaultdict(lambda: deque(maxlen=REMEMBERED))

    def changed(self, record: MatchRecord) -> None:
        """It has come to another phase."""
        self.metrics.matches.labels(record.mode, record.phase.value, record.reason).inc()

    def waited(self, mode: str, waits: Iterable[float]) -> None:
        """Seconds, of tickets that have a server now."""
        for seconds in waits:
            self._waits[mode].append(seconds)
            self.metrics.waited.labels(mode).observe(seconds)

    def joined(self, mode: str, result: str) -> None:
        """Of one join: `assigned` or `refused`."""
        self.metrics.joins.labels(mode, result).inc()

    def allocated(self, mode: str, result: str, seconds: float) -> None:
        self.metrics.allocations.labels(mode, result).observe(seconds)

    def typical_wait(self, mode: str) -> float | None:
        """The median of the latest; None before there was one."""
        return median(self._waits[mode]) if self._waits[mode] else None
