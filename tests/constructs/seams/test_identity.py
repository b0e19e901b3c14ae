"""One name, one thing."""

import pytest

from homeground.problem import Problem
from homeground.seams import identity
from tests.constructs.seams.case import HYBRID, Case, Neighbour, broken, right
from tests.constructs.seams.edits import also, fact
from tests.constructs.seams.world import World

POOL = "    addresses: [163.220.236.56/32]\n"
LIMIT = "  - {tenant: lantern, gameServers: 24}\n"


def skirmish(namespace: str, api_version: str = "agones.dev/v1") -> dict[str, object]:
    """An object of the same group, kind and name as the Fleet `skirmish`."""
    return {"apiVersion": api_version, "kind": "Fleet", "metadata": {"name": "skirmish", "namespace": namespace}}


BROKEN = [
    Case(
        identity.names_are_unique,
        fact(HYBRID, "- name: cloud", "- name: home"),
        Problem(HYBRID, 25, "sites[1].name", "home a second time", "its own name"),
    ),
    Case(
        identity.names_are_unique,
        fact(HYBRID, "- name: uc-k8s1p", "- name: uc-k8s4p"),
        Problem(HYBRID, 59, "nodes[2].name", "uc-k8s4p a second time", "its own name"),
    ),
    Case(
        identity.names_are_unique,
        fact(HYBRID, "address: 10.240.0.37", "address: 10.240.0.40"),
        Problem(HYBRID, 66, "nodes[2].address", "10.240.0.40 a second time", "its own address"),
    ),
    Case(
        identity.names_are_unique,
        fact(HYBRID, POOL, f"{POOL}  - {{name: home-public, site: home, addresses: [163.220.236.57/32]}}\n"),
        Problem(HYBRID, 72, "addressPools[1].name", "home-public a second time", "its own name"),
    ),
    Case(
        identity.names_are_unique,
        fact(HYBRID, LIMIT, f"{LIMIT}  - {{tenant: lantern, gameServers: 48}}\n"),
        Problem(HYBRID, 95, "tenantLimits[1].tenant", "lantern a second time", "its own tenant"),
    ),
    Case(
        identity.objects_are_unique,
        also("secrets", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "cert-manager"}}),
        Problem(
            "dist/hybrid/secrets/Namespace.cert-manager.k8s.yaml",
            0,
            "metadata.name",
            "cert-manager",
            "no second owner (also in dist/hybrid/certificates/Namespace.cert-manager.k8s.yaml)",
        ),
    ),
    Case(  # whatever the version, the API server knows one object
        identity.objects_are_unique,
        also("agones", skirmish("games-lantern", "agones.dev/v2")),
        Problem(
            "dist/hybrid/games-lantern/Fleet.skirmish.k8s.yaml",
            0,
            "metadata.name",
            "skirmish",
            "no second owner (also in dist/hybrid/agones/Fleet.games-lantern.skirmish.k8s.yaml)",
        ),
    ),
]

RIGHT = [
    Neighbour(
        identity.names_are_unique,
        fact(HYBRID, POOL, f"{POOL}  - {{name: home, site: home, addresses: [163.220.236.57/32]}}\n"),
        "a pool called as a site",
    ),
    Neighbour(
        identity.objects_are_unique,
        also(
            "certificates",
            {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "agones-sdk", "namespace": "x"}},
        ),
        "one name in two namespaces",
    ),
]


@broken(BROKEN)
def test_what_is_broken_is_found_by_this_check_alone(case: Case, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    case.prove(world, monkeypatch)


@right(RIGHT)
def test_what_is_just_right_passes(neighbour: Neighbour, world: World) -> None:
    neighbour.prove(world)
