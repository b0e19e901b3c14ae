"""A home node dies and comes back, on a real control plane with a real join, and nothing of it is left at the end."""

from collections.abc import Iterator

import pytest

from tests.cluster.api import Ref
from tests.cluster.wait import wait_for
from tests.services.failover.live.conftest import HOMES
from tests.services.failover.live.ground import Ground

pytestmark = [pytest.mark.cluster, pytest.mark.slow, pytest.mark.xdist_group("failover")]

HOME, OTHER = HOMES


@pytest.fixture
def nowhere_else(place: Ground) -> Iterator[None]:
    """The other home node takes no pods."""
    ref = Ref("v1", "Node", OTHER)
    place.api.patch(ref, {"spec": {"unschedulable": True}})
    yield
    place.api.patch(ref, {"spec": {"unschedulable": None}})


@pytest.mark.usefixtures("nowhere_else")
def test_a_dead_node_is_stood_in_for_and_nothing_is_left_when_it_is_back(place: Ground) -> None:
    """All servers of the Fleet are on it, so that nothing but the operator makes Agones look at their set again."""
    place.world.ready_fleet(4, "lobby")
    assert {each["status"]["nodeName"] for each in place.servers()} == {HOME}
    place.operator()
    place.die(HOME)
    machine = place.wait_phase(HOME, "Active")["attempts"][0]["vmName"]
    wait_for("the machine to be open to pods", lambda: not place.node(machine)["spec"].get("taints"), 240)
    wait_for("four Ready servers off the dead node", lambda: len(place.elsewhere(HOME)) == 4, 240)
    place.revive(HOME)
    place.wait_phase(HOME, "Completed")
    wait_for("nothing to be left", place.is_clean, 240)
    assert place.status(HOME)["history"][0]["reason"] in ("Suspected", "NotReady")


def test_a_match_on_the_machine_that_stands_in_plays_to_its_end(place: Ground) -> None:
    place.operator()
    place.die(HOME)
    place.die(OTHER)
    machine = place.wait_phase(HOME, "Active")["attempts"][0]["vmName"]
    place.wait_phase(OTHER, "Active")
    place.world.ready_fleet(2, "lobby")
    allocated = place.world.allocate({"matchLabels": {"agones.dev/fleet": "lobby"}})["status"]["gameServerName"]
    server = place.server(allocated)
    host = server["status"]["nodeName"]
    home = HOME if host == machine else OTHER
    place.revive(home)
    place.wait_phase(home, "Draining")
    wait_for("the drain to wait for the match", lambda: place.status(home).get("sessions") == 1, 240)
    assert host in place.instances()
    assert "deletionTimestamp" not in place.server(allocated)["metadata"]
    place.world.set_state(server, "Shutdown")
    place.wait_phase(home, "Completed")
    assert host not in place.instances()
