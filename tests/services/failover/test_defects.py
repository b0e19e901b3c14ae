"""The 25 defects of the operator that this one replaces (D1 to D25), one test each: it happened there, and not here.

Those that only a real API server or cloud can show have a second test where that is (test_failover.py, gce/).
"""

import re
from typing import Any

import pytest
from msgspec.structs import replace

from failover.decision import action as act
from failover.decision import collection
from failover.decision.observed import Machine
from failover.gce.label import label_value
from failover.names import vm_name
from failover.provider import ErrorClass, Place
from failover.record import AttemptState
from tests.services.failover.case import (
    CONFIG,
    LONG,
    NOW,
    UID,
    attempt,
    crowd,
    dead,
    decided,
    host,
    node,
    record,
    seen,
    server,
    status,
    with_config,
)

OPEN, DRAINING, RETIRED = AttemptState.OPEN, AttemptState.DRAINING, AttemptState.RETIRED
OTHER = "7a2d2d2f-1b63-4a1f-8e66-7c2a5a2e3d4c"


def written(action: object) -> Any:
    """The status that is written."""
    assert isinstance(action, act.WriteStatus), action
    return action.status


def test_d1_a_machine_belongs_to_one_record_whatever_the_nodes_names_share() -> None:
    assert vm_name(UID, 1) != vm_name(OTHER, 1)
    assert not vm_name(UID, 10).startswith(vm_name(OTHER, 1))
    stray = collection.Stray(
        Place("b", vm_name(OTHER, 1)), "home", LONG, machine=True, record=record(status(attempt()))
    )
    assert not stray.owned


def test_d2_a_machine_stays_on_record_until_the_cloud_says_that_it_is_gone() -> None:
    retired = status(attempt(state=RETIRED), recovered_at=NOW)
    assert decided(seen(record=record(retired), hosts=(host(),))) == act.DeleteMachine(1)
    gone = host(machine=Machine.ABSENT, node=None)
    assert written(decided(seen(record=record(retired), hosts=(gone,)))).attempts == ()


def test_d3_an_error_of_the_cloud_is_no_absence() -> None:
    retired = status(attempt(state=RETIRED), recovered_at=NOW)
    unknown = host(machine=Machine.UNKNOWN)
    action = decided(seen(record=record(retired), hosts=(unknown,)))
    assert isinstance(action, act.WriteStatus | None)  # the report at most
    assert action is None or action.status.attempts == retired.attempts


@pytest.mark.parametrize("late", [server("m", "Allocated"), server("m", "Reserved")], ids=lambda each: each.state)
def test_d4_a_match_that_began_in_the_last_moment_keeps_its_machine(late: Any) -> None:
    draining = status(attempt(state=DRAINING), recovered_at=NOW)
    cordoned = node(vm_name(UID, 1), unschedulable=True, cordon=1)
    there = host(node=cordoned, settled_for=LONG, servers=(late,))
    action = decided(seen(record=record(draining), hosts=(there,)))
    assert not isinstance(action, act.DeleteServer | act.DeleteMachine)
    after = decided(seen(record=record(status(attempt(state=RETIRED), recovered_at=NOW)), hosts=(there,)))
    assert not isinstance(after, act.DeleteMachine)


def test_d5_a_drain_cordons_before_anything_else() -> None:
    back = seen(record=record(status(attempt(state=OPEN), recovered_at=NOW)), hosts=(host(),))
    draining = written(decided(back))
    assert draining.attempts[0].state is DRAINING
    action = decided(seen(record=record(draining), hosts=(host(),)))
    assert action == act.Cordon(vm_name(UID, 1), f"rv-{vm_name(UID, 1)}", draining.epoch)


def test_d6_a_node_that_comes_back_before_any_machine_was_had_can_fail_again() -> None:
    stocked_out = status(failures=2, last_failure_at=NOW, last_error=ErrorClass.STOCKOUT)
    recovered = written(decided(seen(record=record(stocked_out))))
    over = written(decided(seen(record=record(recovered))))
    assert not over.open
    again = written(decided(dead(record=record(over))))
    assert (again.open, again.incident, again.failures) == (True, 2, 0)


