"""What fits where, with numbers computed by hand.

A server of the games below costs its own CPU and memory, 30m and 64 MiB of the SDK sidecar, 250m and 320 MiB of the
VM. kubelet keeps 250m and 1024 MiB of every node.
"""

from collections.abc import Callable
from typing import Any

import pytest

from homeground import capacity
from homeground.capacity import Room
from homeground.platform import Platform
from homeground.workload import Workload
from schemas.game import Game

MakeGame = Callable[..., Game]
MakePlatform = Callable[..., Platform]

DAEMON_SETS = [
    Workload("kube-proxy", cpu=50, memory=64, runs_on="every-node"),
    Workload("calico-node", cpu=100, memory=128, runs_on="every-node"),
    Workload("csi-s3", cpu=20, memory=64, runs_on="every-node"),
    Workload("kata-deploy", cpu=25, memory=16, runs_on="runners"),
    Workload("geesefs", cpu=100, memory=1000, runs_on="runners"),
    Workload("metallb-speaker", cpu=20, memory=64, runs_on="announcers"),
]
TEMPORARY = {
    "site": "cloud",
    "project": "homeground-reference",
    "zones": ["asia-northeast1-b"],
    "imageProject": "homeground-reference",
    "imageFamily": "k8s-kata-node",
    "network": "homeground",
    "subnetwork": "asia-northeast1",
    "workloadIdentity": "projects/1/locations/global/workloadIdentityPools/test/providers/test",
}
ONE_PORT = {"min": 7000, "max": 7000}
MANY_PORTS = {"min": 7000, "max": 7999}


def node(name: str, site: str, *roles: str, cpu: int | str = 16, memory: str = "32Gi", **more: Any) -> dict[str, Any]:
    third = {"home": "10.240.0", "cloud": "10.10.0"}[site]
    return {
        "name": name,
        "site": site,
        "roles": list(roles),
        "hardware": "a machine",
        "cpu": cpu,
        "memory": memory,
        "disk": "100Gi",
        "address": f"{third}.{sum(map(ord, name)) % 200 + 10}",
        **more,
    }


MASTER = node("master", "cloud", "control-plane", cpu=4, memory="16Gi", alwaysOn=True)
UC_K8S4P = node("uc-k8s4p", "home", "runner", cpu=44, memory="32Gi")
EDGE = node("edge", "home", "edge", cpu=4, memory="4Gi")


@pytest.fixture
def domination(make_game: MakeGame) -> Game:
    """2280m and 2432 MiB a server."""
    return make_game(name="domination", server={"cpu": 2, "memory": "2Gi"}, fleet={"replicas": 100})


@pytest.fixture
def skirmish(make_game: MakeGame) -> Game:
    """780m and 1408 MiB a server."""
    scale = {"buffer": 2, "min": 2, "max": 8}
    return make_game(
        name="skirmish", server={"cpu": "500m", "memory": "1Gi"}, fleet={"replicas": None, "autoscale": scale}
    )


def placed(platform: Platform, **servers: int) -> dict[str, dict[str, int]]:
    """Where that many servers of each game go, when nothing else runs."""
    return capacity.place_games(platform, capacity.rooms(platform, []), servers)


def test_kubelet_keeps_its_part_of_a_machine(make_platform: MakePlatform) -> None:
    assert capacity.allocatable(make_platform(), 44, "32Gi") == (43_750, 31_744)
    more = make_platform(reserved={"cpu": "500m", "memory": "2Gi"})
    assert capacity.allocatable(more, "3500m", "4096Mi") == (3000, 2048)


def test_daemon_sets_take_their_part_of_the_nodes_they_run_on(make_platform: MakePlatform) -> None:
    rooms = capacity.rooms(make_platform(nodes=[MASTER, UC_K8S4P, EDGE]), DAEMON_SETS)
    assert rooms == {
        "master": Room("master", "cloud", cpu=3750 - 170, memory=15_360 - 256, pods=107),
        "uc-k8s4p": Room("uc-k8s4p", "home", cpu=43_750 - 315, memory=31_744 - 1336, pods=104),
        "edge": Room("edge", "home", cpu=3750 - 190, memory=3072 - 320, pods=106),
    }


def test_what_is_always_on_takes_no_room_before_it_is_placed(make_platform: MakePlatform) -> None:
    platform = make_platform(nodes=[MASTER])
    assert capacity.rooms(platform, [Workload("operator", cpu=100, memory=128)]) == capacity.rooms(platform, [])


def test_twelve_servers_of_domination_fit_the_reference_runner(make_platform: MakePlatform, domination: Game) -> None:
    """43435m / 2280m = 19.05, but 30408 MiB / 2432 MiB = 12.5."""
    platform = make_platform([domination], nodes=[MASTER, UC_K8S4P])
    rooms = capacity.rooms(platform, DAEMON_SETS)
    assert capacity.place_games(platform, rooms, {"domination": 100}) == {"domination": {"uc-k8s4p": 12}}
    assert rooms["uc-k8s4p"] == Room(
        "uc-k8s4p", "home", 43_435 - 12 * 2280, 30_408 - 12 * 2432, 104 - 12, {"default": 12}
    )


