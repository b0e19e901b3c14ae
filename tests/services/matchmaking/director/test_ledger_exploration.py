"""Every order of events in small worlds; and rules broken on purpose, each of which the same search must find."""

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from matchmaking.director import action as act
from matchmaking.director import decide as rules
from matchmaking.director.observed import Observed, Server
from matchmaking.director.record import MatchRecord
from tests.services.matchmaking.director.search import explore
from tests.services.matchmaking.director.world import BrokenError, begin

WORLDS = {
    "one match": begin(((0, 1),), servers=2)._replace(cancels=0, crashes=0),
    "crashes": begin(((0,),), servers=2)._replace(deaths=0, cancels=0),
    "no server": begin(((0,),), servers=0),
    "overlap": begin(((0,), (0,)), servers=2)._replace(crashes=0, deaths=0, cancels=0, attempts=1),
}


@pytest.mark.parametrize("world", WORLDS)
def test_nothing_that_must_not_be_is_ever_so(world: str, record_property: Callable[[str, object], None]) -> None:
    states = explore(WORLDS[world], apart=world == "overlap")
    record_property("states", states)
    assert states > 50_000


class Mutant(NamedTuple):
    """A rule, what it is replaced by, and a world in which that shows."""

    rule: str
    broken: Callable[..., Any]
    world: str
    found: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.found}"


def _commit_at_once(*_: object) -> act.Commit:
    return act.Commit()


def _claim_anything(record: MatchRecord, observed: Observed, *_: object) -> act.Action:
    mine = [each for each in observed.tickets.values() if each and each.match != record.id]
    return act.Claim(tuple(mine)) if mine else act.Commit()


def _any_nonce(record: MatchRecord, server: Server) -> bool:
    return record.phase in ("allocating", "allocated", "claimed", "assigned") and record.server in ("", server.name)


def _delete_whoever_is_on_it(_: MatchRecord, observed: Observed, *__: object) -> act.Action | None:
    return act.GiveBack(observed.servers[0], "NobodyCame") if observed.servers else act.End("ServerGone")


def _never(*_: object) -> None:
    return None


def _nothing(*_: object) -> tuple[()]:
    return ()


def _forget_at_once(*_: object) -> act.Action:
    return act.Forget()


MUTANTS = [
    Mutant("_allocated", _commit_at_once, "overlap", "another's"),
    Mutant("_allocated", _claim_anything, "overlap", "another's"),
    Mutant("_may_win", _any_nonce, "crashes", "another nonce"),
    Mutant("_loser", _never, "crashes", "allocated for nobody"),
    Mutant("_assigned", _delete_whoever_is_on_it, "one match", "players on it"),
    Mutant("_assigned", _never, "one match", "allocated for nobody"),
    Mutant("_held", _nothing, "one match", "never was committed"),
    Mutant("_closed", _forget_at_once, "one match", "never was committed"),
    Mutant("reap", _never, "crashes", "allocated for nobody"),
]


@pytest.mark.parametrize("mutant", MUTANTS, ids=str)
def test_a_rule_that_is_broken_is_found_out(mutant: Mutant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, mutant.rule, mutant.broken)
    with pytest.raises(BrokenError, match=mutant.found):
        explore(WORLDS[mutant.world], apart=mutant.world == "overlap")
