"""The parts around the decision do what theirs do, each held against what is known of the real one."""

from collections.abc import Sequence

import pytest

from failover.simulation.timeline import Entry, Mark
from tests.services.failover.simulation.played import incident, nobody, played, said, summary


def at(entries: Sequence[Entry]) -> float:
    return entries[0].at


@pytest.mark.parametrize("seed", range(5))
def test_a_silent_node_is_not_ready_within_the_grace_and_two_looks(seed: int) -> None:
    cluster = played(seed, events=[{"at": 60, "die": "home-1"}], operators=nobody)
    after = at(said(cluster, "home-1 is NotReady")) - 60
    assert 50 - 10 < after <= 50 + 2 * 5


def test_a_node_that_is_back_is_ready_with_its_first_renewal() -> None:
    events = [{"at": 60, "partition": "home-1"}, {"at": 200, "heal": "home-1"}]
    cluster = played(events=events, operators=nobody)
    assert 200 <= at(said(cluster, "is Ready again")) <= 210


def test_servers_of_a_dead_node_stay_and_are_allocated_as_long_as_nobody_does_anything() -> None:
    matches = [{"fleet": "game", "at": 300, "lasts": 50, "count": 6}]
    cluster = played(lasts=400, events=[{"at": 60, "die": "home-1"}], matches=matches, operators=nobody)
    assert {each.node for each in cluster.api.servers.values()} == {"home-1", "home-2"}
    assert summary(cluster).matches_lost == {"was sent to a machine that did not hear of it": 3}


def test_a_match_on_a_machine_that_dies_is_lost_at_that_moment() -> None:
    matches = [{"fleet": "game", "at": 1, "lasts": 500, "count": 6}]
    cluster = played(events=[{"at": 60, "die": "home-1"}], matches=matches)
    assert summary(cluster).matches_lost == {"its machine lost power": 3}


def test_a_frozen_machine_keeps_its_matches_for_as_long_as_players_wait() -> None:
    matches = [{"fleet": "game", "at": 1, "lasts": 500, "count": 6}]
    short = played(events=[{"at": 60, "hang": "home-1"}, {"at": 80, "heal": "home-1"}], matches=matches)
    long = played(events=[{"at": 60, "hang": "home-1"}, {"at": 95, "heal": "home-1"}], matches=matches)
    assert summary(short).matches_lost == {}
    assert summary(long).matches_lost == {"its machine froze": 3}


def test_a_match_that_ends_behind_a_partition_is_told_of_after_it() -> None:
    matches = [{"fleet": "game", "at": 1, "lasts": 100, "count": 6}]
    events = [{"at": 60, "partition": "home-1"}, {"at": 400, "heal": "home-1"}]
    cluster = played(lasts=390, events=events[:1], matches=matches, operators=nobody)
    assert sum(each.state == "Allocated" for each in cluster.api.on("home-1")) == 3
    healed = played(events=events, matches=matches, operators=nobody)
    assert summary(healed).matches_lost == {}
    assert all(each.state == "Ready" for each in healed.api.servers.values())


def test_agones_does_not_replace_what_is_being_deleted_on_a_dead_node_unless_told_to_look() -> None:
    """All of a set's servers on one dead node: no event, and no resync either (pkg/gameserversets/controller.go)."""
    nodes = [{"name": "home-1", "room": 2}]
    fleets = [{"name": "game", "replicas": 2}]
    cluster = played(operators=nobody, nodes=nodes, fleets=fleets, lasts=60)
    cluster.machines["home-1"].die()
    for server in cluster.api.on("home-1"):
        server.deleting = True
        cluster.api.written(server)
    made = len(cluster.api.servers)
    cluster.agenda.run(300)
    assert len(cluster.api.servers) == made, "nobody looked"
    found = cluster.api.sets["game"]
    cluster.agones.resize_set(found, 1)
    cluster.agenda.run(301)
    assert len(cluster.api.servers) == made + 2
    assert found.replicas == 2, "the Fleet put its set right"


def test_a_pod_is_bound_where_there_is_room_and_waits_otherwise() -> None:
    cluster = played(operators=nobody, lasts=60, fleets=[{"name": "game", "replicas": 8}])
    assert [len(cluster.api.on(name)) for name in ("home-1", "home-2")] == [4, 4]
    cluster.agones.scale("game", 9)
    cluster.agenda.run(120)
    assert [each.node for each in cluster.api.servers.values()].count("") == 1


def test_an_autoscaled_fleet_keeps_its_buffer() -> None:
    fleets = [{"name": "game", "buffer": 2}]
    matches = [{"fleet": "game", "at": 5, "lasts": 500, "count": 2}]
    cluster = played(lasts=100, fleets=fleets, matches=matches)
    states = sorted(each.state for each in cluster.api.servers.values())
    assert states == ["Allocated", "Allocated", "Ready", "Ready"]


def test_players_wait_when_no_server_is_ready() -> None:
    matches = [{"fleet": "game", "at": 10, "lasts": 100, "count": 7}]
    cluster = played(lasts=300, matches=matches)
    assert summary(cluster).matches_begun == 7
    assert 100 < summary(cluster).longest_wait < 125


def test_a_boot_takes_as_long_as_the_scenario_says() -> None:
    quick, slow = (played(cloud={"boot": boot}, events=[{"at": 60, "die": "home-1"}]) for boot in (5, 45))
    stages = [incident(each).stages for each in (quick, slow)]
    difference = stages[1]["node joined"] - stages[0]["node joined"]
    assert difference == pytest.approx(40, abs=1)


def test_the_cloud_deletes_a_machine_at_its_limit_and_it_is_replaced() -> None:
    own = {"maxRun": 400, "longestSession": 10, "runMargin": 10}
    cluster = played(lasts=900, events=[{"at": 60, "die": "home-1"}], operator={"config": own})
    ended, after = (each for each in said(cluster, "", "cloud") if "at the end of its permitted time" in each.what)
    assert 400 <= ended.at - incident(cluster).stages[Mark.REQUESTED] - 60 < 401
    assert [each for each in said(cluster, "6 of 6: whole again") if ended.at < each.at < after.at]
