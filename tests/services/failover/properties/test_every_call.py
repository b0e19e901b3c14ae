"""One failover and its recovery, with a fault at one call of the operator: whichever call and whatever fault it is.

A sample of them here and on CI; `HYPOTHESIS_PROFILE=slow` plays all.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from failover.record import Reason
from tests.doubles.kubernetes.faults import Break, Fault, LoseAnswer
from tests.services.failover.properties import cloud, outcome
from tests.services.failover.properties.logbook import logged
from tests.services.failover.properties.site import Shape, Site, play
from tests.services.failover.properties.trouble import API_FAULTS, CLOUD

SHAPE = Shape(homes=2, replicas=6)
HOME, OTHER, STAND_IN = "home-1", "home-2", "fo-"
SAMPLE = 24
LEAST = 100
"""Calls that it takes."""

AnyFault = Fault | cloud.Fault
Kind = Callable[[Site], AnyFault]


def _constant(fault: AnyFault) -> Kind:
    return lambda _: fault


API_KINDS: dict[str, Kind] = {
    **{name: _constant(fault) for name, fault in API_FAULTS.items()},
    "killed before": lambda site: Break(then=lambda: site.kill(0, 0)),
    "killed after": lambda site: LoseAnswer(then=lambda: site.kill(0, 0)),
}
CLOUD_KINDS: dict[str, Kind] = {
    **{name: _constant(fault) for name, fault in cloud.FAULTS.items()},
    "killed before": lambda site: cloud.Stall(then=lambda: site.kill(0, 0)),
    "killed after": lambda site: cloud.Lose(then=lambda: site.kill(0, 0)),
}


def play_once(folder: Path, number: int = 0, kind: Kind | None = None) -> tuple[Site, list[str]]:
    """A machine dies and comes back, with a match on it, on its neighbour, and on what stands in for it."""

    async def work(site: Site) -> None:
        if kind:
            site.trouble.at = number, kind(site)
        await site.clock.sleep(12)
        site.begin_on(HOME, 60)
        site.begin_on(OTHER, 60)
        site.homes[0].power_off()
        await outcome.wait_stood_in(site)
        await site.clock.until(lambda: site.begin_on(STAND_IN, 30), 60, step=0.5)
        await site.clock.sleep(5)
        site.homes[0].come_back()
        await outcome.wait_clean(site)
        await outcome.check_quiet(site)

    with logged() as book:
        site = play(folder, SHAPE, work)
    return site, [*site.safety.wrong, *book.wrong]


def check(site: Site, wrong: list[str]) -> None:
    assert wrong == []
    status = outcome.status(site, HOME)
    assert not outcome.status(site, OTHER).incident
    [past] = status.history
    assert past.reason in (Reason.SUSPECTED, Reason.NOT_READY)
    assert past.active_after_seconds is not None


def sample(calls: list[str]) -> Iterator[tuple[int, str, Kind]]:
    """Every call with every fault, or some of them: no two of one call, and all faults by turns."""
    pairs = [
        (number, name, kind)
        for number, call in enumerate(calls, 1)
        for name, kind in (CLOUD_KINDS if call.startswith(CLOUD) else API_KINDS).items()
    ]
    every = 1 if os.environ.get("HYPOTHESIS_PROFILE") == "slow" else len(pairs) // SAMPLE
    yield from pairs[::every]


def test_the_same_happens_each_time(folder: Path) -> None:
    (first, _), (second, _) = play_once(folder), play_once(folder)
    assert first.trouble.calls == second.trouble.calls
    assert len(first.trouble.calls) >= LEAST


@pytest.mark.slow
def test_a_fault_at_any_call_changes_nothing_of_what_comes_of_it(folder: Path) -> None:
    site, wrong = play_once(folder)
    check(site, wrong)
    for number, name, kind in sample(site.trouble.calls):
        try:
            check(*play_once(folder, number, kind))
        except Exception as error:
            raise AssertionError(f"{name} at call {number}, {site.trouble.calls[number - 1]}: {error}") from error
