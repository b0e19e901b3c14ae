"""A chart to build one construct in, and the smallest valid game and cluster to build it from."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import homeground  # noqa: F401 - before cdk8s: it names the Node that cdk8s starts

# isort: split

import cdk8s
import msgspec
import pytest

from homeground.facts import Loaded, LoadedCluster
from homeground.fleet import Fleet
from homeground.manifest import ManifestChart
from homeground.platform import Platform
from homeground.source import Source
from schemas.cluster import Cluster
from schemas.game import Game

GAME: dict[str, Any] = {
    "name": "duel",
    "tenant": "acme",
    "server": {
        "image": "registry.example/duel:1.0.0",
        "players": 2,
        "ports": [{"name": "game", "containerPort": 7777}],
        "cpu": 1,
        "memory": "1Gi",
    },
    "fleet": {"replicas": 2},
    "modes": [{"name": "duel", "teams": 2, "playersPerTeam": 1}],
}
CLUSTER: dict[str, Any] = {
    "name": "test",
    "kubernetes": "1.35.4",
    "repository": {"url": "https://git.example/homeground.git"},
    "network": {"pods": "10.244.0.0/16", "services": "10.96.0.0/12"},
    "gamePorts": {"min": 7000, "max": 7499},
    "sites": [
        {"name": "home", "kind": "home", "networks": ["10.240.0.0/24"]},
        {"name": "cloud", "kind": "cloud", "networks": ["10.10.0.0/20"], "mtu": 1460},
    ],
    "nodes": [
        {
            "name": "master",
            "site": "cloud",
            "roles": ["control-plane"],
            "hardware": "a virtual machine",
            "cpu": 4,
            "memory": "16Gi",
            "disk": "100Gi",
            "address": "10.10.0.2",
            "alwaysOn": True,
        },
        {
            "name": "runner",
            "site": "home",
            "roles": ["runner"],
            "hardware": "a workstation",
            "cpu": 16,
            "memory": "32Gi",
            "disk": "500Gi",
            "address": "10.240.0.2",
        },
    ],
}


def merged(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """`base` with `changes` laid over it; a change to None takes the field away."""
    result = dict(base)
    for key, value in changes.items():
        old = result.get(key)
        result[key] = merged(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return {key: value for key, value in result.items() if value is not None}


@pytest.fixture
def chart() -> ManifestChart:
    return ManifestChart(cdk8s.App(outdir="unused"), "app", namespace="app")


@pytest.fixture
def find(chart: ManifestChart) -> Callable[..., dict[str, Any]]:
    """The one manifest of a kind in `chart`; with a name where there are several."""

    def find(kind: str, name: str = "") -> dict[str, Any]:
        matches = [m for m in chart.to_json() if m["kind"] == kind and name in ("", m["metadata"]["name"])]
        assert len(matches) == 1, f"{len(matches)} objects {kind} {name}"
        return matches[0]

    return find


@pytest.fixture
def build_fleet(chart: ManifestChart) -> Callable[..., None]:
    """Put a game's Fleet into `chart`."""

    def build(game: Game, site: str | None = None, prefer: str | None = None, ports: str = "default") -> None:
        Fleet(chart, "fleet", game=game, namespace="games-acme", site=site, prefer_site=prefer, port_range=ports)

    return build


@pytest.fixture
def pod(find: Callable[..., dict[str, Any]]) -> Callable[[], Any]:
    """The pod spec of the Fleet in `chart`."""
    return lambda: find("Fleet")["spec"]["template"]["spec"]["template"]["spec"]


@pytest.fixture
def make_game() -> Callable[..., Game]:
    """The smallest game with some of its fields as in games/*.yaml."""
    return lambda **changes: msgspec.convert(merged(GAME, changes), Game)


@pytest.fixture
def make_cluster() -> Callable[..., Cluster]:
    """The smallest hybrid cluster with some of its fields as in clusters/*.yaml."""
    return lambda **changes: msgspec.convert(merged(CLUSTER, changes), Cluster)


@pytest.fixture
def make_platform(make_cluster: Callable[..., Cluster]) -> Callable[..., Platform]:
    """That cluster with games, and the sealed secrets it has by (namespace, name)."""

    def make(
        games: Iterable[Game] = (), sealed: Mapping[tuple[str, str], Source] | None = None, **changes: Any
    ) -> Platform:
        cluster = LoadedCluster(make_cluster(**changes), Source("clusters/test.yaml", {}, {}), sealed or {})
        loaded = tuple(Loaded(game, Source(f"games/{game.name}.yaml", {}, {})) for game in games)
        return Platform(cluster, loaded)

    return make


TEMPORARY: dict[str, Any] = {
    "site": "cloud",
    "project": "homeground-test",
    "zones": ["zone-a", "zone-b"],
    "machineTypes": [
        {"name": "n2-standard-8", "cpu": 8, "memory": "32Gi"},
        {"name": "n2-standard-16", "cpu": 16, "memory": "64Gi"},
    ],
    "imageProject": "homeground-images",
    "imageFamily": "node",
    "network": "games",
    "subnetwork": "games-1",
    "disk": "50Gi",
    "workloadIdentity": "projects/1/locations/global/workloadIdentityPools/pool/providers/test",
}


@pytest.fixture
def make_hybrid(make_platform: Callable[..., Platform]) -> Callable[..., Platform]:
    """As make_platform, with machines to be had from a cloud; `temporary` changes what the facts say of those."""

    def make(games: Iterable[Game] = (), temporary: Mapping[str, Any] | None = None, **changes: Any) -> Platform:
        return make_platform(games, temporaryNodes=merged(TEMPORARY, temporary or {}), **changes)

    return make
