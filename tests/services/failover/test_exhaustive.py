"""Every order of events in a small world, exhausted: all promises hold in all of them, and each rule is needed.

A slow replica may be late by any number of steps before each of its reads and writes; a quick one is never late.
"""

from collections.abc import Callable

import pytest

from tests.services.failover.checker import beginnings
from tests.services.failover.checker.beginnings import Bounds
from tests.services.failover.checker.mutants import MUTANTS, Mutant, applied
from tests.services.failover.checker.properties import wrong
from tests.services.failover.checker.search import Result, Search
from tests.services.failover.checker.world import World, first

pytestmark = pytest.mark.slow

WORLDS = {
    "one slow replica, one fault": (1, 0, 1, 0, 1),
    "a quick one, one fault": (0, 1, 1, 0, 1),
    "one slow replica that may crash anywhere": (1, 0, 1, 1, 1),
    "two that act at once, two faults": (0, 2, 2, 0, 1),
}
"""Slow and quick replicas, faults, crashes, matches. Larger ones: `python -m tests.services.failover.checker`."""

LIMIT = 3_000_000


def explore(world: World, limit: int = LIMIT, *, liveness: bool = True) -> Result:
    return Search(world, wrong, limit, liveness=liveness).run()


@pytest.mark.parametrize("bounds", WORLDS.values(), ids=WORLDS)
def test_every_promise_holds_in_every_order(bounds: tuple[int, int, int, int, int]) -> None:
    result = explore(first(*bounds))
    assert result.wrong == "", "\n".join([result.wrong, *result.trace])
    assert result.exhausted


BEGINNINGS = {
    "retired": (beginnings.retired, (1, 0, 1, 0, 1)),
    "reopened": (beginnings.reopened, (1, 1, 0, 0, 1)),
    "evidence": (beginnings.evidence, (1, 0, 1, 0, 1)),
    "tainted": (beginnings.tainted, (1, 0, 1, 0, 1)),
}


@pytest.mark.parametrize(("beginning", "bounds"), BEGINNINGS.values(), ids=BEGINNINGS)
def test_every_promise_holds_from_the_middle_of_a_failover_on(
    beginning: Callable[[Bounds], World], bounds: Bounds
) -> None:
    result = explore(beginning(bounds))
    assert result.wrong == "", "\n".join([result.wrong, *result.trace])
    assert result.exhausted


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.rule)
def test_without_the_rule_a_promise_is_broken(mutant: Mutant) -> None:
    world = mutant.beginning(mutant.bounds)
    with applied(mutant):
        result = explore(world, liveness=mutant.liveness)
    assert result.wrong.startswith(mutant.found), (
        f"{result.states} states, exhausted: {result.exhausted}: {result.wrong}"
    )
