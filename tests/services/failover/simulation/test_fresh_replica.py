"""A replica that has just begun knows nothing: to it the Lease of a dead machine is new, and its Node Ready."""

import pytest

from failover.record import Phase
from failover.simulation.timeline import Mark
from tests.services.failover.simulation.played import incident, left_over, played, said, summary

DIES, SEEN, BACK = 60, 87, 600
"""In between the machine is suspected, and not yet NotReady."""

EVENTS = [
    {"at": DIES, "die": "home-1"},
    {"at": SEEN, "crash": 1},
    {"at": SEEN + 3, "restart": 1},
    {"at": BACK, "revive": "home-1"},
]


@pytest.mark.parametrize("seed", range(3))
def test_a_dead_machine_is_not_taken_for_well_by_an_operator_that_starts_anew(seed: int) -> None:
    cluster = played(seed, lasts=1200, events=EVENTS)
    assert [each for each in said(cluster, "FailoverStarted") if each.at < SEEN], "it was at work when it ended"
    assert said(cluster, "Recovered")[0].at > BACK
    assert all(each.at > BACK for each in said(cluster, "allocate again"))
    assert summary(cluster).machines == 1
    assert incident(cluster).stages[Mark.FULL] < 70
    assert left_over(cluster) == []


def test_of_two_that_both_lead_one_that_starts_anew_does_not_undo_what_the_other_does() -> None:
    cluster = played(lasts=1500, events=EVENTS, operator={"replicas": 2, "takeover": 0})
    record = cluster.api.records["home-1"].status
    assert said(cluster, "FailedAgain") == []
    assert (record.phase, record.flaps) == (Phase.COMPLETED, 0)


def test_players_are_sent_to_a_node_again_once_its_lease_has_moved() -> None:
    """A machine that was still for a moment, of which a new replica has not heard yet either."""
    events = [
        {"at": DIES, "partition": "home-1"},
        {"at": SEEN, "crash": 1},
        {"at": SEEN + 1, "heal": "home-1"},
        {"at": SEEN + 3, "restart": 1},
    ]
    cluster = played(lasts=400, events=events)
    renewal = cluster.scenario.nodes[0].renew
    assert SEEN + 3 <= said(cluster, "allocate again on")[0].at <= SEEN + 3 + 2 * renewal
    assert left_over(cluster) == []