def test_d7_after_a_crash_between_insert_and_join_the_same_machine_is_waited_for() -> None:
    inserted = dead(record=record(status(attempt())), hosts=(host(node=None, token=None),))
    assert not isinstance(decided(inserted), act.InsertMachine | act.DeleteMachine)
    joined = dead(record=record(status(attempt(csr="c"))), hosts=(host(),))
    assert written(decided(joined)).attempts[0].state is OPEN


def test_d8_the_first_status_is_a_write_of_its_own() -> None:
    """A status in the body of a POST is dropped: the record is made bare, and then has its status written."""
    assert decided(dead()) == act.CreateRecord("home")
    begun = written(decided(dead(record=record())))
    assert (begun.open, begun.started_at) == (True, NOW)


@pytest.mark.parametrize("given", [None, record(), record(status()), record(status(attempt(state=DRAINING)))])
def test_d9_a_node_that_is_ready_loses_our_taint_in_every_phase(given: Any) -> None:
    tainted = node(out_of_service=True)
    assert decided(seen(home=tainted, record=given)) == act.LiftOutOfService("home", "rv-home")


def test_d10_a_node_that_is_taken_away_has_not_failed() -> None:
    assert decided(seen(home=None)) is None
    assert decided(dead(home=None, record=record())) is None or isinstance(
        decided(dead(home=None, record=record())), act.WriteStatus
    )
    open_ = dead(home=None, record=record(status(attempt(state=OPEN))), hosts=(host(),))
    assert written(decided(open_)).recovered_at == NOW


def test_d11_a_list_that_fails_makes_no_second_machine() -> None:
    unknown = host(machine=Machine.UNKNOWN, node=None, token=True, busy=True)
    action = decided(dead(record=record(status(attempt())), hosts=(unknown,)))
    assert action is None or len(written(action).attempts) == 1


def test_d12_the_machine_is_on_record_before_the_cloud_hears_of_it() -> None:
    requested = written(decided(dead(record=record(status()))))
    assert requested.attempts[0].vm_name == vm_name(UID, 1)
    following = decided(dead(record=record(requested), hosts=(host(machine=Machine.ABSENT, node=None, token=None),)))
    assert following == act.CreateToken(1)


def test_d13_a_storm_makes_no_more_machines_than_the_budget() -> None:
    full = dead(record=record(status()), around=crowd(machines=CONFIG.max_machines))
    report = written(decided(full))
    assert report.attempts == ()
    assert report.blocked.startswith("Budget: 3 of 3")


def test_d14_a_machine_that_does_not_join_in_time_goes_with_its_token_and_another_is_tried_elsewhere() -> None:
    late = dead(record=record(status(attempt())), hosts=(host(node=None, token=True),))
    alone = with_config(hedge_after=1000)
    failed = written(decided(late, alone, later=CONFIG.join_timeout))
    assert (failed.attempts[0].state, failed.attempts[0].error) == (RETIRED, "JoinTimeout")
    gone = host(machine=Machine.ABSENT, node=None, token=True)
    closed = record(failed, deleting=True)
    assert written(decided(seen(record=closed, hosts=(gone,)))).recovered_at == NOW
    following = written(decided(dead(record=record(failed), hosts=(gone,)), alone, later=CONFIG.join_timeout))
    assert following.attempts[-1].zone == "a"


def test_d15_the_maximum_wait_ends_a_drain_if_the_policy_says_so_and_only_then() -> None:
    draining = status(attempt(state=DRAINING), recovered_at=NOW)
    cordoned = node(vm_name(UID, 1), unschedulable=True, cordon=1)
    long_match = host(node=cordoned, settled_for=LONG, servers=(server("m", "Allocated"),))
    waiting = seen(record=record(draining), hosts=(long_match,))
    kept = decided(waiting, later=CONFIG.max_wait + 1)
    assert kept is None or written(kept).attempts[0].state is DRAINING
    forced = written(decided(waiting, with_config(max_wait_policy="force"), later=CONFIG.max_wait + 1))
    assert (forced.attempts[0].state, forced.attempts[0].forced) == (RETIRED, True)
    assert written(decided(waiting, with_config(max_wait_policy="force"), later=1)).attempts[0].state is DRAINING


