"""Contract: the aggregated API allocation.agones.dev/v1."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial

import pytest

from tests.cluster.api import ApiError, Json
from tests.doubles.agones.world import World, allocation_path, names, on, own_machine, refusal

pytestmark = [pytest.mark.cluster, pytest.mark.xdist_group("agones")]

API = "/apis/allocation.agones.dev/v1"
UNALLOCATED = {"state": "UnAllocated", "gameServerName": "", "source": ""}


def test_discovery_tells_a_resource_that_can_only_be_created(world: World) -> None:
    assert world.api.call("GET", API) == {
        "kind": "APIResourceList",
        "apiVersion": "v1",
        "groupVersion": "allocation.agones.dev/v1",
        "resources": [
            {
                "name": "gameserverallocations",
                "singularName": "gameserverallocation",
                "namespaced": True,
                "kind": "GameServerAllocation",
                "verbs": ["create"],
                "shortNames": ["gsa"],
            }
        ],
    }
    for method in ("GET", "PUT", "DELETE"):
        error = refusal(partial(world.api.call, method, allocation_path(world.namespace), {}))
        assert (error.status, error.message) == (405, "Method not supported\n")
    nothing = refusal(lambda: world.api.call("POST", f"{API}/namespaces/x/others", {}))
    assert (nothing.status, nothing.message) == (404, "404 page not found\n")


def test_the_answer_tells_all_of_the_server(world: World) -> None:
    world.ready_fleet(1)
    (server,) = world.servers()
    selector = {"matchLabels": {"agones.dev/fleet": "lobby"}}
    patch = {"labels": {"mode": "ranked"}, "annotations": {"match": "m-1"}}
    answer = world.allocate(selector, metadata=patch, unknown="dropped")
    at = answer["status"]["metadata"]["annotations"].pop("agones.dev/last-allocated")
    assert datetime.fromisoformat(at).utcoffset() is not None
    assert datetime.fromisoformat(answer["metadata"].pop("creationTimestamp"))
    labels = server["metadata"]["labels"] | {"mode": "ranked"}
    assert answer == {
        "kind": "GameServerAllocation",
        "apiVersion": "allocation.agones.dev/v1",
        "metadata": {"name": server["metadata"]["name"], "namespace": world.namespace},
        "spec": {
            "multiClusterSetting": {"policySelector": {}},
            "required": {},
            "selectors": [selector | {"gameServerState": "Ready"}],
            "scheduling": "Packed",
            "metadata": patch,
        },
        "status": {
            "state": "Allocated",
            "gameServerName": server["metadata"]["name"],
            "source": "local",
            "metadata": {"labels": labels, "annotations": {"agones.dev/sdk-version": "1.59.0", "match": "m-1"}},
            **{name: server["status"][name] for name in ("ports", "address", "addresses", "nodeName")},
        },
    }
    now = world.api.get(server)
    assert now["status"] == server["status"] | {"state": "Allocated"}
    assert now["metadata"]["labels"] == labels
    assert now["metadata"]["annotations"]["agones.dev/last-allocated"] == at
    assert "extensions" in {entry["manager"] for entry in now["metadata"]["managedFields"]}


def test_no_server_is_201_and_unallocated(world: World) -> None:
    answer = world.allocate({"matchLabels": {"a": "b"}})
    assert answer["status"] == UNALLOCATED
    assert "name" not in answer["metadata"]


def test_without_selectors_any_ready_server_of_the_namespace_will_do(world: World) -> None:
    other = world.in_namespace("elsewhere")
    other.ready_fleet(1)
    assert world.allocate()["status"] == UNALLOCATED
    answer = world.allocate(namespace=other.namespace)
    assert answer["status"]["state"] == "Allocated"
    assert answer["spec"]["selectors"] == [{"gameServerState": "Ready"}]
    assert answer["spec"]["required"] == {"gameServerState": "Ready"}


EXPRESSIONS = {
    "In": ({"key": "site", "operator": "In", "values": ["home", "moon"]}, {"home"}),
    "NotIn": ({"key": "site", "operator": "NotIn", "values": ["home"]}, {"cloud", "none"}),
    "Exists": ({"key": "site", "operator": "Exists"}, {"home", "cloud"}),
    "DoesNotExist": ({"key": "site", "operator": "DoesNotExist"}, {"none"}),
}


@pytest.mark.parametrize(("expression", "wanted"), EXPRESSIONS.values(), ids=EXPRESSIONS)
def test_match_expressions(world: World, expression: Json, wanted: set[str]) -> None:
    by_site = {}
    for site in ("home", "cloud", "none"):
        labels = {"labels": {"site": site}} if site != "none" else {}
        by_site[world.server(site, metadata=labels)["metadata"]["name"]] = site
    for server in world.servers():
        world.wait_state(server, "Ready")
    taken = [world.allocate({"matchExpressions": [expression]})["status"] for _ in range(3)]
    assert {by_site[each["gameServerName"]] for each in taken if each["gameServerName"]} == wanted
    assert [each["state"] for each in taken].count("Allocated") == len(wanted)


def test_selectors_are_tried_in_order(world: World) -> None:
    """Home first, then the cloud: how one request prefers the site that is paid for."""
    for site in ("cloud", "home"):
        world.wait_state(world.server(site, metadata={"labels": {"site": site}}), "Ready")
    wanted = [{"matchLabels": {"site": site}} for site in ("home", "cloud")]
    assert [world.allocate(*wanted)["status"]["gameServerName"] for _ in range(3)] == ["home", "cloud", ""]


def test_the_deprecated_fields_become_selectors(world: World) -> None:
    for site in ("cloud", "home"):
        world.wait_state(world.server(site, metadata={"labels": {"site": site}}), "Ready")
    old: Json = {"preferred": [{"matchLabels": {"site": "home"}}], "required": {"matchLabels": {"site": "cloud"}}}
    first = world.allocate(**old)
    assert first["status"]["gameServerName"] == "home"
    home, cloud = ({"matchLabels": {"site": site}, "gameServerState": "Ready"} for site in ("home", "cloud"))
    assert first["spec"]["preferred"] == [home]
    assert first["spec"]["required"] == cloud
    assert first["spec"]["selectors"] == [home, cloud]
    assert world.allocate(**old)["status"]["gameServerName"] == "cloud"


def test_an_allocated_server_is_found_again_only_when_asked_for(world: World) -> None:
    world.ready_fleet(1)
    first = world.allocate()["status"]
    assert world.allocate()["status"] == UNALLOCATED
    again = world.allocate({"gameServerState": "Allocated"}, {"gameServerState": "Ready"})["status"]
    assert again["gameServerName"] == first["gameServerName"]
    stamp = "agones.dev/last-allocated"
    assert again["metadata"]["annotations"][stamp] > first["metadata"]["annotations"][stamp]


@pytest.mark.parametrize("state", ["Reserved", "Unhealthy", "Error"])
def test_only_ready_servers_are_given_away(world: World, state: str) -> None:
    for name in ("one", "other"):
        world.wait_state(world.server(name), "Ready")
    world.set_state(world.servers()[0], state)
    # Both are asked for until Agones has heard of the change: the one that is Ready is never refused.
    assert world.allocate({"matchLabels": {"x": "y"}})["status"] == UNALLOCATED
    assert world.allocate()["status"]["gameServerName"] == "other"
    assert world.allocate()["status"] == UNALLOCATED


def counted(world: World, name: str, count: int, machine: str = "machine-1") -> None:
    counters = {"rooms": {"count": count, "capacity": 10}}
    lists = {"players": {"capacity": 10, "values": [f"p{number}" for number in range(count)]}}
    world.wait_state(world.server(name, counters=counters, lists=lists, pod=on(machine)), "Ready")


FILTERS: dict[str, tuple[Json, list[str]]] = {
    "minimum count": ({"counters": {"rooms": {"minCount": 5}}}, ["five", "nine"]),
    "maximum count": ({"counters": {"rooms": {"maxCount": 5}}}, ["five", "one"]),
    "room left": ({"counters": {"rooms": {"minAvailable": 2}}}, ["five", "one"]),
    "hardly room left": ({"counters": {"rooms": {"maxAvailable": 5}}}, ["five", "nine"]),
    "no such counter": ({"counters": {"halls": {}}}, []),
    "a value in a list": ({"lists": {"players": {"containsValue": "p4"}}}, ["five", "nine"]),
    "places in a list": ({"lists": {"players": {"minAvailable": 5, "maxAvailable": 8}}}, ["five"]),
}


def test_filters_by_counters_and_lists(world: World) -> None:
    for name, count in (("one", 1), ("five", 5), ("nine", 9)):
        counted(world, name, count)
    for name, (selector, wanted) in FILTERS.items():
        found = [world.allocate(selector)["status"]["gameServerName"] for _ in range(len(wanted) + 1)]
        assert sorted(each for each in found if each) == wanted, name
        for server in world.servers("Allocated"):
            world.set_state(server, "Ready")
        world.wait("all to be given back", lambda: len(world.servers("Ready")) == 3)
        assert world.allocate({"counters": {"rooms": {"minCount": 100}}})["status"] == UNALLOCATED


ORDERS = {
    "Counter Ascending": ["nine", "five", "one"],
    "Counter Descending": ["one", "five", "nine"],
    "List Ascending": ["nine", "five", "one"],
    "List Descending": ["one", "five", "nine"],
}


@pytest.mark.parametrize("scheduling", ["Packed", "Distributed"])
@pytest.mark.parametrize("order", ORDERS)
def test_priorities_order_servers_by_room_left(world: World, order: str, scheduling: str) -> None:
    for name, count in (("one", 1), ("five", 5), ("nine", 9)):
        counted(world, name, count)
    kind, way = order.split()
    priority = {"type": kind, "key": "rooms" if kind == "Counter" else "players", "order": way}
    taken = [world.allocate(priorities=[priority], scheduling=scheduling)["status"] for _ in range(3)]
    assert [each["gameServerName"] for each in taken] == ORDERS[order]


def test_counters_and_lists_change_with_the_allocation(world: World) -> None:
    counted(world, "one", 1)
    actions: Json = {
        "counters": {"rooms": {"action": "Increment", "amount": 4}, "none": {"action": "Increment", "amount": 1}},
        "lists": {"players": {"addValues": ["p0", "eve"], "deleteValues": ["p9"], "capacity": 2}},
    }
    status = world.allocate(**actions)["status"]
    assert status["counters"] == {"rooms": {"count": 5, "capacity": 10}}
    assert status["lists"] == {"players": {"capacity": 2, "values": ["p0", "eve"]}}
    again = {"gameServerState": "Allocated"}
    status = world.allocate(again, counters={"rooms": {"action": "Decrement", "amount": 9, "capacity": 3}})["status"]
    assert status["counters"] == {"rooms": {"count": 0, "capacity": 3}}
    status = world.allocate(again, counters={"rooms": {"action": "Increment", "amount": 9}})["status"]
    assert status["counters"] == {"rooms": {"count": 3, "capacity": 3}}
    status = world.allocate(again, counters={"rooms": {"capacity": 1}}, lists={"players": {"deleteValues": ["p0"]}})
    assert status["status"]["counters"] == {"rooms": {"count": 1, "capacity": 1}}
    assert status["status"]["lists"] == {"players": {"capacity": 2, "values": ["eve"]}}


def test_no_server_is_given_away_twice(world: World) -> None:
    """Twenty at once for twelve servers, in one batch or a few."""
    fleet = world.ready_fleet(12)
    with ThreadPoolExecutor(20) as pool:
        answers = [each["status"] for each in pool.map(lambda _: world.allocate(), range(20))]
    taken = [each["gameServerName"] for each in answers if each["state"] == "Allocated"]
    assert sorted(taken) == names(world.servers())
    assert [each["state"] for each in answers].count("UnAllocated") == 8
    world.wait_status(fleet, allocatedReplicas=12, allocations=12)


def test_packed_fills_the_machine_that_has_most_allocated(world: World) -> None:
    """Servers are counted of all namespaces, so these have machines of their own."""
    with (
        own_machine(world, "10.9.1.7", "-a") as (empty, on_empty),
        own_machine(world, "10.9.1.8", "-b") as (full, on_full),
    ):
        world.ready_fleet(2, "crowd", template={"pod": on_full})
        for _ in range(2):
            world.allocate({"matchLabels": {"agones.dev/fleet": "crowd"}})
        world.ready_fleet(2, "first", template={"pod": on_empty})
        world.ready_fleet(2, "second", template={"pod": on_full})
        taken = [world.allocate()["status"]["nodeName"] for _ in range(4)]
    assert taken == [full.name, full.name, empty.name, empty.name]


def forbid_allocated(world: World) -> Json:
    """A policy by which no server of the namespace may become Allocated; its binding."""
    verbs = {"apiGroups": ["agones.dev"], "apiVersions": ["v1"], "operations": ["UPDATE"], "resources": ["gameservers"]}
    rule = {"expression": "object.status.state != 'Allocated'", "message": "not today"}
    policy: Json = {"matchConstraints": {"resourceRules": [verbs]}, "validations": [rule]}
    own = {"matchLabels": {"kubernetes.io/metadata.name": world.namespace}}
    binding: Json = {"policyName": world.namespace, "validationActions": ["Deny"]}
    binding["matchResources"] = {"namespaceSelector": own}
    common = {"apiVersion": "admissionregistration.k8s.io/v1", "metadata": {"name": world.namespace}}
    world.api.create(common | {"kind": "ValidatingAdmissionPolicy", "spec": policy})
    return world.api.create(common | {"kind": "ValidatingAdmissionPolicyBinding", "spec": binding})


def test_a_server_that_cant_be_updated_is_not_allocated(world: World) -> None:
    binding = forbid_allocated(world)
    fleet = world.ready_fleet(1)
    (server,) = world.servers()

    def denied() -> bool:
        try:
            body, path = {"status": {"state": "Allocated"}}, world.api.path(server)
            world.api.call("PATCH", path, body, "application/merge-patch+json", {"dryRun": "All"})
        except ApiError as error:
            return "not today" in error.message
        return False

    world.wait("the policy to be in force", denied)
    assert world.allocate()["status"] == UNALLOCATED
    world.api.delete(binding)
    world.wait_status(fleet, readyReplicas=1, allocatedReplicas=0)
