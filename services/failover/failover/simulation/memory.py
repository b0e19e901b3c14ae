"""What one replica of the operator knows beyond the API server: gone when it ends."""

from dataclasses import dataclass, field

from failover.decision.observed import Machine


@dataclass
class Memory:
    """Of one life. Its ages count from `began` at the earliest: it saw nothing before."""

    began: float
    machines: dict[str, Machine] = field(default_factory=dict)
    """By name, as the cloud last told."""

    busy: set[str] = field(default_factory=set)
    failed: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, bool] = field(default_factory=dict)
    """Join tokens that it made (True) or deleted: they may not be read."""

    cleared: set[str] = field(default_factory=set)
    strays: dict[str, float] = field(default_factory=dict)
    """Machines without an owner, and since when."""

    lacking: dict[str, tuple[int, float]] = field(default_factory=dict)
    """How many servers each Fleet lacked when last looked at, and since when it has been so many."""

    outages: dict[str, float] = field(default_factory=dict)
    """Sites that are out, and when that was last seen."""

    def age(self, now: float, since: float) -> float:
        return now - max(since, self.began)
