"""Contract: Fleet -> GameServerSet -> GameServer, for the double and (AGONES_BIN) for Agones 1.59.0."""

import pytest

from tests.cluster.api import Json
from tests.doubles.agones.world import World, fleet, names, on, told

pytestmark = [pytest.mark.cluster, pytest.mark.xdist_group("agones")]

COUNTERS = {"rooms": {"count": 1, "capacity": 10}}
ZERO = {"replicas": 0, "readyReplicas": 0, "reservedReplicas": 0, "allocatedReplicas": 0}


def owner(kind: str, name: str) -> Json:
    reference = {"apiVersion": "agones.dev/v1", "kind": kind, "name": name}
    return reference | {"controller": True, "blockOwnerDeletion": True}


def test_a_fleet_makes_one_set_of_its_template(world: World) -> None:
    made = world.ready_fleet(2)
    (found,) = world.sets()
    name = found["metadata"]["name"]
    assert told(found) == {
        "apiVersion": "agones.dev/v1",
        "kind": "GameServerSet",
        "metadata": {
            "name": name,
            "generateName": "lobby-",
            "namespace": world.namespace,
            "labels": {"game": "lobby", "agones.dev/fleet": "lobby"},
            "ownerReferences": [owner("Fleet", "lobby")],
        },
        "spec": {"replicas": 2, "scheduling": "Packed", "template": made["spec"]["template"]},
        "status": ZERO | {"replicas": 2, "readyReplicas": 2, "shutdownReplicas": 0},
    }
    assert world.api.get(made)["status"] == ZERO | {"replicas": 2, "readyReplicas": 2, "allocations": 0}


def server_of(found: Json, server: Json, pod_ip: str) -> Json:
    """A Ready server of a set of `lobby`: all of it, but for the ports and the machine that it was given."""
    (port,), machine, name = server["spec"]["ports"], server["status"]["nodeName"], found["metadata"]["name"]
    address = {"machine-1": "10.9.0.1", "machine-2": "10.9.0.2"}[machine]
    given = {"containerPort": 7777, "hostPort": port["hostPort"]}
    metadata = {
        "name": server["metadata"]["name"],
        "generateName": f"{name}-",
        "namespace": found["metadata"]["namespace"],
        "labels": {"game": "lobby", "agones.dev/fleet": "lobby", "agones.dev/gameserverset": name},
        "annotations": {"agones.dev/sdk-version": "1.59.0"},
        "finalizers": ["agones.dev/controller"],
        "ownerReferences": [owner("GameServerSet", name)],
    }
    named = {"name": "game", "portPolicy": "Dynamic", "range": "default", "container": "game", "protocol": "UDP"}
    container = {"name": "game", "image": "registry.example/game:1", "resources": {}}
    spec = {
        "container": "game",
        "ports": [named | given],
        "health": {"periodSeconds": 5, "failureThreshold": 3, "initialDelaySeconds": 5},
        "scheduling": "Packed",
        "sdkServer": {"logLevel": "Info", "grpcPort": 9357, "httpPort": 9358},
        "eviction": {"safe": "Never"},
        "immutableReplicas": 1,
        "template": {"metadata": {}, "spec": {"containers": [container]}},
    }
    addresses = {"InternalIP": address, "Hostname": machine, "PodIP": pod_ip}
    status = {
        "state": "Ready",
        "ports": [{"name": "game", "port": port["hostPort"]}],
        "address": address,
        "addresses": [{"type": type_, "address": each} for type_, each in addresses.items()],
        "nodeName": machine,
        "eviction": {"safe": "Never"},
        "immutableReplicas": 1,
        "players": None,
        "reservedUntil": None,
    }
    kind = {"apiVersion": "agones.dev/v1", "kind": "GameServer"}
    return kind | {"metadata": metadata, "spec": spec, "status": status}


def test_its_servers_have_its_labels_and_defaults(world: World) -> None:
    world.ready_fleet(1)
    (found,), (server,) = world.sets(), world.servers()
    assert 7000 <= server["spec"]["ports"][0]["hostPort"] <= 7199
    assert told(server) == server_of(found, server, world.pod(server)["status"]["podIP"])
    assert "controller" in {entry["manager"] for entry in server["metadata"]["managedFields"]}