def test_one_server_more_fits_without_the_daemon_sets(make_platform: MakePlatform, domination: Game) -> None:
    """31744 MiB / 2432 MiB = 13.05."""
    platform = make_platform([domination], nodes=[MASTER, UC_K8S4P])
    assert placed(platform, domination=100) == {"domination": {"uc-k8s4p": 13}}


def test_without_vms_a_server_costs_less(make_platform: MakePlatform, domination: Game) -> None:
    """31744 MiB / 2112 MiB = 15.03."""
    platform = make_platform([domination], nodes=[MASTER, UC_K8S4P], isolation="runc", trusted=True)
    assert placed(platform, domination=100) == {"domination": {"uc-k8s4p": 15}}


@pytest.mark.parametrize(("memory", "fit"), [("5888Mi", 2), ("5887Mi", 1)])
def test_memory_that_is_exactly_enough_is_enough(
    make_platform: MakePlatform, domination: Game, memory: str, fit: int
) -> None:
    """1024 + 2 * 2432 = 5888."""
    platform = make_platform([domination], nodes=[MASTER, node("runner", "home", "runner", memory=memory)])
    assert placed(platform, domination=3) == {"domination": {"runner": fit}}


def test_servers_go_home_first_and_then_to_the_cloud(make_platform: MakePlatform, domination: Game) -> None:
    """At home (15750 / 2280) 6, then in the cloud."""
    nodes = [MASTER, node("far", "cloud", "runner"), node("near", "home", "runner")]
    platform = make_platform([domination], nodes=nodes)
    assert capacity.permitted(platform, domination) == ["near", "far"]
    assert placed(platform, domination=6) == {"domination": {"near": 6}}
    assert placed(platform, domination=8) == {"domination": {"near": 6, "far": 2}}
    assert placed(platform, domination=13) == {"domination": {"near": 6, "far": 6}}


def test_servers_are_spread_over_the_machines_of_a_site(make_platform: MakePlatform, domination: Game) -> None:
    nodes = [MASTER, node("first", "home", "runner"), node("second", "home", "runner")]
    platform = make_platform([domination], nodes=nodes)
    assert placed(platform, domination=5) == {"domination": {"first": 3, "second": 2}}


def test_a_pinned_fleet_stays_at_its_site(make_platform: MakePlatform, make_game: MakeGame) -> None:
    game = make_game(name="pinned", server={"cpu": 2, "memory": "2Gi"}, fleet={"replicas": 8, "site": "cloud"})
    nodes = [MASTER, node("far", "cloud", "runner"), node("near", "home", "runner")]
    platform = make_platform([game], nodes=nodes)
    assert capacity.permitted(platform, game) == ["far"]
    assert placed(platform, pinned=8) == {"pinned": {"far": 6}}


def test_games_with_larger_servers_go_first(make_platform: MakePlatform, domination: Game, skirmish: Game) -> None:
    """12 * 2432 = 29184 of 31744 MiB leave room for one of 1408."""
    platform = make_platform([skirmish, domination], nodes=[MASTER, UC_K8S4P])
    assert placed(platform, domination=12, skirmish=8) == {"domination": {"uc-k8s4p": 12}, "skirmish": {"uc-k8s4p": 1}}


@pytest.mark.parametrize(("last", "fit"), [(7004, 5), (7003, 4)])
def test_a_node_has_as_many_servers_as_host_ports(
    make_platform: MakePlatform, skirmish: Game, last: int, fit: int
) -> None:
    platform = make_platform([skirmish], gamePorts={"min": 7000, "max": last})
    assert placed(platform, skirmish=5) == {"skirmish": {"runner": fit}}


def test_every_port_of_a_server_takes_a_host_port(make_platform: MakePlatform, make_game: MakeGame) -> None:
    ports = [{"name": name, "containerPort": number} for name, number in (("game", 7777), ("query", 7778))]
    game = make_game(name="duel", server={"ports": ports})
    platform = make_platform([game], gamePorts={"min": 7000, "max": 7004})
    assert placed(platform, duel=3) == {"duel": {"runner": 2}}


def test_games_share_a_range_but_a_site_s_own_is_apart(make_platform: MakePlatform, make_game: MakeGame) -> None:
    anywhere, also_anywhere = make_game(name="a"), make_game(name="b")
    at_home = make_game(name="c", fleet={"replicas": 2, "site": "home"})
    home = {"name": "home", "kind": "home", "networks": ["10.240.0.0/24"], "gamePorts": {"min": 7003, "max": 7004}}
    cloud = {"name": "cloud", "kind": "cloud", "networks": ["10.10.0.0/20"]}
    platform = make_platform(
        [anywhere, also_anywhere, at_home], sites=[home, cloud], gamePorts={"min": 7000, "max": 7002}
    )
    assert placed(platform, a=2, b=2, c=3) == {"a": {"runner": 2}, "b": {"runner": 1}, "c": {"runner": 2}}


