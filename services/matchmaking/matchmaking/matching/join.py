"""Who joins which running match.

The most urgent party is asked first, as for new matches, and goes where it fits best. So one is passed over only if
every seat that it may have went to a more urgent one.
"""

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from matchmaking import seats
from matchmaking.matching.entrant import Entrant
from matchmaking.matching.opening import Opening
from matchmaking.matching.openings import Openings
from matchmaking.settings import Mode


class Join(Struct, frozen=True, kw_only=True):
    """Parties by team of the running match; a team may get none."""

    match: str
    teams: tuple[tuple[Entrant, ...], ...]
    site: str

    @property
    def entrants(self) -> tuple[Entrant, ...]:
        return tuple(each for team in self.teams for each in team)


def join(mode: Mode, openings: Iterable[Opening], waiting: Iterable[Entrant]) -> list[Join]:
    """At most one a match; the same in whatever order openings and parties are told. No party is in two."""
    left = Openings(openings)
    joins = {each.match: Join(match=each.match, teams=((),) * len(each.free), site=each.site) for each in left}
    for entrant in sorted((each for each in waiting if each.size), key=lambda each: each.urgency):
        if (opening := _best(mode, left, entrant)) is None:
            continue
        joins[opening.match] = _with(joins[opening.match], seats.team_for(opening.free, entrant.size), entrant)
        left.remove(opening)
        left.add(opening.taken_by(entrant))
    return [joins[match] for match in sorted(joins) if joins[match].entrants]


def _best(mode: Mode, openings: Openings, entrant: Entrant) -> Opening | None:
    """The nearest in skill, then in latency; then the one that lacks most players."""
    return min(
        openings.admitting(entrant, mode),
        key=lambda each: (each.distance(entrant), entrant.latency(each.site), -sum(each.free), each.match),
        default=None,
    )


def _with(made: Join, team: int | None, entrant: Entrant) -> Join:
    teams = tuple((*each, entrant) if index == team else each for index, each in enumerate(made.teams))
    return replace(made, teams=teams)
