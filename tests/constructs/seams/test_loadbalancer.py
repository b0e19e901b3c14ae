"""MetalLB: announced at home, by more than one machine."""

import pytest

from homeground.problem import Problem
from homeground.seams import loadbalancer
from tests.constructs.seams.case import HYBRID, Case, Neighbour, broken, right
from tests.constructs.seams.edits import both, fact, of
from tests.constructs.seams.world import World

ADVERTISEMENT = "dist/hybrid/loadbalancer/L2Advertisement.home-public.k8s.yaml"
SITE = "homeground.dev/site"
AT_HOME = "homeground.dev/site in home and no other label"


def selecting(labels: dict[str, str]) -> dict[str, dict[str, str]]:
    return {"matchLabels": labels}


BROKEN = [
    Case(
        loadbalancer.pools_have_two_announcers,
        both(
            fact(HYBRID, "uc-k8s1p\n    site: home", "uc-k8s1p\n    site: cloud"),
            fact(HYBRID, "address: 10.240.0.37", "address: 10.10.0.37"),
        ),
        Problem(
            HYBRID,
            70,
            "addressPools[0].site",
            "1 node(s) at home",
            "at least two that can announce it; an `edge` node of any size will do",
        ),
    ),
    Case(
        loadbalancer.advertisements_select_announcers,
        of("L2Advertisement", "home-public", "spec.nodeSelectors"),
        Problem(ADVERTISEMENT, 0, "spec.nodeSelectors", "nothing", "matchLabels homeground.dev/site of a home site"),
    ),
    Case(
        loadbalancer.advertisements_select_announcers,
        of("L2Advertisement", "home-public", "spec.nodeSelectors.0", selecting({SITE: "cloud"})),
        Problem(ADVERTISEMENT, 0, "spec.nodeSelectors", "{'homeground.dev/site': 'cloud'}", AT_HOME),
    ),
    Case(  # the talks' selector: only one machine ever had it
        loadbalancer.advertisements_select_announcers,
        of("L2Advertisement", "home-public", "spec.nodeSelectors.0", selecting({"hardware": "game-runner"})),
        Problem(ADVERTISEMENT, 0, "spec.nodeSelectors", "{'hardware': 'game-runner'}", AT_HOME),
    ),
    Case(
        loadbalancer.advertisements_select_announcers,
        of("L2Advertisement", "home-public", "spec.nodeSelectors.0", {"matchExpressions": []}),
        Problem(ADVERTISEMENT, 0, "spec.nodeSelectors", "{}", AT_HOME),
    ),
]

RIGHT = [
    Neighbour(loadbalancer.pools_have_two_announcers, lambda _: None, "exactly two"),
    Neighbour(
        loadbalancer.advertisements_select_announcers,
        of("L2Advertisement", "home-public", "spec.nodeSelectors", 2 * [selecting({SITE: "home"})]),
        "two selectors of home sites",
    ),
]


@broken(BROKEN)
def test_what_is_broken_is_found_by_this_check_alone(case: Case, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    case.prove(world, monkeypatch)


@right(RIGHT)
def test_what_is_just_right_passes(neighbour: Neighbour, world: World) -> None:
    neighbour.prove(world)
