"""How often one thing is looked at: at once when something happens, and not without end when it never stops happening.

Two replicas that see a node differently, each with its own watches and probes, undo what the other wrote, and each is
told of it at once. That is harmless, but for the API server if nothing slows them down.
"""

from collections.abc import Hashable

from kubeclient.clock import Clock

BURST, A_SECOND = 30.0, 4.0
"""Looks in a row, more than a failover has at once, and how many are given back as time passes."""


class Pace:
    """For each subject, what is left of its burst."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._left: dict[Hashable, tuple[float, float]] = {}

    def wait(self, subject: Hashable) -> float:
        """Seconds until it may be looked at; 0 is now, and counts as a look."""
        now = self._clock.monotonic()
        left, since = self._left.get(subject, (BURST, now))
        left = min(BURST, left + A_SECOND * (now - since))
        if left < 1:
            return (1 - left) / A_SECOND
        self._left[subject] = left - 1, now
        return 0.0
