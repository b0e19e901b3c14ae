"""Every order of events in a small world, exhausted: all promises hold in all of them, and each rule is needed.

A slow replica may be late by any number of steps before each of its reads and writes; a quick one is never late.
"""

from collections.abc import Callable

import pytest

from tests.services.failover.checker import beginnings
from tests.services.failover.checker.mutants import MUTANTS, Mutant, explored
from tests.services.failover.checker.properties import wrong
from tests.services.failover.checker.search import Search
from tests.services.failover.checker.world import Bounds, World

pytestmark = pytest.mark.slow

WORLDS = {
    "one slow replica, one fault": (beginnings.well, (1, 0, 1, 0, 1)),
    "a quick one, one fault": (beginnings.well, (0, 1, 1, 0, 1)),
    "one slow replica that may crash anywhere": (beginnings.well, (1, 0, 1, 1, 1)),
    "two that act at once, two faults": (beginnings.well, (0, 2, 2, 0, 1)),
    "retired": (beginnings.retired, (1, 0, 1, 0, 1)),
    "reopened": (beginnings.reopened, (1, 1, 0, 0, 1)),
    "evidence": (beginnings.evidence, (1, 0, 1, 0, 1)),
    "tainted": (beginnings.tainted, (1, 0, 1, 0, 1)),
}
"""Where they begin, and how far they go. Larger ones: `python -m tests.services.failover.checker`."""

LIMIT = 3_000_000


@pytest.mark.parametrize(("beginning", "bounds"), WORLDS.values(), ids=WORLDS)
def test_every_promise_holds_in_every_order(beginning: Callable[[Bounds], World], bounds: Bounds) -> None:
    result = Search(beginning(bounds), wrong, LIMIT).run()
    assert result.wrong == "", "\n".join([result.wrong, *result.trace])
    assert result.exhausted


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.rule)
def test_without_the_rule_a_promise_is_broken(mutant: Mutant) -> None:
    result = explored(mutant, LIMIT)
    assert result.wrong.startswith(mutant.found), (
        f"{result.states} states, exhausted: {result.exhausted}: {result.wrong}"
    )
