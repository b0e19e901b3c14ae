"""Which servers nobody new is sent to, on the machine that failed and on those that stand in for it."""

import pytest

from failover.decision import action as act
from failover.decision.observed import Host, Machine, Server
from failover.names import vm_name
from failover.record import AttemptState
from tests.services.failover.case import UID, attempt, dead, decided, host, node, record, server, status

FREE, MARKED, PLAYED = server("free"), server("marked", suspect=True), server("played", "Allocated")
NAME = vm_name(UID, 1)
SILENT = node(NAME, ready=False, fit=True)


def decision(state: AttemptState, there: Host) -> act.Action | None:
    """With the home node dead and one machine for it."""
    return decided(dead(record=record(status(attempt(state=state))), hosts=(there,)))


@pytest.mark.parametrize("state", [AttemptState.OPEN, AttemptState.DRAINING])
@pytest.mark.parametrize(
    "there",
    [
        host(node=SILENT, servers=(PLAYED, MARKED, FREE)),
        host(node=SILENT, machine=Machine.UNKNOWN, servers=(FREE,)),
        host(machine=Machine.STOPPED, servers=(FREE,)),
        host(machine=Machine.ABSENT, servers=(FREE,)),
    ],
    ids=["silent", "silent, and the cloud too", "stopped", "taken by the cloud"],
)
def test_a_free_server_of_a_machine_that_may_be_dead_is_marked(state: AttemptState, there: Host) -> None:
    action = decision(state, there)
    assert isinstance(action, act.MarkSuspect)
    assert action.name == "free"


@pytest.mark.parametrize("servers", [(MARKED, PLAYED), ()])
def test_nothing_else_there_is_marked(servers: tuple[Server, ...]) -> None:
    there = host(node=SILENT, servers=servers)
    assert not isinstance(decision(AttemptState.OPEN, there), act.MarkSuspect | act.ClearSuspect)


def test_what_is_heard_of_again_takes_matches_again() -> None:
    action = decision(AttemptState.OPEN, host(servers=(FREE, MARKED)))
    assert isinstance(action, act.ClearSuspect)
    assert action.name == "marked"


@pytest.mark.parametrize("machine", [Machine.UNKNOWN, Machine.STOPPED, Machine.ABSENT])
def test_a_node_that_is_ready_still_is_not_enough(machine: Machine) -> None:
    """For half a minute after its machine has stopped it is."""
    assert not isinstance(decision(AttemptState.OPEN, host(machine=machine, servers=(MARKED,))), act.ClearSuspect)


def test_the_record_says_which_machine_it_is() -> None:
    """Matchmaking reads it there: what is played on gets no label."""
    told = decision(AttemptState.OPEN, host(node=SILENT, servers=(PLAYED,)))
    assert isinstance(told, act.WriteStatus)
    assert [each.suspected for each in told.status.attempts] == [True]
    again = decided(dead(record=record(told.status), hosts=(host(servers=(PLAYED,)),)))
    assert isinstance(again, act.WriteStatus)
    assert [each.suspected for each in again.status.attempts] == [False]
