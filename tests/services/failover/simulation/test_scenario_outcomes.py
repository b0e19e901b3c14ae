"""What must come of each scenario that comes along: the facts a person would check first."""

import pytest

from failover.simulation.reading import shipped as names
from failover.simulation.timeline import Mark
from tests.services.failover.simulation.played import incident, left_over, lost, said, shipped, summary

SEEDS = (0, 1, 2)
"""When Leases are renewed and controllers look is up to the seed: no fact may hang on it."""

TAINT = "declare out of service"


@pytest.mark.parametrize("name", names())
def test_nothing_is_left_and_no_match_is_lost_that_could_be_saved(name: str) -> None:
    cluster = shipped(name)
    assert left_over(cluster) == []
    assert lost(cluster) == {}
    assert cluster.capacity.now == cluster.capacity.target


@pytest.mark.parametrize("seed", SEEDS)
def test_a_dead_node_is_made_up_for_in_little_more_than_a_minute(seed: int) -> None:
    cluster = shipped("dead-node", seed)
    stages = incident(cluster).stages
    # When it dies its Lease is up to 10 s old already. Suspicion is 25 s of that; NotReady 50 s, seen 5 s apart.
    assert 15 <= stages[Mark.BEGUN] <= 27
    assert stages[Mark.REQUESTED] - stages[Mark.BEGUN] < 1, "a machine is asked for at suspicion, not at NotReady"
    assert 50 - 10 < stages[Mark.NOT_READY] <= 50 + 2 * 5
    assert stages[Mark.SOFT_FAILOVER] - stages[Mark.NOT_READY] < 1
    assert stages[Mark.FULL] < 70


def test_a_dead_node_is_declared_dead_on_evidence_and_taken_back_when_it_is_ready() -> None:
    cluster = shipped("dead-node")
    (evidence,) = said(cluster, "DeadConfirmed")
    (taint,) = said(cluster, TAINT)
    (lift,) = said(cluster, "take back into service")
    ready = said(cluster, "is Ready again", "home-1")[0]
    assert evidence.at < taint.at < ready.at <= lift.at < ready.at + 1
    assert "PoweredOff" in evidence.what
    assert summary(cluster).machines == 1


@pytest.mark.parametrize("seed", SEEDS)
def test_in_a_partition_no_match_ends_and_nothing_is_declared_dead(seed: int) -> None:
    cluster = shipped("partition", seed)
    assert summary(cluster).matches_lost == {}
    assert said(cluster, TAINT) == []
    deleted = {each.thing for each in said(cluster, "delete on home-1")}
    played = {each.thing for each in said(cluster, "begin a match on home-1")}
    assert deleted, "what nobody played on was given up"
    assert not deleted & played
    assert Mark.FULL in incident(cluster).stages, "capacity came back while the node was away"


def test_flapping_costs_no_machine_a_time_and_must_prove_itself_for_longer() -> None:
    cluster = shipped("flapping")
    freezes = len(said(cluster, "freezes"))
    assert freezes == 5
    assert summary(cluster).machines < freezes
    back = said(cluster, "is Ready again", "home-1")[-1]
    recovered = said(cluster, "Recovered")[-1]
    assert said(cluster, "FailedAgain")
    assert recovered.at - back.at >= 2 * cluster.config.healthy_delay


def test_a_stockout_tries_every_zone_then_waits_and_says_why() -> None:
    cluster = shipped("stockout")
    asked = [each.what.rpartition(" ")[2] for each in said(cluster, "VMRequested")]
    assert asked[:3] == ["zone-a", "zone-b", "zone-c"]
    assert any("Stockout" in each.what for each in said(cluster, "FailoverBlocked"))
    assert [vm.zone for vm in cluster.cloud.vms] == ["zone-c"]
    assert Mark.FULL in incident(cluster).stages


@pytest.mark.parametrize("seed", SEEDS)
def test_a_site_outage_stays_within_the_budget_and_declares_nobody_dead(seed: int) -> None:
    cluster = shipped("site-outage", seed)
    assert summary(cluster).machines <= cluster.config.max_machines
    assert any("Budget" in each.what for each in said(cluster, "FailoverBlocked"))
    assert said(cluster, TAINT) == []
    assert summary(cluster).matches_lost == {}
    assert said(cluster, "10 of 10: whole again")[0].at < 200


@pytest.mark.parametrize("seed", SEEDS)
def test_a_planned_upgrade_ends_no_match_and_takes_no_capacity(seed: int) -> None:
    cluster = shipped("planned-upgrade", seed)
    assert summary(cluster).matches_lost == {}
    ends = [each.at for each in said(cluster, "end a match")]
    short = [each for each in said(cluster, "", "capacity") if int(each.what.split()[0]) < cluster.capacity.target]
    assert len(ends) == 2
    assert all(any(0 <= each.at - end < 10 for end in ends) for each in short), "only matches that end take capacity"
    (off,) = said(cluster, "loses power")
    assert said(cluster, "delete on home-1")[-1].at < off.at, "the machine was empty before it was switched off"
    begun = [each.at for each in said(cluster, "begin a match on home-1")]
    cordoned = next(each.at for each in said(cluster, "cordon") if each.thing == "home-1")
    assert all(at < cordoned + 60 for at in begun)


def test_a_planned_upgrade_says_when_the_node_may_be_touched() -> None:
    cluster = shipped("planned-upgrade")
    emptied = said(cluster, "HandedOver")
    (off,) = said(cluster, "loses power")
    assert emptied
    assert emptied[0].at < off.at


def test_a_long_match_is_waited_for_whatever_it_costs() -> None:
    cluster = shipped("long-match")
    drained = said(cluster, "DrainStarted")[0]
    retired = said(cluster, "Retired")[0]
    ends = max(each.at for each in said(cluster, "end a match on fo-"))
    assert drained.at < 1100
    assert ends <= retired.at < ends + 60
    assert summary(cluster).matches_lost == {}


@pytest.mark.parametrize("seed", SEEDS)
def test_a_crashed_operator_is_replaced_without_a_second_machine(seed: int) -> None:
    cluster = shipped("operator-crash", seed)
    assert len(said(cluster, "crashes")) == 2
    assert summary(cluster).machines == 1
    assert {each.who for each in said(cluster, "Completed")} <= {"operator-1", "operator-2"}
    assert incident(cluster).stages[Mark.FULL] < 120
