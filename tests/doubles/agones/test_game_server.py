"""Contract: the states of a GameServer, its ports, its end."""

import threading

import pytest

from tests.doubles.agones.world import World, names, own_machine, refusal

pytestmark = [pytest.mark.cluster, pytest.mark.xdist_group("agones")]


def test_it_goes_through_all_states_in_order(world: World) -> None:
    start = world.api.list_response("agones.dev/v1", "GameServer", world.namespace)["metadata"]["resourceVersion"]
    seen: list[str] = []

    def watch() -> None:
        for _, obj in world.api.watch(
            "agones.dev/v1", "GameServer", world.namespace, resource_version=start, seconds=20
        ):
            state = obj.get("status", {}).get("state")
            if state and state not in seen:
                seen.append(state)
            if state == "Ready":
                return

    watcher = threading.Thread(target=watch)
    watcher.start()
    world.server()
    watcher.join(25)
    assert seen == ["PortAllocation", "Creating", "Starting", "Scheduled", "RequestReady", "Ready"]


def test_without_dynamic_ports_it_begins_at_creating(world: World) -> None:
    made = world.server(ports=[{"name": "p", "portPolicy": "Static", "containerPort": 1, "hostPort": 6100}])
    assert made["status"]["state"] == "Creating"
    assert world.wait_state(made, "Ready")["status"]["ports"] == [{"name": "p", "port": 6100}]


def test_host_ports_are_unique_on_each_machine(world: World) -> None:
    """Four ports in the range, seven servers, two machines."""
    ports = [{"name": "game", "containerPort": 7777, "range": "few"}]
    world.ready_fleet(7, template={"ports": ports})
    taken = [(each["status"]["nodeName"], each["status"]["ports"][0]["port"]) for each in world.servers()]
    assert len(set(taken)) == 7
    assert {port for _, port in taken} == {7900, 7901, 7902, 7903}


def test_a_tcpudp_port_becomes_two_of_one_number(world: World) -> None:
    made = world.server(ports=[{"name": "game", "containerPort": 7777, "protocol": "TCPUDP"}])
    ports = world.wait_state(made, "Ready")["spec"]["ports"]
    common = {"portPolicy": "Dynamic", "range": "default", "container": "game", "containerPort": 7777}
    common["hostPort"] = ports[0]["hostPort"]
    tcp, udp = ({"name": f"game-{each}", "protocol": each.upper()} for each in ("tcp", "udp"))
    assert ports == [common | tcp, common | udp]


def test_a_development_server_is_registered_and_has_no_pod(world: World) -> None:
    notes = {"agones.dev/dev-address": "192.0.2.7"}
    ports = [{"name": "p", "portPolicy": "Static", "containerPort": 1, "hostPort": 6200}]
    made = world.server(ports=ports, metadata={"annotations": notes})
    status = world.wait_state(made, "Ready")["status"]
    assert (status["address"], status["nodeName"]) == ("192.0.2.7", "192.0.2.7")
    assert status["addresses"] == [{"type": "InternalIP", "address": "192.0.2.7"}]
    assert status["ports"] == [{"name": "p", "port": 6200}]
    assert not world.api.list("v1", "Pod", world.namespace)
    world.api.delete(made)
    world.wait_gone(made)


def test_shutdown_ends_server_and_pod(world: World) -> None:
    made = world.server()
    world.wait_state(made, "Ready")
    pod = world.pod(made)
    world.set_state(made, "Shutdown")
    world.wait_gone(made)
    assert world.api.find(pod) is None


def test_a_lost_pod_makes_it_unhealthy_for_good(world: World) -> None:
    made = world.server()
    world.wait_state(made, "Ready")
    world.api.delete(world.pod(made), grace=0)
    world.wait_state(made, "Unhealthy")
    assert world.allocate()["status"]["state"] == "UnAllocated"


def test_a_fleet_replaces_a_server_whose_pod_is_lost(world: World) -> None:
    made = world.ready_fleet(2)
    first, second = world.servers()
    world.api.delete(world.pod(first), grace=0)
    world.wait_gone(first)
    world.wait_status(made, replicas=2, readyReplicas=2)
    assert names([second])[0] in names(world.servers())


