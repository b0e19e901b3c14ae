"""What follows from a cluster's facts."""

from collections.abc import Callable
from typing import Any

import pytest

from homeground.platform import Platform
from schemas.game import Game

MakeGame = Callable[..., Game]
MakePlatform = Callable[..., Platform]
CLOUD = {
    "site": "cloud",
    "project": "example-project",
    "zones": ["zone-a"],
    "machineTypes": [{"name": "n2-standard-8", "cpu": 8, "memory": "32Gi"}],
    "imageProject": "example-project",
    "imageFamily": "node",
    "network": "default",
    "subnetwork": "default",
    "workloadIdentity": "projects/1/locations/global/workloadIdentityPools/test/providers/test",
}
RANGES = [
    {"name": "home", "kind": "home", "networks": ["10.240.0.0/24"], "gamePorts": {"min": 7500, "max": 7749}},
    {"name": "cloud", "kind": "cloud", "networks": ["10.10.0.0/20"]},
]


def node(name: str, site: str, *roles: str, **more: Any) -> dict[str, Any]:
    size = {"hardware": "a machine", "cpu": 8, "memory": "16Gi", "disk": "100Gi", "address": "10.240.0.9"}
    return {"name": name, "site": site, "roles": list(roles), **size, **more}


@pytest.mark.parametrize(
    ("links", "mtu"),
    [
        ([], 1410),  # the cloud's 1460
        ([{"between": ["home", "cloud"], "kind": "tailscale"}], 1230),
        ([{"between": ["home", "cloud"], "kind": "ha-vpn"}], 1340),
        ([{"between": ["home", "cloud"], "kind": "lan"}], 1410),
        ([{"between": ["home", "cloud"], "kind": "lan", "mtu": 1400}], 1350),
        ([{"between": ["home", "cloud"], "kind": "tailscale", "mtu": 1480}], 1410),
    ],
)
def test_the_mtu_is_the_smallest_of_sites_and_links_less_vxlans_header(
    make_platform: MakePlatform, links: Any, mtu: int
) -> None:
    assert make_platform(links=links).mtu == mtu


def test_a_pinned_games_site_is_the_one_it_is_pinned_to(make_platform: MakePlatform, make_game: MakeGame) -> None:
    game = make_game(fleet={"site": "home"})
    assert make_platform(temporaryNodes=CLOUD).site_of(game) == "home"


def test_a_game_with_one_place_to_run_has_that_site(make_platform: MakePlatform, make_game: MakeGame) -> None:
    assert make_platform().site_of(make_game()) == "home"


def test_a_game_that_temporary_nodes_may_run_has_no_site(make_platform: MakePlatform, make_game: MakeGame) -> None:
    assert make_platform(temporaryNodes=CLOUD).site_of(make_game()) is None


def test_a_game_with_runners_at_two_sites_has_no_site(make_platform: MakePlatform, make_game: MakeGame) -> None:
    nodes = [node("a", "home", "runner"), node("b", "cloud", "runner")]
    assert make_platform(nodes=nodes).site_of(make_game()) is None


def test_home_is_preferred_where_a_game_may_run_anywhere(make_platform: MakePlatform, make_game: MakeGame) -> None:
    assert make_platform(temporaryNodes=CLOUD).preferred_site(make_game()) == "home"


def test_a_home_without_runners_is_not_preferred(make_platform: MakePlatform, make_game: MakeGame) -> None:
    sites = [
        {"name": "attic", "kind": "home", "networks": ["10.1.0.0/24"]},
        {"name": "cellar", "kind": "home", "networks": ["10.2.0.0/24"]},
        {"name": "cloud", "kind": "cloud", "networks": ["10.10.0.0/20"]},
    ]
    nodes = [node("a", "attic", "edge"), node("b", "cellar", "runner")]
    platform = make_platform(sites=sites, nodes=nodes, temporaryNodes=CLOUD)
    assert platform.preferred_site(make_game()) == "cellar"


@pytest.mark.parametrize("fleet", [{"site": "cloud"}, {"site": "home"}])
def test_a_pinned_game_prefers_nothing(make_platform: MakePlatform, make_game: MakeGame, fleet: Any) -> None:
    assert make_platform(temporaryNodes=CLOUD).preferred_site(make_game(fleet=fleet)) is None


def test_a_single_site_leaves_nothing_to_prefer(make_platform: MakePlatform, make_game: MakeGame) -> None:
    assert make_platform().preferred_site(make_game()) is None


def test_a_pinned_game_uses_its_sites_ports_where_the_site_has_any(
    make_platform: MakePlatform, make_game: MakeGame
) -> None:
    platform = make_platform(sites=RANGES)
    assert set(platform.port_ranges) == {"default", "home"}
    assert platform.port_range_of(make_game(fleet={"site": "home"})) == "home"
    assert platform.port_range_of(make_game(fleet={"site": "cloud"})) == "default"
    assert platform.port_range_of(make_game()) == "default"


def test_the_default_ports_are_the_clusters(make_platform: MakePlatform) -> None:
    ports = make_platform(sites=RANGES).port_ranges
    assert [(name, r.min, r.max) for name, r in ports.items()] == [("default", 7000, 7499), ("home", 7500, 7749)]


def test_nodes_at_home_announce_and_cloud_nodes_never_do(make_platform: MakePlatform) -> None:
    assert [n.name for n in make_platform().announcers] == ["runner"]


def test_there_are_two_replicas_where_two_nodes_are_always_on(make_platform: MakePlatform) -> None:
    master = node("a", "cloud", "control-plane", alwaysOn=True)
    assert make_platform().replicas == 1
    assert make_platform(nodes=[master, {**master, "name": "b"}]).replicas == 2
    assert make_platform(nodes=[{**master, "name": name} for name in "abc"]).replicas == 2


def test_api_servers_are_the_control_planes_addresses_as_networks(make_platform: MakePlatform) -> None:
    assert make_platform().api_servers == ["10.10.0.2/32"]
    six = [node("a", "cloud", "control-plane", address="fd00::2")]
    assert make_platform(nodes=six).api_servers == ["fd00::2/128"]


def test_the_clusters_networks_are_its_sites_its_pods_and_its_services(make_platform: MakePlatform) -> None:
    expected = ["10.240.0.0/24", "10.10.0.0/20", "10.244.0.0/16", "10.96.0.0/12"]
    assert make_platform().networks == expected


def test_tenants_are_named_once_and_in_order(make_platform: MakePlatform, make_game: MakeGame) -> None:
    games = [make_game(name=name, tenant=tenant) for name, tenant in (("a", "zeta"), ("b", "acme"), ("c", "zeta"))]
    platform = make_platform(games)
    assert platform.tenants == ("acme", "zeta")
    assert [game.name for game in platform.games_of("zeta")] == ["a", "c"]


def test_nodes_register_their_site_and_what_they_do(make_platform: MakePlatform) -> None:
    platform = make_platform()
    assert [platform.node_labels(n) for n in platform.cluster.nodes] == [
        {"homeground.dev/site": "cloud", "homeground.dev/always-on": "true"},
        {"homeground.dev/site": "home", "homeground.dev/runner": "true"},
    ]
