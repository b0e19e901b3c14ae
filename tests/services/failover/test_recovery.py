"""When a home node counts as well again."""

import pytest

from failover.decision import action as act
from failover.decision.action import Action
from failover.record import AttemptState
from tests.services.failover.case import CONFIG, NOW, attempt, decided, host, record, seen, server, status

OPENED = attempt(state=AttemptState.OPEN)
LONGEST = 32 * CONFIG.healthy_delay


def recovers(action: Action | None) -> bool:
    return isinstance(action, act.WriteStatus) and action.status.recovered_at is not None


@pytest.mark.parametrize("flaps", [5, 6, 176, 10_000])
def test_a_node_that_failed_very_often_is_believed_in_the_end(flaps: int) -> None:
    often = record(status(OPENED, flaps=flaps, active_at=NOW))
    assert recovers(decided(seen(record=often, hosts=(host(),), fine_for=LONGEST)))
    assert not recovers(decided(seen(record=often, hosts=(host(),), fine_for=LONGEST - 1)))


@pytest.mark.parametrize("seconds", [CONFIG.calm_delay, CONFIG.suspect_after - 1])
def test_a_node_whose_lease_has_not_moved_since_this_replica_began_is_not_well(seconds: float) -> None:
    marked = (server("marked", suspect=True),)
    waiting = record(status(attempt()))
    unheard = seen(record=waiting, hosts=(host(node=None),), servers=marked, fine_for=seconds, lease_silent=seconds)
    assert not recovers(decided(unheard))
    assert not isinstance(decided(unheard), act.ClearSuspect)


def test_a_node_whose_lease_has_moved_takes_matches_again_and_then_counts_as_well() -> None:
    waiting = record(status(attempt()))
    heard = {"record": waiting, "hosts": (host(node=None),), "fine_for": CONFIG.calm_delay, "lease_silent": 9.0}
    assert isinstance(decided(seen(**heard, servers=(server("marked", suspect=True),))), act.ClearSuspect)
    assert recovers(decided(seen(**heard)))
