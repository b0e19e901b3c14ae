"""Contract: servers on a dead machine, and servers in Error."""

import pytest

from tests.cluster.machine import condition
from tests.doubles.agones.endings import Endings
from tests.doubles.agones.world import names

pytestmark = [pytest.mark.cluster, pytest.mark.xdist_group("agones")]


def test_servers_on_a_dead_machine_stay_ready_and_allocatable(endings: Endings) -> None:
    world, machine, fleet = endings.dead
    node = machine.node
    noticed = lambda: condition(world.api.get(node), "Ready")["status"] == "Unknown"  # noqa: E731
    world.wait("the control plane to notice", noticed, 60)
    assert len(world.servers("Ready")) == 2
    taken = world.allocate()["status"]
    assert (taken["state"], taken["nodeName"]) == ("Allocated", machine.name)
    (lost,) = world.servers("Allocated")
    world.api.delete(world.pod(lost), grace=0)
    world.wait_gone(lost)
    world.wait_status(fleet, replicas=2, readyReplicas=1, allocatedReplicas=0)


@pytest.mark.slow
def test_a_fleet_keeps_an_error_for_thirty_seconds_before_it_tries_again(endings: Endings) -> None:
    world, quota, fleet = endings.refused
    (server,) = world.wait("an Error", lambda: world.servers("Error"))
    assert names(world.servers()) == names([server])
    world.wait_status(fleet, replicas=1, readyReplicas=0)
    world.api.delete(quota)
    # The next look at it may be a resync later, which is 30 s more.
    world.wait_gone(server, 90)
    world.wait_status(fleet, replicas=1, readyReplicas=1)