@pytest.fixture
def tiny(make_game: MakeGame) -> Game:
    """281m and 400 MiB a server."""
    return make_game(name="tiny", server={"cpu": "1m", "memory": "16Mi"}, fleet={"replicas": 500})


def test_a_node_has_at_most_110_pods(make_platform: MakePlatform, tiny: Game) -> None:
    nodes = [MASTER, node("runner", "home", "runner", cpu=64, memory="256Gi")]
    platform = make_platform([tiny], nodes=nodes, gamePorts=MANY_PORTS)
    assert placed(platform, tiny=500) == {"tiny": {"runner": 110}}
    rooms = capacity.rooms(platform, DAEMON_SETS)
    assert capacity.place_games(platform, rooms, {"tiny": 500}) == {"tiny": {"runner": 104}}


def test_survivors_go_largest_first_onto_the_emptiest_node(make_platform: MakePlatform) -> None:
    second = node("second", "cloud", "control-plane", cpu=2, memory="4Gi", alwaysOn=True)
    platform = make_platform(nodes=[MASTER, second, UC_K8S4P])
    workloads = [
        Workload("small", cpu=100, memory=512, replicas=2),
        Workload("large", cpu=3000, memory=2048),
        Workload("proxy", cpu=1, memory=1, runs_on="every-node"),
    ]
    rooms = capacity.rooms(platform, [])
    assert capacity.place_survivors(platform, rooms, workloads) == []
    assert rooms["master"] == Room("master", "cloud", 3750 - 3000, 15_360 - 2048, 109)  # then it has less CPU
    assert rooms["second"] == Room("second", "cloud", 1750 - 200, 3072 - 1024, 108)
    assert rooms["uc-k8s4p"] == Room("uc-k8s4p", "home", 43_750, 31_744, 110)


def test_survivors_without_room_are_named(make_platform: MakePlatform) -> None:
    platform = make_platform(nodes=[MASTER, UC_K8S4P])
    exact, one_more = Workload("exact", cpu=3750, memory=1024), Workload("one-more", cpu=1, memory=1)
    rooms = capacity.rooms(platform, [])
    assert capacity.place_survivors(platform, rooms, [one_more, exact]) == [one_more]


def test_a_machine_holds_as_many_servers_as_its_scarcer_resource(
    make_platform: MakePlatform, domination: Game, skirmish: Game
) -> None:
    """domination: min(43750 / 2280 = 19, 31744 / 2432 = 13); skirmish: min(56, 31744 / 1408 = 22)."""
    platform = make_platform([domination, skirmish], nodes=[MASTER, UC_K8S4P])
    assert capacity.most_on_one_node(platform, domination) == 13
    assert capacity.most_on_one_node(platform, skirmish) == 22


def test_a_temporary_machine_may_hold_the_most(make_platform: MakePlatform, domination: Game) -> None:
    """min((80000 - 250) / 2280 = 34, (320 - 1) * 1024 / 2432 = 134)."""
    types = [
        {"name": "n2-standard-8", "cpu": 8, "memory": "32Gi"},
        {"name": "n2-standard-80", "cpu": 80, "memory": "320Gi"},
    ]
    platform = make_platform(
        [domination], nodes=[MASTER, UC_K8S4P], temporaryNodes={**TEMPORARY, "machineTypes": types}
    )
    assert capacity.most_on_one_node(platform, domination) == 34


def test_pods_and_host_ports_bound_a_machine_too(make_platform: MakePlatform, tiny: Game) -> None:
    nodes = [MASTER, node("runner", "home", "runner", cpu=64, memory="256Gi")]
    assert capacity.most_on_one_node(make_platform([tiny], nodes=nodes, gamePorts=MANY_PORTS), tiny) == 110
    assert capacity.most_on_one_node(make_platform([tiny], nodes=nodes, gamePorts=ONE_PORT), tiny) == 1


def test_a_server_larger_than_every_machine_fits_none(make_platform: MakePlatform, make_game: MakeGame) -> None:
    huge = make_game(name="huge", server={"cpu": 64})
    platform = make_platform([huge])
    assert capacity.most_on_one_node(platform, huge) == 0
    assert placed(platform, huge=1) == {"huge": {}}


def test_fleets_are_wanted_at_their_maximum(make_platform: MakePlatform, domination: Game, skirmish: Game) -> None:
    assert capacity.wanted(make_platform([domination, skirmish])) == {"domination": 100, "skirmish": 8}
