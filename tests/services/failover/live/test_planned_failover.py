"""A healthy node is upgraded in the middle of a match, and nobody notices: its capacity moves, its match plays on."""

import pytest

from failover import words
from tests.cluster.api import Json, Ref
from tests.cluster.machine import condition
from tests.cluster.wait import wait_for
from tests.services.failover.live.conftest import HOMES
from tests.services.failover.live.ground import Ground

pytestmark = [pytest.mark.cluster, pytest.mark.slow, pytest.mark.xdist_group("failover")]

SIZE, SECONDS = 4, 240


def annotate(place: Ground, node: str, value: str | None) -> None:
    place.api.patch(Ref("v1", "Node", node), {"metadata": {"annotations": {words.PLANNED: value}}})


def cordoned(place: Ground, node: str) -> bool:
    return bool(place.node(node)["spec"].get("unschedulable"))


def handed_over(place: Ground, node: str) -> bool:
    return condition({"status": place.status(node)}, "HandedOver").get("status") == "True"


class Lowest:
    """The fewest servers that were Ready or played on, of all looks."""

    def __init__(self, place: Ground) -> None:
        self._place, self.count = place, SIZE

    def look(self) -> None:
        playing = [each for each in self._place.servers() if each["status"]["state"] in ("Ready", "Allocated")]
        self.count = min(self.count, len(playing))

    def whole_elsewhere(self, node: str, size: int) -> bool:
        self.look()
        return len(self._place.elsewhere(node)) >= size and not self._place.servers(node, "Ready")


def match_on_a_node(place: Ground) -> tuple[Json, str]:
    """An Allocated server, and its node."""
    place.world.ready_fleet(SIZE, "lobby")
    name = place.world.allocate({"matchLabels": {"agones.dev/fleet": "lobby"}})["status"]["gameServerName"]
    server = place.server(name)
    return server, server["status"]["nodeName"]


def test_a_node_is_handed_over_for_an_upgrade_and_handed_back(place: Ground) -> None:
    match, home = match_on_a_node(place)
    assert home in HOMES
    lowest = Lowest(place)
    place.operator()
    annotate(place, home, "true")
    try:
        place.wait_phase(home, "Active")
        wait_for("the node to be cordoned", lambda: cordoned(place, home), SECONDS)
        wait_for("the rest to play elsewhere", lambda: lowest.whole_elsewhere(home, SIZE - 1), SECONDS)
        assert lowest.count == SIZE
        assert place.server(match["metadata"]["name"])["metadata"]["uid"] == match["metadata"]["uid"]
        wait_for("the drain to wait for the match", lambda: place.status(home).get("sessions") == 1, SECONDS)
        assert not handed_over(place, home)
        place.world.set_state(match, "Shutdown")
        wait_for("the node to be handed over", lambda: handed_over(place, home), SECONDS)
        assert place.servers(home) == []
    finally:
        annotate(place, home, None)
    place.wait_phase(home, "Completed")
    wait_for("nothing to be left", place.is_clean, SECONDS)
    assert not cordoned(place, home)
    assert place.status(home)["history"][-1]["reason"] == "Planned"
    wait_for("the Fleet to be whole", lambda: len(place.servers(state="Ready")) == SIZE, SECONDS)


def test_a_cordon_of_a_persons_outlives_a_planned_failover(place: Ground) -> None:
    """They cordoned it before they annotated it: it is theirs to take back."""
    home = HOMES[0]
    place.api.patch(Ref("v1", "Node", home), {"spec": {"unschedulable": True}})
    place.operator()
    annotate(place, home, "true")
    try:
        place.wait_phase(home, "Active")
    finally:
        annotate(place, home, None)
    place.wait_phase(home, "Completed")
    try:
        wait_for("nothing to be left", place.is_clean, SECONDS)
        assert cordoned(place, home)
    finally:
        place.api.patch(Ref("v1", "Node", home), {"spec": {"unschedulable": None}})