def test_a_failed_pod_is_unhealthy_and_a_succeeded_one_is_shut_down(world: World) -> None:
    failed, done = world.server("failed"), world.server("done")
    for server, phase in ((failed, "Failed"), (done, "Succeeded")):
        world.wait_state(server, "Ready")
        world.api.patch(world.pod(server), {"status": {"phase": phase}}, subresource="status")
    world.wait_state(failed, "Unhealthy")
    world.wait_gone(done)


def test_a_pod_that_admission_refuses_makes_it_an_error(world: World) -> None:
    world.forbid_pods()
    made = world.server()
    found = world.wait_state(made, "Error")
    assert found["metadata"]["annotations"]["agones.dev/errored-at"]
    assert not world.api.list("v1", "Pod", world.namespace)


def test_a_deleted_server_waits_for_its_pod(world: World) -> None:
    with own_machine(world, "10.9.1.1") as (machine, pod):
        made = world.server(pod=pod)
        world.wait_state(made, "Ready")
        machine.hang()
        world.api.delete(made)
        world.wait_pod_told(made)
        found = world.api.get(made)
        assert found["metadata"]["finalizers"] == ["agones.dev/controller"]
        assert found["status"]["state"] == "Ready"
        world.api.delete(world.pod(made), grace=0)
        world.wait_gone(made)


def test_a_delete_with_another_version_is_refused(world: World) -> None:
    """The failover operator deletes only what it has looked at."""
    made = world.wait_state(world.server(), "Ready")
    seen = {"uid": made["metadata"]["uid"], "resourceVersion": made["metadata"]["resourceVersion"]}
    taken = world.allocate()["status"]
    assert taken["gameServerName"] == "solo"
    assert refusal(lambda: world.api.delete(made, preconditions=seen)).status == 409
    now = world.api.get(made)["metadata"]["resourceVersion"]
    world.api.delete(made, preconditions=seen | {"resourceVersion": now})
    world.wait_gone(made)


def test_a_server_being_deleted_is_not_counted_once_its_set_hears_of_anything(world: World) -> None:
    """That it is being deleted is no event to its set; the next change of any other server is."""
    with own_machine(world, "10.9.1.2") as (machine, pod):
        fleet = world.ready_fleet(2, template={"pod": pod})
        first, second = world.servers()
        machine.hang()
        world.api.delete(first)
        world.wait_pod_told(first)
        world.api.patch(second, {"metadata": {"annotations": {"an": "event"}}})
        world.wait("a third server", lambda: len(world.servers()) == 2)
        world.wait_status(fleet, replicas=2, readyReplicas=1)
        (found,) = world.sets()
        assert found["status"]["shutdownReplicas"] == 1
        assert world.api.get(first)["status"]["state"] == "Ready"
        assert {world.allocate()["status"]["gameServerName"] for _ in range(2)} == {second["metadata"]["name"], ""}
        machine.wake()
        world.wait_gone(first)


def test_when_all_servers_of_a_fleet_are_being_deleted_nothing_replaces_them(world: World) -> None:
    """No event is left to tell their set. The Fleet even says that they are Ready, until it is resized."""
    with own_machine(world, "10.9.1.6") as (machine, pod):
        fleet = world.ready_fleet(2, template={"pod": pod})
        machine.hang()
        world.ready_fleet(1, "before")  # so Agones has dealt with all that it heard of the Fleet until now
        for server in world.servers(fleet="lobby"):
            world.api.delete(server)
        world.ready_fleet(1, "witness")  # so Agones has had the time
        assert world.servers(fleet="lobby") == []
        found = world.api.get(fleet)
        assert (found["status"]["replicas"], found["status"]["readyReplicas"]) == (2, 2)
        assert world.allocate({"matchLabels": {"agones.dev/fleet": "lobby"}})["status"]["state"] == "UnAllocated"
        world.change(fleet, {"spec": {"replicas": 3}})
        world.wait_status(fleet, replicas=3, readyReplicas=0)
        assert world.sets()[0]["status"]["shutdownReplicas"] == 2


def test_a_node_that_changes_its_address_loses_its_ready_servers(world: World) -> None:
    with own_machine(world, "10.9.1.4") as (machine, pod):
        made = world.wait_state(world.server(pod=pod), "Ready")
        machine.die()  # else it would write its own address again
        addresses = [{"type": "InternalIP", "address": "10.9.1.5"}]
        world.api.patch(machine.node, {"status": {"addresses": addresses}}, subresource="status")
        world.api.patch(world.pod(made), {"metadata": {"annotations": {"an": "event"}}})
        world.wait_state(made, "Unhealthy", 60)
