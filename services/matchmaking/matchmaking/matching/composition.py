"""Which sizes of parties make up the teams: exact, and small enough to be so."""

from collections.abc import Mapping
from functools import lru_cache

Counts = tuple[int, ...]
"""How many parties there are of size 1, 2, ..."""


def compose(counts: Mapping[int, int], targets: tuple[int, ...], anchor: int) -> tuple[Counts, ...] | None:
    """For each team how many parties of each size it takes, so that it has exactly its target of players.

    One of them is of size `anchor`, which is the party that all is for. None if there is no such way.
    """
    most = max(targets)
    have = [min(counts.get(size, 0), sum(targets) // size) for size in range(1, most + 1)]
    if anchor > most or not have[anchor - 1]:
        return None
    have[anchor - 1] -= 1
    for place, target in enumerate(targets):
        if target < anchor or target in targets[:place]:
            continue
        others = _fill(tuple(have), (*targets[:place], target - anchor, *targets[place + 1 :]))
        if others is not None:
            with_anchor = tuple(count + (size == anchor) for size, count in enumerate(others[place], 1))
            return (*others[:place], with_anchor, *others[place + 1 :])
    return None


@lru_cache(maxsize=65_536)
def _fill(have: Counts, targets: tuple[int, ...]) -> tuple[Counts, ...] | None:
    if not targets:
        return ()
    if sum(size * count for size, count in enumerate(have, 1)) < sum(targets):
        return None
    for team in _teams(have, targets[0], len(have)):
        left = tuple(count - used for count, used in zip(have, team, strict=True))
        rest = _fill(left, targets[1:])
        if rest is not None:
            return (team, *rest)
    return None


@lru_cache(maxsize=65_536)
def _teams(have: Counts, seats: int, size: int) -> tuple[Counts, ...]:
    """All ways to seat just so many players with parties of at most `size`; those with large ones, which are hardest to
    place, first."""
    if size == 0:
        return ((0,) * len(have),) if seats == 0 else ()
    found: list[Counts] = []
    for count in range(min(have[size - 1], seats // size), -1, -1):
        for team in _teams(have, seats - count * size, size - 1):
            found.append((*team[: size - 1], count, *team[size:]))
    return tuple(found)
