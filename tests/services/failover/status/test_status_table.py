"""`failover status` as a person sees it: goldens, to be read like a person would."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from failover.record import Status
from failover.status.advice import advise, troubled
from failover.status.node_failover import NodeFailover, RecordError, of
from failover.status.table import age, to_text
from tests.services.failover.status.records import NOW, STATUSES, TROUBLED, objects

HERE = Path(__file__).parent


def records() -> list[NodeFailover]:
    return [of(each) for each in objects()]


@pytest.mark.parametrize(("golden", "verbose"), [("table.txt", False), ("table-verbose.txt", True)])
def test_the_table_is_this(golden: str, verbose: bool) -> None:
    assert to_text(records(), NOW, verbose) == (HERE / golden).read_text(encoding="utf-8")


def test_those_in_trouble_come_first_and_the_order_of_the_api_does_not_matter() -> None:
    text = to_text(records(), NOW)
    names = [line.split()[0] for line in text.splitlines()[1:]]
    assert set(names[: len(TROUBLED)]) == TROUBLED
    assert to_text(records()[::-1], NOW) == text


def test_without_a_record_it_says_that_nothing_ever_failed() -> None:
    assert to_text([], NOW).startswith("No NodeFailover: no home node has failed")


@pytest.mark.parametrize("name", STATUSES)
def test_every_situation_has_one_sentence_of_advice_and_says_whether_to_get_up(name: str) -> None:
    advice = advise(name, STATUSES[name])
    assert advice
    assert "\n" not in advice
    assert troubled(STATUSES[name]) == (name in TROUBLED)


def test_a_command_in_the_advice_names_incident_and_node() -> None:
    advice = advise("home-1", STATUSES["home-06-stands-in"])
    assert "kubectl annotate nodefailover home-1 homeground.dev/confirmed-dead=3" in advice
    assert "kubectl annotate node home-1 homeground.dev/planned-failover-" in advise(
        "home-1", STATUSES["home-10-empty"]
    )


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-5, "0s"), (0, "0s"), (59, "59s"), (60, "1m"), (134, "2m14s"), (3600, "1h"), (7384, "2h3m"), (90_000, "1d1h")],
)
def test_ages_are_written_as_kubectl_does(seconds: int, text: str) -> None:
    assert age(timedelta(seconds=seconds)) == text


def test_a_record_without_a_status_was_made_a_moment_ago() -> None:
    assert of({"metadata": {"name": "home-1"}}) == NodeFailover("home-1", Status())


def test_a_record_that_is_not_as_the_types_say_is_named_with_its_field() -> None:
    obj = {"metadata": {"name": "home-1"}, "status": {"incident": "three"}}
    with pytest.raises(RecordError, match=r"^NodeFailover home-1: status: .*`\$\.incident`$"):
        of(obj)


def test_a_status_survives_the_way_to_the_api_server_and_back() -> None:
    assert {each.name: each.status for each in records()} == STATUSES
    assert replace(records()[0]) == records()[0]
