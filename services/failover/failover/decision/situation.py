"""What is seen, with what follows from it: the words that the rules are written in."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from failover.config import Config
from failover.decision.observed import Host, Observed, Probe, RecordView
from failover.record import Attempt, AttemptState, Status

DOUBLINGS = 5
"""Of the time that a node must prove itself for: half an hour by default, and never for ever."""


@dataclass(frozen=True, slots=True)
class Situation:
    """One moment. `now` is only ever compared with what this operator wrote into a status."""

    seen: Observed
    config: Config
    now: datetime

    # The home node

    @property
    def down(self) -> bool:
        """Kubernetes says that the node is not Ready."""
        return self.seen.home is not None and not self.seen.home.ready

    @property
    def suspect(self) -> bool:
        """Its Lease is stale and the machine does not answer either.

        A Lease alone says little: a stuck connection stops heartbeats for 45 s on a healthy node (kubernetes#121793).
        """
        seen = self.seen
        stale = seen.lease_silent >= self.config.suspect_after
        return seen.home is not None and stale and seen.probe is Probe.SILENT

    @property
    def fine(self) -> bool:
        """Ready and heard of. A moment of it is not yet recovery."""
        return self.seen.home is not None and self.seen.home.ready and self.seen.fine_for > 0

    @property
    def heard(self) -> bool:
        """It has been heard of while it was fine: its Lease has moved since.

        To a replica that has only just begun every Lease is new, a dead machine's too, whose Node is still Ready.
        """
        return self.fine and self.seen.lease_silent < self.seen.fine_for

    @property
    def planned(self) -> bool:
        return self.seen.home is not None and self.seen.home.planned

    @property
    def failing(self) -> bool:
        """Its capacity is lost, or is to be moved away, now."""
        home = self.seen.home
        return home is not None and not home.excluded and (self.down or self.suspect or self.planned)

    @property
    def recovered(self) -> bool:
        """Well for long enough. Without matches on a temporary machine there is nothing to lose by being quick."""
        if self.seen.home is None or self.seen.home.excluded:
            return True  # decommissioned, or nobody's business any more
        opened = any(attempt.opened_at for attempt in self.status.attempts)
        longer = 2 ** min(self.status.flaps, DOUBLINGS)
        delay = self.config.healthy_delay * longer if opened else self.config.calm_delay
        return self.heard and not self.planned and self.seen.fine_for >= delay

    @property
    def wanted(self) -> bool:
        """Whether a temporary machine should stand in: from the failure until recovery is certain."""
        record = self.seen.record
        if record is None or record.deleting:
            return False
        return self.failing or (self.status.open and not self.status.recovered_at and not self.recovered)

    # The record

    @property
    def record(self) -> RecordView:
        """Raises ValueError when there is none: rules that need it say so first."""
        if self.seen.record is None:
            raise ValueError(f"{self.seen.name} has no record")
        return self.seen.record

    @property
    def status(self) -> Status:
        return self.seen.record.status if self.seen.record else Status()

    def attempts(self, *states: AttemptState) -> list[tuple[Attempt, Host]]:
        """The attempts in these states with what there is of each, in order."""
        return [(each, self.seen.host(each.number)) for each in self.status.attempts if each.state in states]

    def living(self) -> list[tuple[Attempt, Host]]:
        """Attempts that may yet play."""
        return self.attempts(AttemptState.REQUESTED, AttemptState.OPEN)

    def changed(self, attempt: Attempt, **fields: Any) -> tuple[Attempt, ...]:
        """All attempts, this one changed."""
        new = replace(attempt, **fields)
        return tuple(new if each.number == attempt.number else each for each in self.status.attempts)

    def elapsed(self, since: datetime | None) -> float:
        """Seconds since a time that this operator wrote."""
        return (self.now - since).total_seconds() if since else 0.0
