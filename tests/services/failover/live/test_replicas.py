"""Two replicas that both act, for a whole incident: what one may not do twice is done once, and nothing is lost."""

import pytest

from tests.cluster.wait import wait_for
from tests.services.failover.live.conftest import HOMES
from tests.services.failover.live.ground import Ground

pytestmark = [pytest.mark.cluster, pytest.mark.slow, pytest.mark.xdist_group("failover")]

HOME = HOMES[0]


def test_two_replicas_that_both_act_make_one_machine_and_leave_nothing(place: Ground) -> None:
    place.world.ready_fleet(4, "lobby")
    allocated = place.world.allocate({"matchLabels": {"agones.dev/fleet": "lobby"}})["status"]["gameServerName"]
    played = place.server(allocated)
    victim = next(name for name in HOMES if name != played["status"]["nodeName"])
    attempts = place.status(victim).get("attemptCount", 0)
    made = place.gce.do(lambda: len(place.gce.cloud.operations))
    place.operator("one")
    place.operator("other")
    place.die(victim)
    place.wait_phase(victim, "Active")
    wait_for("four servers off the dead node", lambda: len(place.elsewhere(victim)) >= 3, 240)
    place.revive(victim)
    status = place.wait_phase(victim, "Completed")
    wait_for("nothing to be left", place.is_clean, 240)
    assert status["attemptCount"] - attempts == 1
    inserts = place.gce.do(lambda: [each.kind for each in list(place.gce.cloud.operations.values())[made:]])
    assert inserts.count("insert") == 1, inserts
    kept = place.server(allocated)
    assert kept["metadata"]["uid"] == played["metadata"]["uid"]
    assert "deletionTimestamp" not in kept["metadata"]
