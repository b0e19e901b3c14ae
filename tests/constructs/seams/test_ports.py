"""Host ports: no port in two ranges."""

import pytest

from homeground.problem import Problem
from homeground.seams import ports
from tests.constructs.seams.case import HYBRID, Case, Neighbour, broken, right
from tests.constructs.seams.edits import fact
from tests.constructs.seams.world import World

BROKEN = [
    Case(
        ports.ranges_are_apart,
        fact(HYBRID, "{min: 7500, max: 7749}", "{min: 7499, max: 7749}"),
        Problem(HYBRID, 24, "sites[0].gamePorts", "7499-7749", "no port of the range 7000-7499"),
    ),
    Case(
        ports.ranges_are_apart,
        fact(HYBRID, "{min: 7750, max: 7999}", "{min: 7749, max: 7999}"),
        Problem(HYBRID, 29, "sites[1].gamePorts", "7749-7999", "no port of the range 7500-7749"),
    ),
    Case(
        ports.ranges_are_apart,
        fact(HYBRID, "{min: 7000, max: 7499}", "{min: 7499, max: 7000}"),
        Problem(HYBRID, 17, "gamePorts.max", "7000", "at least min, 7499"),
    ),
]

RIGHT = [
    Neighbour(ports.ranges_are_apart, lambda _: None, "7499 and 7500"),
    Neighbour(ports.ranges_are_apart, fact(HYBRID, "{min: 7750, max: 7999}", "{min: 7750, max: 7750}"), "one port"),
]


@broken(BROKEN)
def test_what_is_broken_is_found_by_this_check_alone(case: Case, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    case.prove(world, monkeypatch)


@right(RIGHT)
def test_what_is_just_right_passes(neighbour: Neighbour, world: World) -> None:
    neighbour.prove(world)
