"""Free seats of a match, by team; counted by the match functions and by the director in the same way."""

from collections.abc import Iterable, Sequence
from typing import TypeAlias

Seats: TypeAlias = tuple[int, ...]
"""So many of each team, in the order of the roster."""


def free(players: Iterable[int], per_team: int) -> Seats:
    """What teams of so many players have left; a team that is too large has none."""
    return tuple(max(0, per_team - number) for number in players)


def team_for(left: Sequence[int], size: int) -> int | None:
    """The team that a party of this size joins: the one that lacks most players, of several the first.

    None: a party is never split, and no team has room for it.
    """
    lacking = max(range(len(left)), key=lambda team: (left[team], -team), default=None)
    return lacking if lacking is not None and size <= left[lacking] else None


def without(left: Sequence[int], taken: Sequence[int]) -> Seats | None:
    """What is left once these are taken; None if they are not all free, or of another number of teams."""
    if len(left) != len(taken) or any(wants < 0 or wants > has for has, wants in zip(left, taken, strict=True)):
        return None
    return tuple(has - wants for has, wants in zip(left, taken, strict=True))
