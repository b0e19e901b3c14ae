"""Evidence is of one death: a machine that has been heard of since is not dead by what was known before."""

from typing import Any

from tests.services.failover.simulation.played import left_over, lost, played, said, summary

TAINT = "declare out of service"
MATCHES = [{"fleet": "game", "at": 260, "lasts": 900, "count": 8}]
FULL = [{"name": "game", "replicas": 8}]
SMALL = {"room": 2}
"""A temporary machine on which not all fit: the others come back with the home machine."""


def came_back(first: list[dict[str, Any]], seed: int = 0) -> Any:
    """Dead at 60 s with evidence, back at 240 s, played on at 260 s, and cut off at 280 s: before it counts as well."""
    again = [{"at": 200, "revive": "home-1"}, {"at": 280, "partition": "home-1"}, {"at": 700, "heal": "home-1"}]
    return played(seed, lasts=2400, fleets=FULL, matches=MATCHES, cloud=SMALL, events=[*first, *again])


def test_a_machine_that_was_powered_off_and_came_back_is_not_given_up_when_it_is_cut_off() -> None:
    cluster = came_back([{"at": 60, "powerOff": "home-1"}])
    assert len(said(cluster, TAINT)) == 1
    assert len(said(cluster, "begin a match on home-1")) > 0
    assert lost(cluster) == {}
    assert left_over(cluster) == []


def test_a_person_s_word_is_of_the_death_that_they_saw() -> None:
    cluster = came_back([{"at": 60, "die": "home-1"}, {"at": 130, "confirmDead": "home-1"}])
    assert [each.what for each in said(cluster, "DeadConfirmed")] == ["DeadConfirmed: home-1: Confirmed"]
    assert len(said(cluster, TAINT)) == 1
    assert lost(cluster) == {}


def test_a_machine_that_lost_power_again_is_given_up_again() -> None:
    cluster = played(
        lasts=2400,
        fleets=FULL,
        events=[
            {"at": 60, "powerOff": "home-1"},
            {"at": 200, "revive": "home-1"},
            {"at": 280, "powerOff": "home-1"},
            {"at": 700, "revive": "home-1"},
        ],
    )
    assert len(said(cluster, TAINT)) == 2
    assert left_over(cluster) == []


def test_darkness_counts_anew_after_every_word() -> None:
    events = [
        {"at": 60, "partition": "home-1"},
        {"at": 400, "heal": "home-1"},
        {"at": 430, "partition": "home-1"},
        {"at": 600, "heal": "home-1"},
    ]
    own = {"longestSession": 250, "maxRun": 4000, "runMargin": 100}
    matches = [{"fleet": "game", "at": 410, "lasts": 240, "count": 8}]
    cluster = played(lasts=2400, fleets=FULL, matches=matches, events=events, cloud=SMALL, operator={"config": own})
    assert len(said(cluster, TAINT)) == 1
    assert said(cluster, "begin a match on home-1")
    assert lost(cluster) == {}


def test_a_person_who_confirms_before_there_is_an_incident_has_confirmed_nothing() -> None:
    cluster = played(lasts=900, events=[{"at": 10, "confirmDead": "home-1"}, {"at": 60, "partition": "home-1"}])
    assert said(cluster, "has no NodeFailover")
    assert said(cluster, TAINT) == []
    assert summary(cluster).matches_lost == {}