def test_d16_a_node_that_goes_again_while_its_stand_in_drains_gets_it_back() -> None:
    draining = status(attempt(state=DRAINING))
    action = decided(dead(record=record(draining), hosts=(host(),)))
    assert written(action).attempts[0].state is OPEN


@pytest.mark.parametrize("error", [ErrorClass.INVALID, ErrorClass.DENIED, ErrorClass.QUOTA])
def test_d17_an_insert_that_failed_made_nothing(error: str) -> None:
    refused = host(machine=Machine.UNKNOWN, node=None, failed=error)
    failed = written(decided(dead(record=record(status(attempt())), hosts=(refused,))))
    assert (failed.attempts[0].state, failed.last_error) == (RETIRED, error)


@pytest.mark.parametrize("state", ["Allocated", "Reserved"])
def test_d18_a_server_is_deleted_in_the_version_in_which_nobody_was_on_it(state: str) -> None:
    mixed = (server("busy", state), server("idle", "Scheduled", suspect=True))
    open_ = record(status(attempt(csr="c")))
    action = decided(dead(record=open_, servers=mixed, hosts=(host(node=None),)))
    assert action == act.DeleteServer("games", "idle", "uid-idle", "rv-idle")


def test_d19_silence_alone_declares_nothing_dead() -> None:
    silent = dead(record=record(status(attempt(state=OPEN))), hosts=(host(),), servers=(server("m", "Allocated"),))
    assert not isinstance(decided(silent), act.TaintOutOfService)


def test_d20_one_good_moment_is_no_recovery() -> None:
    blink = seen(record=record(status(attempt(state=OPEN), active_at=NOW)), hosts=(host(),), fine_for=1.0)
    action = decided(blink)
    assert action is None or written(action).recovered_at is None


def test_d21_a_record_that_someone_deletes_goes_last() -> None:
    deleted = record(status(attempt(state=OPEN), recovered_at=NOW), deleting=True)
    assert written(decided(dead(record=deleted, hosts=(host(),)))).attempts[0].state is DRAINING
    empty = record(status(recovered_at=NOW), deleting=True)
    assert decided(dead(record=empty)) == act.RemoveFinalizer("rv-record")


@pytest.mark.parametrize("name", ["node-1.lab.example.org", "N" * 200, "10.240.0.40"])
def test_d22_a_nodes_name_of_any_form_makes_legal_names_and_labels(name: str) -> None:
    assert re.fullmatch(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?", vm_name(UID, 12))
    assert re.fullmatch(r"[a-z0-9_-]{1,63}", label_value(name))


def test_d23_a_node_in_quarantine_is_opened_only_when_a_game_would_run_on_it() -> None:
    unfit = host(node=node(vm_name(UID, 1), quarantined=True, fit=False))
    action = decided(dead(record=record(status(attempt(csr="c"))), hosts=(unfit,)))
    assert action is None or written(action).attempts[0].state is AttemptState.REQUESTED


def test_d24_a_stockout_moves_on_to_the_next_zone_and_then_to_the_next_machine_type() -> None:
    tried = []
    state = status()
    for _ in range(4):
        state = written(decided(dead(record=record(state))))
        tried.append((state.attempts[-1].zone, state.attempts[-1].machine_type))
        refused = host(state.attempts[-1].number, Machine.UNKNOWN, node=None, failed=ErrorClass.STOCKOUT)
        state = written(decided(dead(record=record(state), hosts=(refused,))))
        state = replace(state, attempts=())  # the cloud has confirmed that it is not there
    assert tried == [("b", "n2-standard-8"), ("a", "n2-standard-8"), ("b", "n2-standard-16"), ("a", "n2-standard-16")]


def test_d25_a_temporary_machine_that_dies_is_replaced() -> None:
    preempted = host(machine=Machine.ABSENT, node=node(vm_name(UID, 1), ready=False))
    retired = written(decided(dead(record=record(status(attempt(state=OPEN))), hosts=(preempted,))))
    assert retired.attempts[0].state is RETIRED
    following = written(decided(dead(record=record(retired), hosts=(preempted,))))
    assert [each.state for each in following.attempts] == [RETIRED, AttemptState.REQUESTED]
