"""A ticket that waits, as the match functions see it: one party, which is never split."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from matchmaking.settings import Latency, Mode, Skill


class Competitor(Struct, frozen=True, kw_only=True):
    """A player."""

    id: str
    skill: float = 0.0
    latencies: Mapping[str, float] = {}
    """Milliseconds by site. None reported: anywhere will do."""


class Entrant(Struct, frozen=True, kw_only=True):
    """A party."""

    ticket: str
    """Id of the Open Match ticket."""

    players: tuple[Competitor, ...]
    waited: float
    """Seconds since its players first asked."""

    priority: int = 0

    @property
    def size(self) -> int:
        return len(self.players)

    @property
    def skill(self) -> float:
        """The mean of its players'."""
        return sum(each.skill for each in self.players) / len(self.players)

    @property
    def urgency(self) -> tuple[int, float, str]:
        """A sort key: who comes first. The id makes it the same in whatever order tickets are told."""
        return -self.priority, -self.waited, self.ticket

    def window(self, skill: Skill | None) -> float:
        """How far from its own skill the parties may be that it gathers around itself."""
        return float("inf") if skill is None else skill.window + skill.widen_per_second * self.waited

    def sites(self, mode: Mode, names: Sequence[str]) -> tuple[str, ...]:
        """Where it may play, in the order of `names`."""
        return tuple(name for name in names if self._fits(mode.latency, name))

    def latency(self, site: str) -> float:
        """Of its worst placed player; 0 where none has measured."""
        return max((each.latencies.get(site, 0.0) for each in self.players), default=0.0)

    def _fits(self, latency: Latency | None, site: str) -> bool:
        if latency is None:
            return True
        limit = latency.limit + latency.widen_per_second * self.waited
        return all(not each.latencies or each.latencies.get(site, float("inf")) <= limit for each in self.players)
