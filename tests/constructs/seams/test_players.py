"""How players reach matchmaking: at an address that is there, unheard by others, and some of them may."""

import pytest

from homeground.problem import Problem
from homeground.seams import players
from tests.constructs.seams.case import HYBRID, LOCAL, Case, Neighbour, broken, right
from tests.constructs.seams.edits import both, fact
from tests.constructs.seams.world import World

LINE = 96
ISSUERS = "  issuers:\n    - {issuer: https://login.homeground.example, audiences: [homeground]}\n"

BROKEN = [
    Case(
        players.pool_exists,
        fact(HYBRID, "pool: home-public", "pool: home"),
        Problem(HYBRID, LINE + 4, "players.pool", "home", "one of home-public"),
    ),
    Case(
        players.tokens_are_not_overheard,
        fact(HYBRID, "https://play.homeground.example", "http://play.homeground.example"),
        Problem(
            HYBRID,
            LINE + 1,
            "players.url",
            "http://play.homeground.example",
            "https://: only a cluster with trusted: true may do without",
        ),
    ),
    Case(
        players.somebody_may_play,
        fact(HYBRID, ISSUERS, ""),
        Problem(HYBRID, LINE, "players", "neither guests nor issuers", "guests: true, or an issuer"),
    ),
]

RIGHT = [
    Neighbour(players.pool_exists, fact(HYBRID, "  pool: home-public\n", ""), "a port of every node"),
    Neighbour(players.tokens_are_not_overheard, lambda _: None, "a desk, trusted"),
    Neighbour(players.somebody_may_play, fact(HYBRID, ISSUERS, "  guests: true\n"), "guests alone"),
    Neighbour(
        players.somebody_may_play,
        both(
            fact(HYBRID, f"players:\n  url: https://play.homeground.example\n{ISSUERS}  pool: home-public\n", ""),
            fact(LOCAL, "players:\n  url: http://192.168.1.10:30080\n  guests: true\n", ""),
        ),
        "no matchmaking",
    ),
]


@broken(BROKEN)
def test_it_is_noticed(case: Case, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    case.prove(world, monkeypatch)


@right(RIGHT)
def test_what_is_right_is_left_alone(neighbour: Neighbour, world: World) -> None:
    neighbour.prove(world)
