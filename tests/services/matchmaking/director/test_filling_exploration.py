"""Every order of events around the free seats of a running match; and rules broken on purpose, each found out."""

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from msgspec.structs import replace

from matchmaking import seats
from matchmaking.director import action as act
from matchmaking.director import filling
from matchmaking.director.filling import fill
from matchmaking.director.joining import Join, JoinPhase
from matchmaking.director.observed import Observed, Server
from matchmaking.director.record import MatchRecord
from tests.services.matchmaking.director.newcomers import under_way
from tests.services.matchmaking.director.search import explore
from tests.services.matchmaking.director.world import BrokenError

WORLDS = {
    "two for one seat": under_way((1,), (2,), free=1)._replace(cancels=0, crashes=0),
    "one after another": under_way((1,), (2,), free=2, anew=True)._replace(crashes=0, deaths=0),
    "two at once": under_way((1, 2), free=2)._replace(cancels=0, crashes=0),
    "all that can go wrong": under_way((1,), free=1),
    "a new match instead": under_way((1,), free=1, rivals=((1,),))._replace(cancels=0, deaths=0, attempts=2),
}
APART = "a new match instead"


@pytest.mark.parametrize("world", WORLDS)
def test_whoever_joins_and_whatever_happens(world: str, record_property: Callable[[str, object], None]) -> None:
    states = explore(WORLDS[world], apart=world == APART)
    record_property("states", states)
    assert states > 10_000


class Mutant(NamedTuple):
    """A rule, what it is replaced by, and a world in which that shows."""

    place: Any
    rule: str
    broken: Any
    world: str
    found: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.found}"


def _commit_at_once(*_: object) -> act.Action:
    return act.CommitJoin()


def _claim_anything(record: MatchRecord, join: Join, observed: Observed) -> act.Action:
    tickets = [observed.tickets[each.ticket] for each in join.members]
    unclaimed = tuple(each for each in tickets if each and each.match != record.claim)
    return act.ClaimSeats(unclaimed) if unclaimed else act.CommitJoin()


def _without_counting(record: MatchRecord, join: Join, *_: object) -> MatchRecord:
    return replace(record, join=join, free=(max(0, record.free[0] - 1),), advertised_at=0.0)


def _over_another(record: MatchRecord, join: Join, *_: object) -> MatchRecord | None:
    left = seats.without(record.free, join.takes)
    return replace(record, join=join, free=left, advertised_at=0.0) if left else None


def _part_them(record: MatchRecord, server: Server, *more: Any) -> act.Action | None:
    late = record.join and record.join.phase is JoinPhase.CLAIMED and server.closed
    return act.RefuseJoin() if late else fill(record, server, *more)


def _nothing(*_: object) -> tuple[()]:
    return ()


def _never(*_: object) -> None:
    return None


def _always(*_: object) -> bool:
    return True


MUTANTS = [
    Mutant(filling, "_claiming", _commit_at_once, APART, "joins match 0 is another's"),
    Mutant(filling, "_claiming", _claim_anything, APART, "another's"),
    Mutant(filling, "admitted", _without_counting, "two for one seat", "are not 2 seats"),
    Mutant(filling, "admitted", _over_another, "one after another", "are not 3 seats"),
    Mutant(filling, "fill", _part_them, "all that can go wrong", "Open Match has assigned"),
    Mutant(filling, "_stranded", _nothing, "all that can go wrong", "never was committed"),
    Mutant(filling, "close", _never, "all that can go wrong", "never was committed"),
    Mutant(MatchRecord, "claim", property(lambda record: record.id), "all that can go wrong", "nobody will match"),
    Mutant(MatchRecord, "holds", _always, "all that can go wrong", "nobody will match"),
]


@pytest.mark.parametrize("mutant", MUTANTS, ids=str)
def test_a_rule_that_is_broken_is_found_out(mutant: Mutant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mutant.place, mutant.rule, mutant.broken)
    with pytest.raises(BrokenError, match=mutant.found):
        explore(WORLDS[mutant.world], apart=mutant.world == APART)
