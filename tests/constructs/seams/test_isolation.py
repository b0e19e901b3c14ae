"""Untrusted code stays in its box."""

import pytest

from homeground.problem import Problem
from homeground.seams import isolation
from tests.constructs.seams.case import HYBRID, LOCAL, Case, Neighbour, broken, right
from tests.constructs.seams.edits import both, fact
from tests.constructs.seams.world import World

FAMILIES = "a family with nested virtualisation: n1, n2, c2, c3, c4, n4, m3"

BROKEN = [
    Case(
        isolation.runc_is_trusted,
        fact(LOCAL, "trusted: true\n", ""),
        Problem(LOCAL, 8, "isolation", "runc", "kata; runc only on a cluster that says `trusted: true`"),
    ),
    Case(
        isolation.machines_can_nest,
        fact(HYBRID, "n2-standard-16", "e2-standard-16"),
        Problem(HYBRID, 85, "temporaryNodes.machineTypes[1].name", "e2-standard-16", FAMILIES),
    ),
    Case(  # AMD, though it begins with n2
        isolation.machines_can_nest,
        fact(HYBRID, "n2-standard-8", "n2d-standard-8"),
        Problem(HYBRID, 84, "temporaryNodes.machineTypes[0].name", "n2d-standard-8", FAMILIES),
    ),
]

RIGHT = [
    Neighbour(isolation.runc_is_trusted, fact(HYBRID, "isolation: kata", "isolation: kata\ntrusted: true"), "and kata"),
    Neighbour(
        isolation.machines_can_nest,
        both(
            fact(HYBRID, "n2-standard-16", "e2-standard-16"),
            fact(HYBRID, "isolation: kata", "isolation: runc\ntrusted: true"),
        ),
        "plain containers need no KVM",
    ),
    Neighbour(
        isolation.machines_can_nest,
        fact(HYBRID, "n2-standard-16", "c3-standard-8"),
        "another family that can",
    ),
]


@broken(BROKEN)
def test_what_is_broken_is_found_by_this_check_alone(case: Case, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    case.prove(world, monkeypatch)


@right(RIGHT)
def test_what_is_just_right_passes(neighbour: Neighbour, world: World) -> None:
    neighbour.prove(world)
