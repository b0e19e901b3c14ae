"""How long something has been so, by this replica's own clock, from when it saw it itself.

The clocks of others, and the times that they write into objects, have no say (kube-controller-manager does the same).
"""

from collections.abc import Hashable

from kubeclient.clock import Clock


class Ages:
    """For each subject, since when its value has been what it is."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._since: dict[Hashable, tuple[Hashable, float]] = {}

    def see(self, subject: Hashable, value: Hashable) -> float:
        """Note the value; the seconds since it last changed, or since it was first seen."""
        now = self._clock.monotonic()
        known, since = self._since.get(subject, (None, now))
        if subject not in self._since or known != value:
            self._since[subject] = value, now
            return 0.0
        return now - since

    def of(self, subject: Hashable) -> float:
        """Seconds since its value changed, as last noted; 0 for one never seen."""
        return self._clock.monotonic() - self._since[subject][1] if subject in self._since else 0.0

    def forget(self, subject: Hashable) -> None:
        self._since.pop(subject, None)


class Lasting:
    """For each subject, how long a condition has held without a break."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._since: dict[Hashable, float] = {}

    def note(self, subject: Hashable, holds: bool) -> float:
        """The seconds for which it has held; 0 when it does not. A moment counts as the smallest of times."""
        if not holds:
            self._since.pop(subject, None)
            return 0.0
        since = self._since.setdefault(subject, self._clock.monotonic())
        return max(self._clock.monotonic() - since, 1e-9)
