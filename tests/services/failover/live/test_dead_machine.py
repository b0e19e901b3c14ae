"""What a dead machine keeps hold of is given up on evidence alone, and what is alive is given back at once."""

import asyncio

import pytest

from failover import words
from failover.runtime import node_patch
from kubeclient import configuration
from kubeclient.client import Client
from kubeclient.connection import Connection
from kubeclient.error import ApiError
from tests.cluster.api import Json, Ref
from tests.cluster.wait import wait_for
from tests.services.failover.live.conftest import HOMES
from tests.services.failover.live.ground import Ground

pytestmark = [pytest.mark.cluster, pytest.mark.slow, pytest.mark.xdist_group("failover")]

SECONDS = 240
FREE = {"matchExpressions": [{"key": words.SUSPECT, "operator": "DoesNotExist"}]}


def suspects(place: Ground, node: str) -> list[bool]:
    """Of each server on a node without a match, whether it is marked."""
    free = [each for each in place.servers(node) if each["status"]["state"] != "Allocated"]
    return [words.SUSPECT in each["metadata"]["labels"] for each in free]


def taints(place: Ground, node: str) -> list[str]:
    return [each["key"] for each in place.node(node)["spec"].get("taints", ())]


def confirm_dead(place: Ground, node: str, incident: int) -> None:
    notes = {words.CONFIRMED_DEAD: str(incident)}
    place.api.patch(Ref("homeground.dev/v1", "NodeFailover", node), {"metadata": {"annotations": notes}})


def test_no_match_goes_to_a_machine_that_may_be_dead_and_a_hang_costs_nothing_else(place: Ground) -> None:
    """Suspicion alone: the machine hangs for less than Kubernetes' patience, and wakes."""
    place.world.ready_fleet(4, "lobby")
    home = next(each["status"]["nodeName"] for each in place.servers())
    here = len(place.servers(home))
    place.operator(suspectAfter=2)
    kept = {each["metadata"]["uid"] for each in place.servers(home)}
    place.ports[home].fall_silent()
    place.machines[home].hang()
    try:
        wait_for("its servers to be marked", lambda: suspects(place, home) == [True] * here, SECONDS, interval=0.02)
        assert place.is_ready(home)
        got = place.world.allocate({"matchLabels": {"agones.dev/fleet": "lobby"}} | FREE)["status"]
        assert got.get("nodeName") != home
    finally:
        place.machines[home].wake()
        place.ports[home].answer()
    wait_for("the marks to be gone", lambda: True not in suspects(place, home), SECONDS)
    assert {each["metadata"]["uid"] for each in place.servers(home)} == kept
    # Marks come first: whether there was time to put an incident on record before it woke is a matter of moments.
    ended = ("Completed", None)
    wait_for("nothing to be under way", lambda: place.status(home).get("phase") in ended, SECONDS)


def test_no_match_goes_to_a_machine_standing_in_that_is_not_heard_of(place: Ground) -> None:
    """Its node is not Ready: it may be dead, long before that is sure and a drain begins."""
    place.operator(temporaryGrace=SECONDS)
    for home in HOMES:
        place.die(home)
        place.wait_phase(home, "Active")
    wait_for("both to be open to pods", lambda: all(map(place.stands_in, HOMES)), SECONDS)
    place.world.ready_fleet(4, "lobby")
    machine = place.servers()[0]["status"]["nodeName"]
    process = place.temporary.processes[f"machine-{machine}"]
    here = len(place.servers(machine))
    process.freeze()
    try:
        wait_for("its servers to be marked", lambda: suspects(place, machine) == [True] * here, SECONDS)
        wait_for("its record to say so", lambda: machine in doubted(place), SECONDS)
        got = place.world.allocate({"matchLabels": {"agones.dev/fleet": "lobby"}} | FREE)["status"]
        assert got.get("nodeName") != machine
    finally:
        process.thaw()
    wait_for("the marks to be gone", lambda: True not in suspects(place, machine), SECONDS)
    wait_for("its record to say so", lambda: machine not in doubted(place), SECONDS)
    assert {each["state"] for home in HOMES for each in place.status(home)["attempts"]} == {"Open"}


def doubted(place: Ground) -> list[str]:
    """Machines that stand in and that nobody new is sent to, by the records."""
    attempts = (each for home in HOMES for each in place.status(home)["attempts"])
    return [each["vmName"] for each in attempts if each.get("suspected")]


def test_a_confirmed_death_frees_what_was_stuck_and_the_taint_ends_with_the_outage(place: Ground) -> None:
    place.world.ready_fleet(4, "lobby")
    match = place.servers()[0]
    home = match["status"]["nodeName"]
    place.world.set_state(match, "Allocated")
    place.operator()
    place.die(home)
    status = place.wait_phase(home, "Active")
    wait_for("the node to be marked by Kubernetes", lambda: not place.is_ready(home), SECONDS)
    assert words.OUT_OF_SERVICE not in taints(place, home)
    assert place.server(match["metadata"]["name"])["metadata"]["uid"] == match["metadata"]["uid"]
    confirm_dead(place, home, status["incident"])
    wait_for("the taint", lambda: words.OUT_OF_SERVICE in taints(place, home), SECONDS)
    wait_for("its pods to be given up", lambda: pods(place, home) == [], SECONDS)
    place.revive(home)
    wait_for("the taint to be lifted", lambda: words.OUT_OF_SERVICE not in taints(place, home), SECONDS)
    place.wait_phase(home, "Completed")
    wait_for("nothing to be left", place.is_clean, SECONDS)


def test_a_confirmation_of_an_earlier_incident_counts_for_nothing(place: Ground) -> None:
    home, other = HOMES
    place.operator()
    place.die(home)
    status = place.wait_phase(home, "Active")
    wait_for("the node to be marked by Kubernetes", lambda: not place.is_ready(home), SECONDS)
    confirm_dead(place, home, status["incident"] - 1)
    place.die(other)
    place.wait_phase(other, "Active")  # by now the first one has been looked at, again and again
    assert words.OUT_OF_SERVICE not in taints(place, home)
    confirm_dead(place, home, status["incident"])
    wait_for("the taint", lambda: words.OUT_OF_SERVICE in taints(place, home), SECONDS)


def pods(place: Ground, node: str) -> list[Json]:
    found = place.api.list("v1", "Pod", place.world.namespace)
    return [each for each in found if each["spec"].get("nodeName") == node]


def test_a_taint_is_not_taken_away_on_the_word_of_an_old_node(place: Ground) -> None:
    """Another wrote in between: the late removal is refused, and both taints are there."""
    name, theirs = HOMES[0], {"key": "test.example/own", "value": "", "effect": "NoSchedule"}
    ref = Ref("v1", "Node", name)

    async def late() -> ApiError:
        config = configuration.load(place.control_plane.kubeconfig)
        async with Client(Connection(config, agent="test")) as client:
            seen = place.node(name)["metadata"]["resourceVersion"]
            await node_patch.add_taint(client, name, seen, theirs)
            with pytest.raises(ApiError) as refusal:
                await node_patch.remove_taint(client, name, seen, theirs["key"])
            return refusal.value

    try:
        refused = asyncio.run(late())
        assert refused.conflict, refused
        assert theirs["key"] in taints(place, name)
    finally:
        place.api.patch(ref, {"spec": {"taints": None}})
