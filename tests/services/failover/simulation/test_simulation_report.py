"""What a simulation prints: the same every time, short enough for 3 a.m., and all of it as JSON."""

import json
from pathlib import Path

import pytest

from failover.__main__ import main
from failover.simulation.report import lines, to_text
from failover.simulation.timeline import Entry
from tests.services.failover.simulation.played import played, shipped

GOLDEN = Path(__file__).with_name("dead-node.txt")


def test_the_timeline_of_a_dead_node_is_this() -> None:
    """A golden, to see what a change does to the whole: `failover simulate dead-node > <this file>`."""
    assert (
        to_text("dead-node", shipped("dead-node")) == GOLDEN.read_text(encoding="utf-8").partition("\nin the end:")[0]
    )


def test_a_simulation_is_the_same_every_time_and_another_with_another_seed() -> None:
    first, second, other = (played(seed, events=[{"at": 60, "die": "home-1"}]) for seed in (3, 3, 4))
    assert first.timeline.entries == second.timeline.entries
    assert first.timeline.entries != other.timeline.entries


def test_what_is_done_to_several_objects_is_one_line() -> None:
    entries = [Entry(1.0, "a", "delete", "x"), Entry(1.5, "b", "look"), Entry(2.0, "a", "delete", "y")]
    assert [(each.at, each.things) for each in lines(entries)] == [(1.0, ["x", "y"]), (1.5, [])]
    late = [entries[0], Entry(9.0, "a", "delete", "y")]
    assert [each.things for each in lines(late)] == [["x"], ["y"]]


def test_matches_and_calls_are_shown_to_who_asks_for_them() -> None:
    cluster = shipped("partition")
    assert "begin a match" not in to_text("partition", cluster)
    assert "begin a match" in to_text("partition", cluster, verbose=True)


def test_the_command_prints_the_golden_and_the_table_of_the_end(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["simulate", "dead-node"]) == 0
    assert capsys.readouterr().out == GOLDEN.read_text(encoding="utf-8")


def test_json_holds_timeline_summary_and_records(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["simulate", "dead-node", "--json", "--seed", "1"]) == 0
    outcome = json.loads(capsys.readouterr().out)
    assert outcome["scenario"] == "dead-node"
    assert {"at", "who", "what"} <= set(outcome["timeline"][0])
    assert outcome["summary"]["incidents"][0]["node"] == "home-1"
    assert outcome["summary"]["machines_left"] == 0
    assert outcome["records"]["home-1"]["phase"] == "Completed"


def test_the_number_of_replicas_may_be_another(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["simulate", "dead-node", "--replicas", "2"]) == 0
    assert "operator-1" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [["none.yaml"], ["dead-node", "--replicas", "0"]])
def test_what_cannot_be_played_is_exit_code_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["simulate", *arguments]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(("none.yaml: no such file", "--replicas: Expected `int` >= 1"))


def test_list_names_the_scenarios(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["simulate", "list"]) == 0
    assert "dead-node\n" in capsys.readouterr().out


def test_an_argument_that_there_is_not_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["simulate", "dead-node", "--loud"])
    assert ended.value.code == 2
    assert "--loud" in capsys.readouterr().err
