"""Running matches with free seats by skill, so that a party is held against those near it alone."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator

from matchmaking.matching.entrant import Entrant
from matchmaking.matching.opening import Opening
from matchmaking.settings import Mode


class Openings:
    """Those that are full are not among them."""

    def __init__(self, openings: Iterable[Opening]) -> None:
        self._sorted: list[Opening] = []
        for each in openings:
            self.add(each)

    def __iter__(self) -> Iterator[Opening]:
        return iter(self._sorted)

    def add(self, opening: Opening) -> None:
        if any(opening.free):
            insort(self._sorted, opening, key=_place)

    def remove(self, opening: Opening) -> None:
        del self._sorted[bisect_left(self._sorted, _place(opening), key=_place)]

    def admitting(self, entrant: Entrant, mode: Mode) -> Iterator[Opening]:
        """The one of least skill first."""
        window = entrant.window(mode.skill)
        first = bisect_left(self._sorted, entrant.skill - window, key=_lowest)
        last = bisect_right(self._sorted, entrant.skill + window, key=_lowest)
        return (each for each in self._sorted[first:last] if each.admits(entrant, mode))


def _lowest(opening: Opening) -> float:
    return opening.lowest


def _place(opening: Opening) -> tuple[float, str]:
    return opening.lowest, opening.match
