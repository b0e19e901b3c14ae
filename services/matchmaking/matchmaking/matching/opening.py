"""A running match with free seats, as the match functions see it."""

from msgspec import Struct
from msgspec.structs import replace

from matchmaking import seats
from matchmaking.matching.entrant import Entrant
from matchmaking.seats import Seats
from matchmaking.settings import Mode


class Opening(Struct, frozen=True, kw_only=True):
    """Who plays in it matters by skill alone, and where it is by latency."""

    match: str
    """Id of the running match."""

    free: Seats
    site: str
    lowest: float
    highest: float
    """In skill, of the parties that play."""

    def admits(self, entrant: Entrant, mode: Mode) -> bool:
        """The rule of new matches: all others are within this party's window, and it may play there."""
        near = self.distance(entrant) <= entrant.window(mode.skill)
        return near and seats.team_for(self.free, entrant.size) is not None and bool(entrant.sites(mode, [self.site]))

    def distance(self, entrant: Entrant) -> float:
        """To the party of the match that is furthest in skill."""
        return max(entrant.skill - self.lowest, self.highest - entrant.skill)

    def taken_by(self, entrant: Entrant) -> "Opening":
        """As it is once a party that it admits has joined."""
        team = seats.team_for(self.free, entrant.size)
        left = tuple(number - entrant.size * (index == team) for index, number in enumerate(self.free))
        low, high = min(self.lowest, entrant.skill), max(self.highest, entrant.skill)
        return replace(self, free=left, lowest=low, highest=high)
