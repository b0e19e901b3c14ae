"""What happens in one example, and when."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from hypothesis import strategies as st

from kubeclient.resources import GAME_SERVERS, NODES
from tests.doubles.kubernetes.routes import Call
from tests.services.failover.properties import cloud
from tests.services.failover.properties.happenings import (
    FAILURES,
    MACHINES,
    OPERATORS,
    PEOPLE,
    PLAYERS,
    Happening,
    begin_where,
)
from tests.services.failover.properties.site import DECISION, Shape, Site
from tests.services.failover.properties.trouble import API_FAULTS, STALE

HAPPENINGS: Mapping[str, Happening] = {**FAILURES, **MACHINES, **PLAYERS, **PEOPLE, **OPERATORS}
PATIENCE = 30.0
"""Seconds for which a call is waited for."""


@dataclass(frozen=True)
class After:
    """So many seconds after what was before it."""

    seconds: float


@dataclass(frozen=True)
class AtCall:
    """Just before the operators' `count`-th next call is carried out; `writes`: their write."""

    count: int
    writes: bool = False


@dataclass(frozen=True)
class Happens:
    """One of HAPPENINGS."""

    what: str
    pick: int = 0


@dataclass(frozen=True)
class Fails:
    """The operators' `count`-th next call of the API fails."""

    how: str
    count: int


@dataclass(frozen=True)
class CloudFails:
    """The operators' `count`-th next call of the cloud fails."""

    how: str
    count: int


@dataclass(frozen=True)
class MatchBegins:
    """A match begins on the very server, or node, that the operators' `count`-th next write of one is about."""

    count: int
    of: Literal["server", "node"]


What = Happens | Fails | CloudFails | MatchBegins


@dataclass(frozen=True)
class Step:
    when: After | AtCall
    what: What


@dataclass(frozen=True)
class Plan:
    shape: Shape
    steps: tuple[Step, ...]


async def carry_out(plan: Plan, site: Site) -> None:
    """Returns when the last step is done."""
    for step in plan.steps:
        if isinstance(step.when, After):
            await site.clock.sleep(step.when.seconds)
            do(step.what, site)
        else:
            await _at_call(step.when, step.what, site)


async def _at_call(when: AtCall, what: What, site: Site) -> None:
    done = asyncio.Event()

    def happen(_: Call) -> None:
        do(what, site)
        done.set()

    site.trouble.when(when.count, happen, lambda call: call.writes or not when.writes)
    end = site.clock.monotonic() + PATIENCE
    while not done.is_set() and site.clock.monotonic() < end:
        await site.clock.sleep(0.25)


def do(what: What, site: Site) -> None:
    match what:
        case Happens(name, pick):
            HAPPENINGS[name](site, pick)
        case Fails(how, count):
            site.trouble.strike(count, how)
        case CloudFails(how, count):
            site.trouble.strike_cloud(count, how)
        case MatchBegins(count, of):
            kind = GAME_SERVERS if of == "server" else NODES
            site.trouble.when(
                count, lambda call: begin_where(site, call), lambda call: call.writes and call.kind.resource == kind
            )


def _happens(names: Mapping[str, Happening]) -> st.SearchStrategy[What]:
    return st.builds(Happens, st.sampled_from(list(names)), st.integers(0, 5))


COUNTS = st.integers(1, 20)
WHEN = st.one_of(
    st.builds(After, st.sampled_from((0.0, 0.3, 1.0, 3.0, 7.0, 15.0, 40.0))),
    st.builds(AtCall, COUNTS, st.booleans()),
)
RACES = st.builds(MatchBegins, st.integers(1, 4), st.sampled_from(("server", "node")))
WHAT: st.SearchStrategy[What] = st.one_of(
    _happens(FAILURES),
    _happens(MACHINES),
    _happens(PLAYERS),
    _happens(PEOPLE),
    _happens(OPERATORS),
    st.builds(Fails, st.sampled_from((*API_FAULTS, STALE)), COUNTS),
    st.builds(CloudFails, st.sampled_from(list(cloud.FAULTS)), st.integers(1, 6)),
    RACES,
)
SHAPES = st.builds(
    Shape,
    homes=st.integers(1, 3),
    replicas=st.integers(1, 4),
    bind_delay=st.sampled_from((0.5, 1.0, 2.5)),
    unelected=st.booleans(),
    decision=st.just(DECISION),
)
FIRST = st.builds(Step, st.just(After(12)), st.one_of(_happens(FAILURES), st.just(Happens(next(iter(PEOPLE))))))
"""Nothing much happens before a machine fails, or is to be moved from."""

MATCHES = st.lists(st.builds(Step, st.just(After(0)), st.one_of(_happens(PLAYERS), RACES)), max_size=3)


def plans() -> st.SearchStrategy[Plan]:
    steps = st.lists(st.builds(Step, WHEN, WHAT), max_size=8)
    return st.builds(
        lambda shape, first, matches, rest: Plan(shape, (first, *matches, *rest)), SHAPES, FIRST, MATCHES, steps
    )
