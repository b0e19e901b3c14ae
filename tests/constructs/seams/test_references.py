"""Names in one place that must exist in another."""

import pytest

from homeground import seams
from homeground.problem import Problem
from homeground.seams import references
from tests.constructs.seams.case import DOMINATION, HYBRID, LOCAL, SKIRMISH, Case, Neighbour, broken, right
from tests.constructs.seams.edits import both, fact
from tests.constructs.seams.world import World

SITES = "one of home, cloud"

BROKEN = [
    Case(
        references.clusters_exist,
        fact(DOMINATION, "[hybrid]", "[local, hybird]"),
        Problem(DOMINATION, 4, "clusters[1]", "hybird", "one of hybrid, local (did you mean hybrid?)"),
    ),
    Case(
        references.sites_exist,
        fact(HYBRID, "uc-k8s1p\n    site: home", "uc-k8s1p\n    site: hoem"),
        Problem(HYBRID, 60, "nodes[2].site", "hoem", f"{SITES} (did you mean home?)"),
    ),
    Case(
        references.sites_exist,
        fact(HYBRID, "between: [home, cloud]", "between: [home, moon]"),
        Problem(HYBRID, 32, "links[0].between[1]", "moon", SITES),
    ),
    Case(
        references.sites_exist,
        fact(HYBRID, "home-public\n    site: home", "home-public\n    site: attic"),
        Problem(HYBRID, 70, "addressPools[0].site", "attic", SITES),
    ),
    Case(
        references.sites_exist,
        fact(HYBRID, "temporaryNodes:\n  site: cloud", "temporaryNodes:\n  site: clouds"),
        Problem(HYBRID, 79, "temporaryNodes.site", "clouds", f"{SITES} (did you mean cloud?)"),
    ),
    Case(
        references.sites_exist,
        fact(DOMINATION, "  replicas: 3\n", "  replicas: 3\n  site: attic\n"),
        Problem(DOMINATION, 19, "fleet.site", "attic", "a site of cluster hybrid: home, cloud"),
    ),
    Case(
        references.sites_have_runners,
        fact(DOMINATION, "  replicas: 3\n", "  replicas: 3\n  site: cloud\n"),
        Problem(
            DOMINATION,
            19,
            "fleet.site",
            "no runner",
            "a node with the role runner at site cloud, in clusters/hybrid.yaml",
        ),
    ),
    Case(
        references.sites_have_runners,
        fact(HYBRID, "roles: [runner]", "roles: [edge]"),
        Problem(
            SKIRMISH,
            14,
            "fleet.site",
            "no runner",
            "a node with the role runner at cluster hybrid, in clusters/hybrid.yaml",
        ),
    ),
    Case(
        references.sites_are_linked,
        fact(HYBRID, "between: [home, cloud]", "between: [home, home]"),
        Problem(HYBRID, 25, "sites[1].name", "cloud, which no link names", "a link to another site"),
    ),
    Case(
        references.sites_are_linked,
        fact(HYBRID, "temporaryNodes:\n  site: cloud", "temporaryNodes:\n  site: home"),
        Problem(HYBRID, 79, "temporaryNodes.site", "home", "a site of kind cloud"),
    ),
    Case(
        references.sites_are_linked,
        both(
            fact(LOCAL, "  - name: desk\n    kind", "  - name: default\n    kind"),
            fact(LOCAL, "site: desk", "site: default"),
        ),
        Problem(LOCAL, 19, "sites[0].name", "default", "another name: it is Agones' own port range"),
    ),
]

RIGHT = [
    Neighbour(
        references.clusters_exist,
        fact(SKIRMISH, "name: skirmish\n", "name: skirmish\nclusters: [local, hybrid]\n"),
        "both clusters by name",
    ),
    Neighbour(
        references.sites_have_runners,
        both(
            fact(DOMINATION, "  replicas: 3\n", "  replicas: 3\n  site: cloud\n"),
            fact(HYBRID, "roles: [control-plane]", "roles: [control-plane, runner]"),
            fact(HYBRID, "    cpu: 4\n    memory: 16Gi", "    cpu: 32\n    memory: 64Gi"),
        ),
        "the site has a runner",
    ),
]


@broken(BROKEN)
def test_what_is_broken_is_found_by_this_check_alone(case: Case, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    case.prove(world, monkeypatch)


@right(RIGHT)
def test_what_is_just_right_passes(neighbour: Neighbour, world: World) -> None:
    neighbour.prove(world)


def test_a_limit_for_nobody_is_noticed(world: World) -> None:
    world.replace(HYBRID, "tenant: lantern", "tenant: lantren")
    hybrid = next(world.syntheses())
    assert "clusters/hybrid.yaml:94: lantren has no game here (did you mean lantern?)" in list(seams.notices(hybrid))
