"""A case breaks one thing and names the check that must notice it, alone."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from homeground import seams
from homeground.problem import Problem
from tests.constructs.seams.world import World

HYBRID = "clusters/hybrid.yaml"
LOCAL = "clusters/local.yaml"
DOMINATION = "games/domination.yaml"
SKIRMISH = "games/skirmish.yaml"

Check = Callable[[Any], Iterator[Problem]]
Edit = Callable[[World], None]


@dataclass(frozen=True)
class Case:
    """With `edit` made, `check` yields `problem`; without that check nothing does."""

    check: Check
    edit: Edit
    problem: Problem

    def __str__(self) -> str:
        return f"{name_of(self.check)}:{self.problem.field or self.problem.found}"

    def prove(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        self.edit(world)
        problems = asked(self.check, world)
        assert self.problem in problems()
        switch_off(self.check, monkeypatch)
        assert self.problem not in problems()


@dataclass(frozen=True)
class Neighbour:
    """As close to a case as one can come and still be right."""

    check: Check
    edit: Edit
    why: str

    def __str__(self) -> str:
        return f"{name_of(self.check)}:{self.why}"

    def prove(self, world: World) -> None:
        self.edit(world)
        assert asked(self.check, world)() == []


def broken(cases: list[Case]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", cases, ids=str)


def right(neighbours: list[Neighbour]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("neighbour", neighbours, ids=str)


def name_of(check: Check) -> str:
    """`ports.ranges_are_apart`, as `seams/__init__.py` registers it."""
    return f"{check.__module__.rpartition('.')[2]}.{check.__name__}"


def registered() -> list[Check]:
    of_clusters = [check for stage in seams.CLUSTER for check in stage]
    return [*seams.FACTS, *seams.GAME, *of_clusters, *seams.MANIFESTS]


def asked(check: Check, world: World) -> Callable[[], list[Problem]]:
    """What synth says where `check` speaks: of the facts or, only when those are right, of the manifests."""
    if check not in seams.MANIFESTS:
        return world.facts_problems
    assert world.facts_problems() == []
    return world.manifest_problems


def switch_off(check: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    """Take one check out of the registry. Later stages may rely on it, so they are switched off too."""
    for level in ("FACTS", "GAME", "MANIFESTS"):
        others = tuple(other for other in getattr(seams, level) if other is not check)
        monkeypatch.setattr(seams, level, others)
    stages = []
    for stage in seams.CLUSTER:
        stages.append(tuple(other for other in stage if other is not check))
        if check in stage:
            break
    monkeypatch.setattr(seams, "CLUSTER", tuple(stages))
