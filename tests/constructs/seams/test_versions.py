"""Versions that go together."""

import pytest

from homeground.problem import Problem
from homeground.seams import versions
from homeground.versions import PINS
from tests.constructs.seams.case import HYBRID, LOCAL, Case, Neighbour, broken, right
from tests.constructs.seams.edits import fact
from tests.constructs.seams.world import World

BROKEN = [
    Case(
        versions.supported,
        fact(HYBRID, "kubernetes: 1.35.4", "kubernetes: 1.36.0"),
        Problem(
            HYBRID,
            5,
            "kubernetes",
            "1.36.0",
            "a minor that this Agones lists (1.59: 1.33 to 1.35): Agones supports three minors a release",
        ),
    ),
    Case(
        versions.supported,
        fact(LOCAL, "kubernetes: 1.35.4", "kubernetes: 1.34.9"),
        Problem(
            LOCAL,
            4,
            "kubernetes",
            "1.34.9",
            "1.35, whose schemas upstream.lock pins: manifests are checked against the schemas of one minor",
        ),
    ),
]

RIGHT = [
    Neighbour(
        versions.supported, fact(HYBRID, "kubernetes: 1.35.4", "kubernetes: 1.35.0"), "another patch of the minor"
    ),
]


def test_pins_that_do_not_go_together_are_the_platform_s_own_problem(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(versions, "PINS", {**PINS, "crd.projectcalico.org.v1": "3.32.0"})
    file, pair = "constructs/homeground/versions.py", "tigera-operator 3.32.1 with crd.projectcalico.org.v1 3.32.0"
    expected = "the same version: the operator writes fields that only its own CRDs have"
    assert set(world.facts_problems()) == {Problem(file, 0, "PINS", pair, expected)}


@broken(BROKEN)
def test_what_is_broken_is_found_by_this_check_alone(case: Case, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    case.prove(world, monkeypatch)


@right(RIGHT)
def test_what_is_just_right_passes(neighbour: Neighbour, world: World) -> None:
    neighbour.prove(world)
