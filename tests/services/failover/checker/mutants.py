"""The operator without one of its safety rules: each must come to grief, or the rule is not needed, or not checked."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

from msgspec.structs import replace

from failover import decision
from failover.decision import action as act
from failover.decision import collection, draining, out_of_service, retirement
from failover.decision.action import Action
from failover.decision.observed import Host
from failover.decision.situation import Situation
from failover.record import Attempt, AttemptState, EvidenceKind
from tests.services.failover.checker import beginnings, environment, replica
from tests.services.failover.checker.properties import wrong
from tests.services.failover.checker.search import Result, Search
from tests.services.failover.checker.world import Bounds, Look, Vm, World


@dataclass(frozen=True)
class Mutant:
    """`patches` are (module, name, replacement); `found` is how the property that must break begins."""

    rule: str
    patches: tuple[tuple[Any, str, Any], ...]
    found: tuple[str, ...]
    bounds: Bounds = (1, 1, 1, 0, 1)
    beginning: Callable[[Bounds], World] = beginnings.well


def explored(mutant: Mutant, limit: int) -> Result:
    """What comes of it. That something is left for ever is seen only once a world is exhausted."""
    world = mutant.beginning(mutant.bounds)
    with _applied(mutant):
        return Search(world, wrong, limit, liveness=mutant.found == ("L2",)).run()


@contextmanager
def _applied(mutant: Mutant) -> Iterator[None]:
    replica._decided.cache_clear()
    with ExitStack() as stack:
        for module, name, replacement in mutant.patches:
            stack.enter_context(patch.object(module, name, replacement))
        yield
    replica._decided.cache_clear()


def _untested(*kinds: type[Action]) -> Callable[[Action | None], str]:
    """Writes of these kinds name no version."""
    real = replica._tested
    return lambda action: "" if isinstance(action, kinds) else real(action)


def _reopening(case: Situation) -> Action | None:
    """As if a retired machine might be opened again."""
    for attempt, host in case.attempts(AttemptState.RETIRED):
        if case.failing and host.node and host.node.ready and not case.attempts(AttemptState.OPEN):
            attempts = case.changed(attempt, state=AttemptState.OPEN)
            return act.FinalStatus(case.record.version, replace(case.status, attempts=attempts))
    return retirement_step(case)


retirement_step = retirement.step


def _cordoned_at_all(_: Attempt, host: Host) -> bool:
    return host.node is not None and host.node.unschedulable


def _removed_at_once(case: Situation, attempt: Attempt, host: Host) -> Action | None:
    """The result of the deletion is not looked at (D2)."""
    attempts = tuple(each for each in case.status.attempts if each.number != attempt.number)
    return act.WriteStatus(case.record.version, replace(case.status, attempts=attempts)) if host else None


def _lifted_once_recovered(case: Situation) -> Action | None:
    home = case.seen.home
    if case.status.open and case.status.recovered_at and home and home.out_of_service and home.ready:
        return act.LiftOutOfService(home.name, home.version)
    return None


def _joins_unmarked(vm: Vm) -> Vm:
    return vm._replace(node=True, ready=True, quarantined=False)


def _lost_if_absent(node: Vm, look: Look) -> bool:  # noqa: ARG001
    return not node.node


def _but(rules: Sequence[decision.Rule], rule: decision.Rule, other: decision.Rule) -> tuple[decision.Rule, ...]:
    """Those rules, one of them replaced."""
    assert rule in rules
    return tuple(other if each is rule else each for each in rules)


MUTANTS = (
    Mutant(
        "a server is deleted only in the version in which nobody was on it",
        ((replica, "_tested", _untested(act.DeleteServer)),),
        ("S1",),
    ),
    Mutant("a machine joins in quarantine", ((environment, "joined", _joins_unmarked),), ("S1",)),
    Mutant(
        "a retired machine never opens again",
        ((decision, "RULES", _but(decision.RULES, retirement.step, _reopening)),),
        ("S1",),
        beginning=beginnings.retired,
    ),
    Mutant(
        "a retired machine is looked at once more, for a settle may be too short",
        ((retirement, "still_played_on", lambda *_: False), (draining, "settled", lambda *_: True)),
        ("S1",),
        (0, 1, 1, 0, 1),
    ),
    Mutant(
        "a cordon counts for its own drain alone",
        ((draining, "cordoned", _cordoned_at_all),),
        ("S1",),
        (1, 1, 0, 0, 1),
        beginning=beginnings.reopened,
    ),
    Mutant(
        "a cordon settles before it counts",
        ((draining, "settled", lambda *_: True),),
        ("S1",),
        (1, 0, 1, 0, 1),
    ),
    Mutant(
        "a status is written only in the version it was decided on",
        ((replica, "_tested", _untested(act.WriteStatus)),),
        ("S1", "S2"),
    ),
    Mutant(
        "a node is changed only in the version it was decided on",
        ((replica, "_tested", _untested(act.Cordon, act.Uncordon, act.LiftQuarantine, act.TaintOutOfService)),),
        ("S1", "S3"),
        beginning=beginnings.evidence,
    ),
    Mutant(
        "silence is no evidence of death",
        ((out_of_service, "evidence", lambda case: EvidenceKind.DARK if case.down else None),),
        ("S3",),
    ),
    Mutant(
        "the taint is lifted in every phase",
        ((decision, "ALWAYS", _but(decision.ALWAYS, out_of_service.lift, _lifted_once_recovered)),),
        ("L2",),
        (0, 1, 1, 0, 1),
        beginning=beginnings.tainted,
    ),
    Mutant(
        "a machine is on record until the cloud says that it is gone, and strays are collected",
        ((retirement, "remove", _removed_at_once), (collection, "decide", lambda *_: None)),
        ("L2",),
        (0, 1, 1, 0, 1),
    ),
    Mutant("strays are collected", ((collection, "decide", lambda *_: None),), ("L2",), (1, 1, 1, 0, 0)),
    Mutant(
        "a node is deleted only if it was looked for after it was open", ((replica, "lost", _lost_if_absent),), ("S1",)
    ),
)
