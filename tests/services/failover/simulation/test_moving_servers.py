"""Servers move off a node that drains one by one, and none is ever missing."""

from typing import Any

import pytest

from failover.decision.action import ChangeOverflow, CreateOverflow, DeleteOverflow
from failover.decision.overflow import FleetView, Overflow, decide
from tests.services.failover.simulation.played import left_over, played, said, summary


def fleet(replicas: int | None = None, **fields: Any) -> FleetView:
    """With an overflow Fleet of `replicas`, if any."""
    overflow = None if replicas is None else Overflow("uid", "7", replicas, "t", fields.pop("servers", replicas))
    return FleetView("games", "game", "t", fields.pop("stranded", 0), overflow, **fields)


def changed(replicas: int) -> ChangeOverflow:
    return ChangeOverflow("games", "game", "7", replicas)


CASES = {
    "nothing to make up for": (fleet(), None),
    "stranded": (fleet(stranded=2), CreateOverflow("games", "game", 2)),
    "moving": (fleet(moving=True), CreateOverflow("games", "game", 1)),
    "stranded and moving": (fleet(2, stranded=2, moving=True), changed(3)),
    "moved, and whole": (fleet(1), changed(0)),
    "moved, the last is not Ready yet": (fleet(1, lacking=1), None),
    "a Fleet that lacks some makes its own": (fleet(lacking=3), None),
    "and none more than were lent": (fleet(1, lacking=3), None),
    "given up, the replacement is not Ready yet": (fleet(2, stranded=1, lacking=1), changed(1)),
    "all given up at once": (fleet(2, lacking=2), None),
    "gone while it lacks some": (fleet(2, lacking=2, deleting=True, stranded=2), changed(0)),
    "none wanted, one still there": (fleet(0, servers=1), None),
    "none wanted, none there": (fleet(0), DeleteOverflow("games", "game", "uid", "7")),
}


@pytest.mark.parametrize(("view", "action"), CASES.values(), ids=CASES)
def test_an_overflow_fleet_is_as_large_as_what_it_makes_up_for(view: FleetView, action: object) -> None:
    assert decide(view) == action


def least(**fields: Any) -> tuple[Any, int]:
    """The cluster, and how few matches could be played after the first server was moved."""
    usual: dict[str, Any] = {"lasts": 1200, "events": [{"at": 60, "plan": "home-1"}, {"at": 600, "unplan": "home-1"}]}
    cluster = played(**(usual | fields))
    return cluster, cluster.capacity.lowest


@pytest.mark.parametrize("seed", range(3))
def test_capacity_never_falls_in_a_planned_failover_nor_when_it_is_handed_back(seed: int) -> None:
    cluster, lowest = least(seed=seed)
    assert lowest == 6
    assert len(said(cluster, "delete on home-1")) == 3
    assert left_over(cluster) == []


def test_where_there_is_no_room_for_one_more_it_is_missing_for_a_moment_only() -> None:
    nodes = [{"name": "home-1", "room": 3}, {"name": "home-2", "room": 3}]
    cluster, lowest = least(nodes=nodes, cloud={"room": 3})
    assert lowest == 5
    assert cluster.capacity.short_seconds < 30
    assert left_over(cluster) == []


def test_where_there_is_no_room_at_all_it_goes_on_after_a_while() -> None:
    nodes = [{"name": "home-1", "room": 3}, {"name": "home-2", "room": 3}]
    cluster, _ = least(nodes=nodes, cloud={"room": 1})
    assert len(said(cluster, "delete on home-1")) == 3
    assert said(cluster, "HandedOver")
    assert left_over(cluster) == []


def test_an_autoscaled_fleet_is_moved_one_by_one() -> None:
    cluster, lowest = least(fleets=[{"name": "game", "buffer": 4}])
    assert lowest == 3
    assert not list(said(cluster, "make a Fleet"))
    assert left_over(cluster) == []


def test_what_a_dead_temporary_machine_had_is_given_up_without_waiting() -> None:
    """Nothing serves there, so nothing is kept for the sake of capacity."""
    cluster = played(lasts=1500, events=[{"at": 60, "die": "home-1"}, {"at": 400, "preempt": "home-1"}])
    assert len(cluster.cloud.vms) == 2
    assert cluster.capacity.now == cluster.capacity.target


@pytest.mark.parametrize("seed", range(3))
def test_no_match_is_sent_to_a_machine_that_is_known_to_be_gone(seed: int) -> None:
    """Its pods are collected a minute after its node was deleted, and until then Agones hands its servers out."""
    events = [{"at": 60, "die": "home-1"}, {"at": 401, "preempt": "home-1"}]
    cluster = played(seed, lasts=900, events=events, matches=[{"fleet": "game", "at": 440, "lasts": 30, "count": 6}])
    assert said(cluster, "Retired")[0].at < 440
    assert summary(cluster).matches_begun == 6
    assert summary(cluster).matches_lost == {}
