"""Every order of events in a small world, exhausted: all promises hold in all of them, and each rule is needed.

A slow replica may be late by any number of steps before each of its reads and writes; a quick one is never late.
"""

import pytest

from tests.services.failover.checker.mutants import MUTANTS, Mutant, applied
from tests.services.failover.checker.properties import wrong
from tests.services.failover.checker.search import Result, Search
from tests.services.failover.checker.world import first

pytestmark = pytest.mark.slow

WORLDS = {
    "one slow replica, one fault": (1, 0, 1, 0, 1),
    "a quick one, one fault": (0, 1, 1, 0, 1),
    "one slow replica that may crash anywhere": (1, 0, 1, 1, 1),
    "two that act at once, two faults": (0, 2, 2, 0, 1),
}
"""Slow and quick replicas, faults, crashes, matches. Larger ones: `python -m tests.services.failover.checker`."""

LIMIT = 3_000_000


def explore(bounds: tuple[int, int, int, int, int], limit: int = LIMIT, *, liveness: bool = True) -> Result:
    return Search(first(*bounds), wrong, limit, liveness=liveness).run()


@pytest.mark.parametrize("bounds", WORLDS.values(), ids=WORLDS)
def test_every_promise_holds_in_every_order(bounds: tuple[int, int, int, int, int]) -> None:
    result = explore(bounds)
    assert result.wrong == "", "\n".join([result.wrong, *result.trace])
    assert result.exhausted


@pytest.mark.parametrize("mutant", [each for each in MUTANTS if each.quick], ids=lambda mutant: mutant.rule)
def test_without_the_rule_a_promise_is_broken(mutant: Mutant) -> None:
    with applied(mutant):
        result = explore(mutant.bounds, liveness=mutant.liveness)
    assert result.wrong.startswith(mutant.found), (
        f"{result.states} states, exhausted: {result.exhausted}: {result.wrong}"
    )
