"""Addresses that players can reach."""

import pytest

from homeground.problem import Problem
from homeground.seams import addresses
from tests.constructs.seams.case import HYBRID, LOCAL, Case, Neighbour, broken, right
from tests.constructs.seams.edits import both, fact
from tests.constructs.seams.world import World

ENDPOINT = "    publicEndpoint: 163.220.236.54\n"

BROKEN = [
    Case(
        addresses.runners_are_reachable,
        fact(HYBRID, ENDPOINT, ""),
        Problem(
            HYBRID,
            48,
            "nodes[1].publicEndpoint",
            "nothing",
            "the address where players reach uc-k8s4p: 10.240.0.40 is private",
        ),
    ),
    Case(
        addresses.runners_are_reachable,
        fact(LOCAL, "    publicEndpoint: 192.168.1.10 # players are in the same room\n", ""),
        Problem(
            LOCAL,
            24,
            "nodes[0].publicEndpoint",
            "nothing",
            "the address where players reach desk: 192.168.1.10 is private",
        ),
    ),
]

RIGHT = [
    Neighbour(
        addresses.runners_are_reachable,
        both(fact(HYBRID, ENDPOINT, ""), fact(HYBRID, "address: 10.240.0.40", "address: 163.220.236.54")),
        "a public address of its own",
    ),
    Neighbour(
        addresses.runners_are_reachable,
        fact(HYBRID, "    publicEndpoint: 34.146.14.104\n", ""),
        "no games run there",
    ),
]


@broken(BROKEN)
def test_what_is_broken_is_found_by_this_check_alone(case: Case, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    case.prove(world, monkeypatch)


@right(RIGHT)
def test_what_is_just_right_passes(neighbour: Neighbour, world: World) -> None:
    neighbour.prove(world)
