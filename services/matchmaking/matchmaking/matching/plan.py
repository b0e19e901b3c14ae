"""One cycle of a mode: new matches, and who joins running ones.

Full new matches come first, free seats next, and new matches that are short of players last. But nobody more urgent
loses a short match to that order: only who may take a free seat now does without.
"""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from matchmaking.matching.entrant import Entrant
from matchmaking.matching.join import Join, join
from matchmaking.matching.opening import Opening
from matchmaking.matching.openings import Openings
from matchmaking.matching.propose import Proposal, propose
from matchmaking.settings import Mode, Site

RANK = 1e9
"""More than any priority and any time waited: between proposals of one mode with tickets in common."""


class Plan(Struct, frozen=True):
    """No party is in two of all of these."""

    matches: list[Proposal]
    joins: list[Join]


def plan(mode: Mode, sites: Sequence[Site], waiting: Iterable[Entrant], openings: Sequence[Opening]) -> Plan:
    """The same for the same tickets and openings, in whatever order they are told."""
    entrants, open_ = list(waiting), Openings(openings)

    def may_join(entrant: Entrant) -> bool:
        return any(True for _ in open_.admitting(entrant, mode))

    first = propose(mode, sites, entrants, whole=may_join)
    left = _others(entrants, (each for made in first for each in made.entrants))
    joins = join(mode, openings, left)
    # Who was promised a seat that a more urgent one took has its short match still.
    last = propose(mode, sites, _others(left, (each for made in joins for each in made.entrants))) if joins else []
    return Plan([*first, *last], joins)


def score_of_match(mode: Mode, made: Proposal) -> float:
    """Where there is backfill a full one is better than all that is not."""
    full = sum(each.size for each in made.entrants) >= mode.seats
    return made.score + 2 * RANK * (mode.backfill and full)


def score_of_join(made: Join) -> float:
    """Above every new match that is short of players, below every full one."""
    priority = max(each.priority for each in made.entrants)
    waited = max(each.waited for each in made.entrants)
    return RANK + 1e6 * priority + waited


def _others(entrants: Iterable[Entrant], gone: Iterable[Entrant]) -> list[Entrant]:
    taken = {each.ticket for each in gone}
    return [each for each in entrants if each.ticket not in taken]
