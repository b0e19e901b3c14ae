"""What Agones is asked for."""

import hashlib
from typing import Any

import pytest

from matchmaking.director.allocation import request
from matchmaking.director.record import MatchRecord
from matchmaking.settings import Mode, Site

MODE = Mode(
    game="arena", name="duel", namespace="games-lantern", port="game", teams=2, players_per_team=1, min_players=2
)
SITES = (
    Site(name="frankfurt", kind="cloud"),
    Site(name="attic", kind="home"),
    Site(name="cellar", kind="home"),
    Site(name="tokyo", kind="cloud"),
)
RECORD = MatchRecord(
    id="m-1", mode=MODE.id, namespace=MODE.namespace, members=(), roster=b"roster", created_at=0, nonce="ab" * 16
)


def ask(*permitted: str) -> Any:
    return request(RECORD, MODE, SITES, permitted, expires=1_800_000_000.7)


def test_it_is_the_matchs_and_says_so_on_the_server() -> None:
    body = ask("attic")
    assert body["metadata"] == {"namespace": "games-lantern"}
    assert body["spec"]["metadata"] == {
        "labels": {"homeground.dev/match": "m-1", "homeground.dev/mode": "duel"},
        "annotations": {
            "homeground.dev/match-nonce": "ab" * 16,
            "homeground.dev/match-roster": hashlib.sha256(b"roster").hexdigest(),
            "homeground.dev/match-expires": "2027-01-15T08:00:00Z",
        },
    }


@pytest.mark.parametrize(
    ("permitted", "order"),
    [
        ((), ["attic", "cellar", "frankfurt", "tokyo"]),
        (("tokyo", "cellar", "frankfurt"), ["cellar", "tokyo", "frankfurt"]),
        (("cellar", "attic"), ["cellar", "attic"]),
        (("tokyo",), ["tokyo"]),
        (("atlantis", "tokyo"), ["tokyo"]),
    ],
)
def test_home_comes_first_then_what_suits_the_players(permitted: tuple[str, ...], order: list[str]) -> None:
    selectors = ask(*permitted)["spec"]["selectors"]
    assert [each["matchLabels"]["homeground.dev/site"] for each in selectors] == order


def test_no_selector_takes_a_suspect_or_another_games_server() -> None:
    for selector in ask()["spec"]["selectors"]:
        assert selector["matchLabels"]["homeground.dev/game"] == "arena"
        assert selector["gameServerState"] == "Ready"
        assert selector["matchExpressions"] == [{"key": "homeground.dev/suspect", "operator": "DoesNotExist"}]
