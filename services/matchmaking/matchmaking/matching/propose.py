"""The matches of one mode.

A match is legal for a party if all others are within that party's window of skill, which widens as it waits, and one
site suits all. Whoever is most urgent (by priority, then by time waited) is asked first whom it would play with. So a
party is passed over only if there is no legal match for it among those that nobody more urgent took: it waits no longer
than until its windows reach enough others, however many come after it. That is the bound; the tests hold it against
a search of all combinations.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from msgspec import Struct

from matchmaking.matching.composition import compose
from matchmaking.matching.entrant import Entrant
from matchmaking.matching.neighbours import Neighbours
from matchmaking.settings import Mode, Site

ANYWHERE = ""


class Proposal(Struct, frozen=True, kw_only=True):
    """A match: parties by team, where it may be played (the best site first; none: anywhere), and how good it is."""

    teams: tuple[tuple[Entrant, ...], ...]
    sites: tuple[str, ...]
    score: float

    @property
    def entrants(self) -> tuple[Entrant, ...]:
        return tuple(each for team in self.teams for each in team)


def propose(
    mode: Mode,
    sites: Sequence[Site],
    waiting: Iterable[Entrant],
    *,
    whole: Callable[[Entrant], bool] = lambda _: False,
) -> list[Proposal]:
    """The same for the same tickets, in whatever order they are told. None is in two.

    A party that is larger than a team is in none. `whole` tells for whom no match is made that is short of players.
    """
    names = [site.name for site in sorted(sites, key=lambda site: site.kind != "home")]
    entrants = sorted((each for each in waiting if 0 < each.size <= mode.players_per_team), key=lambda e: e.urgency)
    fits = {each.ticket: each.sites(mode, names) if mode.latency else (ANYWHERE,) for each in entrants}
    index = _index(entrants, fits)
    taken: set[str] = set()
    found: list[Proposal] = []
    for anchor in entrants:
        if anchor.ticket in taken:
            continue
        for site in _by_preference(anchor, fits[anchor.ticket], sites):
            if teams := _around(mode, anchor, index, site, whole):
                members = [each for team in teams for each in team]
                taken.update(each.ticket for each in members)
                for each in members:
                    for where in fits[each.ticket]:
                        index[where, each.size].take(each)
                found.append(Proposal(teams=teams, sites=_shared(members, fits, site), score=_score(mode, members)))
                break
    return found


def _index(entrants: Sequence[Entrant], fits: Mapping[str, tuple[str, ...]]) -> dict[tuple[str, int], Neighbours]:
    groups: dict[tuple[str, int], list[Entrant]] = {}
    for each in entrants:
        for site in fits[each.ticket]:
            groups.setdefault((site, each.size), []).append(each)
    return {group: Neighbours(members) for group, members in groups.items()}


def _by_preference(anchor: Entrant, names: tuple[str, ...], sites: Sequence[Site]) -> list[str]:
    """Home first, then what is near."""
    kinds = {site.name: site.kind for site in sites}
    return sorted(names, key=lambda name: (kinds.get(name) != "home", anchor.latency(name)))


def _around(
    mode: Mode,
    anchor: Entrant,
    index: Mapping[tuple[str, int], Neighbours],
    site: str,
    whole: Callable[[Entrant], bool],
) -> tuple[tuple[Entrant, ...], ...] | None:
    near = {
        size: index[site, size].nearest(
            anchor.skill, anchor.window(mode.skill), mode.seats // size, without=anchor.ticket
        )
        for size in range(1, mode.players_per_team + 1)
        if (site, size) in index
    }
    counts = {size: len(members) + (size == anchor.size) for size, members in near.items()}
    for targets in _targets(mode, anchor, sum(size * count for size, count in counts.items()), whole):
        if composition := compose(counts, targets, anchor.size):
            near[anchor.size].insert(0, anchor)
            return tuple(_seat(near, team) for team in composition)
    return None


def _targets(mode: Mode, anchor: Entrant, players: int, whole: Callable[[Entrant], bool]) -> Iterator[tuple[int, ...]]:
    """Sizes of the teams: whole ones; then, for who has waited long, fewer and fewer, the teams as even as can be."""
    if players >= mode.seats:
        yield (mode.players_per_team,) * mode.teams
    if anchor.waited < mode.fewer_after_seconds or whole(anchor):
        return
    for total in range(min(mode.seats - 1, players), mode.min_players - 1, -1):
        even, more = divmod(total, mode.teams)
        if even:
            yield (even + 1,) * more + (even,) * (mode.teams - more)


def _seat(near: dict[int, list[Entrant]], team: tuple[int, ...]) -> tuple[Entrant, ...]:
    """The nearest of each size, which are gone from `near` then."""
    seated: list[Entrant] = []
    for size, count in enumerate(team, 1):
        for _ in range(count):
            seated.append(near[size].pop(0))
    return tuple(seated)


def _shared(members: Sequence[Entrant], fits: Mapping[str, tuple[str, ...]], site: str) -> tuple[str, ...]:
    """The site it was made for, then the others that suit all; none if any will do."""
    if site == ANYWHERE:
        return ()
    others = [name for name in fits[members[0].ticket] if all(name in fits[each.ticket] for each in members)]
    return (site, *(name for name in others if name != site))


def _score(mode: Mode, members: Sequence[Entrant]) -> float:
    """Priority outweighs waiting, that outweighs being full. Of two matches with a ticket in common the better wins."""
    priority = max(each.priority for each in members)
    waited = max(each.waited for each in members)
    full = sum(each.size for each in members) / mode.seats
    return 1e6 * priority + waited + full