def test_scaling_down_spares_allocated_and_reserved_servers(world: World) -> None:
    made = world.ready_fleet(5)
    busy = {world.allocate()["status"]["gameServerName"] for _ in range(2)}
    reserved = world.servers("Ready")[0]
    world.set_state(reserved, "Reserved")
    world.wait_status(made, readyReplicas=2, reservedReplicas=1, allocatedReplicas=2)
    world.change(made, {"spec": {"replicas": 0}})
    world.wait_status(made, replicas=3, readyReplicas=0, reservedReplicas=1, allocatedReplicas=2, allocations=2)
    assert set(names(world.servers())) == busy | {reserved["metadata"]["name"]}
    world.set_state(next(each for each in world.servers("Allocated")), "Shutdown")
    world.wait_status(made, replicas=2, allocatedReplicas=1)


def test_a_fleet_scales_up(world: World) -> None:
    made = world.ready_fleet(1, scheduling="Distributed")
    world.change(made, {"spec": {"replicas": 3}})
    world.wait_status(made, replicas=3, readyReplicas=3)
    (found,) = world.sets()
    assert found["spec"]["scheduling"] == "Distributed"
    assert {each["spec"]["scheduling"] for each in world.servers()} == {"Distributed"}


def test_scheduling_and_priorities_reach_the_set_without_a_rollout(world: World) -> None:
    made = world.ready_fleet(1, template={"counters": COUNTERS})
    priority = {"type": "Counter", "key": "rooms", "order": "Descending"}
    world.change(made, {"spec": {"scheduling": "Distributed", "priorities": [priority]}})

    def arrived() -> bool:
        (found,) = world.sets()
        return bool(found["spec"].get("priorities") == [priority] and found["spec"]["scheduling"] == "Distributed")

    world.wait("the set to have them", arrived)


def change_image(world: World, made: Json, image: str) -> None:
    container = {"name": "game", "image": image}
    template = {"spec": {"template": {"spec": {"containers": [container]}}}}
    world.change(made, {"spec": {"template": template}})


def images(servers: list[Json]) -> list[str]:
    return sorted(each["spec"]["template"]["spec"]["containers"][0]["image"] for each in servers)


def test_a_rolling_update_keeps_the_allocated_servers_of_the_old_set(world: World) -> None:
    made = world.ready_fleet(4)
    (old,) = world.sets()
    busy = world.allocate()["status"]["gameServerName"]
    change_image(world, made, "registry.example/game:2")
    world.wait_status(made, replicas=4, readyReplicas=3, allocatedReplicas=1)

    def settled() -> bool:
        found = {each["metadata"]["name"]: each for each in world.sets()}
        before = found.pop(old["metadata"]["name"])
        (after,) = found.values()
        return bool(before["spec"]["replicas"] == 0 and after["spec"]["replicas"] == 3)

    world.wait("the old set to be told 0 and the new one 3", settled)
    new = ["registry.example/game:2"] * 3
    world.wait("three new servers", lambda: images(world.servers("Ready")) == new)
    assert names(world.servers("Allocated")) == [busy]
    world.set_state(world.servers("Allocated")[0], "Shutdown")
    world.wait_gone(old)
    world.wait_status(made, replicas=4, readyReplicas=4, allocatedReplicas=0)


def test_recreate_ends_all_idle_servers_at_once(world: World) -> None:
    made = world.ready_fleet(3, strategy={"type": "Recreate"})
    (old,) = world.sets()
    assert made["spec"]["strategy"] == {"type": "Recreate"}
    change_image(world, made, "registry.example/game:2")
    world.wait_gone(old)
    world.wait_status(made, replicas=3, readyReplicas=3)
    assert images(world.servers()) == ["registry.example/game:2"] * 3


