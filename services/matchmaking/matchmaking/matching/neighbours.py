"""Parties by skill: the nearest ones that are left, in time that does not grow with those that are gone."""

from bisect import bisect_left
from collections.abc import Iterable

from matchmaking.matching.entrant import Entrant


class Neighbours:
    """Of one site and one size. `take` one, and it is no one's neighbour any more."""

    def __init__(self, entrants: Iterable[Entrant]) -> None:
        self._sorted = sorted(entrants, key=lambda each: (each.skill, each.urgency))
        self._skills = [each.skill for each in self._sorted]
        self._places = {each.ticket: place for place, each in enumerate(self._sorted)}
        size = len(self._sorted)
        # To the next that is left, itself included; paths are halved on the way (union-find).
        self._up = list(range(size + 1))
        self._down = list(range(size + 1))

    def take(self, entrant: Entrant) -> None:
        """One that is not among them is no matter."""
        place = self._places.get(entrant.ticket)
        if place is not None:
            self._up[place] = place + 1
            self._down[place + 1] = place

    def nearest(self, skill: float, window: float, most: int, without: str = "") -> list[Entrant]:
        """At most so many within the window, the nearest first; `without` is a ticket that is not meant."""
        found: list[Entrant] = []
        high = _find(self._up, bisect_left(self._skills, skill))
        low = _find(self._down, bisect_left(self._skills, skill))  # the place below is low - 1
        while len(found) < most:
            above = self._skills[high] - skill if high < len(self._sorted) else float("inf")
            below = skill - self._skills[low - 1] if low > 0 else float("inf")
            if min(above, below) > window or min(above, below) == float("inf"):
                break
            if below <= above:
                place, low = low - 1, _find(self._down, low - 1)
            else:
                place, high = high, _find(self._up, high + 1)
            if self._sorted[place].ticket != without:
                found.append(self._sorted[place])
        return found


def _find(links: list[int], place: int) -> int:
    while links[place] != place:
        links[place] = links[links[place]]
        place = links[place]
    return place
