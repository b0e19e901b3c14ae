"""Parties and modes, made by hand or by hypothesis; and what a legal match is, found by trying everything."""

from collections.abc import Iterator, Sequence
from itertools import combinations

from hypothesis import strategies as st

from matchmaking.matching.entrant import Competitor, Entrant
from matchmaking.settings import Latency, Mode, Site, Skill

SITES = (Site(name="tokyo", kind="cloud"), Site(name="attic", kind="home"))
NAMES = ("attic", "tokyo")


def mode(teams: int = 2, per_team: int = 1, **fields: object) -> Mode:
    base: dict[str, object] = {"min_players": teams * per_team}
    return Mode(
        game="arena",
        name="duel",
        namespace="n",
        port="game",
        teams=teams,
        players_per_team=per_team,
        **(base | fields),  # type: ignore[arg-type]
    )


def party(ticket: str, *skills: float, waited: float = 0.0, priority: int = 0, **latencies: float) -> Entrant:
    players = tuple(
        Competitor(id=f"{ticket}.{number}", skill=skill, latencies=latencies) for number, skill in enumerate(skills)
    )
    return Entrant(ticket=ticket, players=players, waited=waited, priority=priority)


@st.composite
def worlds(draw: st.DrawFn) -> tuple[Mode, list[Entrant]]:
    teams, per_team = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    made = mode(
        teams,
        per_team,
        min_players=draw(st.integers(1, teams * per_team)),
        fewer_after_seconds=draw(st.sampled_from([0.0, 30.0, 1e9])),
        skill=draw(st.none() | st.builds(Skill, window=st.just(10.0), widen_per_second=st.sampled_from([0.0, 1.0]))),
        latency=draw(st.none() | st.builds(Latency, limit=st.just(50.0), widen_per_second=st.sampled_from([0.0, 1.0]))),
    )
    skill = st.sampled_from([0.0, 5.0, 12.0, 25.0])
    latencies = st.dictionaries(st.sampled_from(NAMES), st.sampled_from([20.0, 70.0, 200.0]), max_size=2)
    player = st.builds(lambda skill, latencies: (skill, latencies), skill, latencies)
    shapes = draw(
        st.lists(
            st.tuples(
                st.lists(player, min_size=1, max_size=4), st.sampled_from([0.0, 5.0, 40.0]), st.sampled_from([0, 0, 1])
            ),
            max_size=7,
        )
    )
    return made, [
        Entrant(
            ticket=f"t{number}",
            players=tuple(
                Competitor(id=f"t{number}.{seat}", skill=skill, latencies=latencies)
                for seat, (skill, latencies) in enumerate(players)
            ),
            waited=waited,
            priority=priority,
        )
        for number, (players, waited, priority) in enumerate(shapes)
    ]


def sizes_allowed(mode: Mode, anchor: Entrant, team_sizes: Sequence[int]) -> bool:
    """Whether a match of such teams may be made for this party."""
    if len(team_sizes) != mode.teams or not all(team_sizes):
        return False
    if all(size == mode.players_per_team for size in team_sizes):
        return True
    even = max(team_sizes) - min(team_sizes) <= 1 and max(team_sizes) <= mode.players_per_team
    return even and anchor.waited >= mode.fewer_after_seconds and sum(team_sizes) >= mode.min_players


def suits(mode: Mode, anchor: Entrant, other: Entrant, site: str) -> bool:
    near = abs(other.skill - anchor.skill) <= anchor.window(mode.skill)
    return near and bool(other.sites(mode, [site])) and bool(anchor.sites(mode, [site]))


def legal_match(mode: Mode, anchor: Entrant, others: Sequence[Entrant]) -> list[Entrant] | None:
    """Some legal match for this party, with any of the others; by trying everything."""
    if anchor.size > mode.players_per_team:
        return None
    for site in NAMES:
        able = [each for each in others if each.size <= mode.players_per_team and suits(mode, anchor, each, site)]
        if not anchor.sites(mode, [site]):
            continue
        for number in range(len(able) + 1):
            for chosen in combinations(able, number):
                members = [anchor, *chosen]
                if any(sizes_allowed(mode, anchor, sizes) for sizes in _splits(members, mode)):
                    return members
    return None


def _splits(members: Sequence[Entrant], mode: Mode) -> Iterator[list[int]]:
    """Sizes of the teams, for each way to put whole parties into teams."""
    if sum(each.size for each in members) > mode.seats:
        return

    def place(left: Sequence[Entrant], teams: tuple[int, ...]) -> Iterator[list[int]]:
        if not left:
            yield list(teams)
            return
        for index, size in enumerate(teams):
            if size + left[0].size <= mode.players_per_team:
                yield from place(left[1:], (*teams[:index], size + left[0].size, *teams[index + 1 :]))

    yield from place(members, (0,) * mode.teams)