def test_another_spelling_of_the_same_template_is_no_rollout(world: World) -> None:
    """No webhook normalises an update, so git's own spelling comes back at every sync of Argo CD."""
    limits = {"limits": {"cpu": "1"}, "requests": {"cpu": "1"}}
    pod = {"containers": [{"name": "game", "image": "registry.example/game:1", "resources": limits}]}
    made = world.ready_fleet(1, template={"pod": pod})
    (old,) = world.sets()
    zeros = {"limits": {"cpu": "1000m"}, "requests": {"cpu": "1000m"}}
    container = {"name": "game", "image": "registry.example/game:1", "resources": zeros, "stdin": False, "env": []}
    template = {"spec": {"health": {"disabled": False}, "template": {"spec": {"containers": [container]}}}}
    changed = world.change(made, {"spec": {"template": template, "replicas": 2}})
    assert changed["spec"]["template"]["spec"]["health"] == {"disabled": False}
    world.wait_status(made, replicas=2, readyReplicas=2)
    assert names(world.sets()) == names([old])


def test_counters_and_lists_are_summed_up(world: World) -> None:
    lists = {"players": {"capacity": 4, "values": ["ada"]}}
    made = world.ready_fleet(2, template={"counters": COUNTERS, "lists": lists})
    both = {"allocatedCount": 0, "allocatedCapacity": 0}
    world.wait_status(
        made,
        counters={"rooms": both | {"count": 2, "capacity": 20}},
        lists={"players": both | {"count": 2, "capacity": 8}},
    )
    world.allocate(counters={"rooms": {"action": "Increment", "amount": 3}})
    world.wait_status(
        made,
        counters={"rooms": {"allocatedCount": 4, "allocatedCapacity": 10, "count": 5, "capacity": 20}},
        lists={"players": {"allocatedCount": 1, "allocatedCapacity": 4, "count": 2, "capacity": 8}},
    )
    assert world.sets()[0]["status"]["counters"] == world.api.get(made)["status"]["counters"]


def test_allocated_servers_too_many_are_marked(world: World) -> None:
    overflow = {"labels": {"over": "yes"}, "annotations": {"why": "scaled down"}}
    made = world.ready_fleet(3, allocationOverflow=overflow)
    for _ in range(3):
        world.allocate()
    world.wait_status(made, allocatedReplicas=3)
    world.change(made, {"spec": {"replicas": 1}})

    def marked() -> list[Json]:
        found = [each for each in world.servers() if each["metadata"]["labels"].get("over") == "yes"]
        return found if len(found) == 2 else []

    for server in world.wait("two servers to be marked", marked):
        assert server["metadata"]["annotations"]["why"] == "scaled down"


def test_deleting_a_fleet_ends_all_its_servers_even_allocated_ones(world: World) -> None:
    made = world.ready_fleet(2)
    world.allocate()
    world.api.delete(made)
    world.wait("all servers to be gone", lambda: not world.api.list("agones.dev/v1", "GameServer", world.namespace))
    world.wait("all pods to be gone", lambda: not world.api.list("v1", "Pod", world.namespace))


def test_a_fleet_that_does_not_fit_waits_in_starting_and_comes_up_when_it_fits(world: World) -> None:
    huge = {"containers": [{"name": "game", "image": "x:1", "resources": {"requests": {"cpu": "64"}}}]}
    made = world.fleet(1, template={"pod": huge})
    (server,) = world.wait("a server", world.servers)
    world.wait_state(server, "Starting")
    world.wait(
        "its pod to be unschedulable", lambda: world.pod(server)["status"]["conditions"][0]["reason"] == "Unschedulable"
    )
    assert world.api.get(server)["status"]["state"] == "Starting"
    world.wait_status(made, **(ZERO | {"replicas": 1, "allocations": 0}))
    container = {"name": "game", "image": "x:1"}
    world.change(made, {"spec": {"template": {"spec": {"template": {"spec": {"containers": [container]}}}}}})
    world.wait_status(made, replicas=1, readyReplicas=1)


def test_two_fleets_of_one_namespace_are_apart(world: World) -> None:
    world.ready_fleet(1, "red", template={"pod": on("machine-1")})
    world.ready_fleet(2, "blue", template={"pod": on("machine-2")})
    assert len(world.servers(fleet="red")) == 1
    assert {each["status"]["nodeName"] for each in world.servers(fleet="blue")} == {"machine-2"}
    world.api.delete(fleet("red", world.namespace, 1))
    world.wait("red's servers to go", lambda: not world.servers(fleet="red"))
    assert len(world.servers(fleet="blue")) == 2
