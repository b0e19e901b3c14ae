"""A scenario with a mistake says in which file and which field, and what would be right."""

from pathlib import Path

import pytest
import yaml

from failover.simulation.reading import ScenarioError, config, parse, read, shipped

GOOD = """
about: a test
lasts: 600
nodes: [{name: home-1, room: 4}, {name: home-2, room: 4}]
fleets: [{name: game, replicas: 6}]
"""

BAD = {
    "a wrong type": ("lasts: soon", "lasts: Expected `float`, got `str`"),
    "a number out of range": ("nodes: [{name: home-1, room: 0}]", "nodes[0].room: Expected `int` >= 1"),
    "an unknown field": ("clouds: {}", "Object contains unknown field `clouds`"),
    "an unknown field further in": (
        "nodes: [{name: home-1, rom: 4}]",
        "nodes[0]: Object contains unknown field `rom`",
    ),
    "no nodes": ("nodes: []", "nodes: Expected `array` of length >= 1"),
    "a node twice": ("nodes: [{name: a, room: 9}, {name: a}]", "nodes[1].name: a is there already"),
    "a fleet twice": ("fleets: [{name: game}, {name: game}]", "fleets[1].name: game is there already"),
    "too little room": ("nodes: [{name: home-1, room: 5}]", "fleets: 6 game servers on nodes with room for 5"),
    "matches of no fleet": (
        "matches: [{fleet: gone, lasts: 5}]",
        "matches[0].fleet: found gone, expected one of game",
    ),
    "an event of no node": (
        "events: [{at: 1, die: home-9}]",
        "events[0].die: found home-9, expected one of home-1, home-2",
    ),
    "maintenance of no node": (
        "events: [{at: 1, maintain: {node: home-9, until: 5}}]",
        "events[0].maintain.node: found home-9, expected one of home-1, home-2",
    ),
    "an event of no zone": (
        "events: [{at: 1, stockout: mars}]",
        "events[0].stockout: found mars, expected one of zone-a, zone-b, zone-c",
    ),
    "an event of no replica": ("events: [{at: 1, crash: 2}]", "events[0].crash: there are 1 replicas"),
    "an event of nothing": (
        "events: [{at: 1}]",
        "events[0]: found nothing beside `at`, expected exactly one thing that happens",
    ),
    "an event of two things": (
        "events: [{at: 1, confirmDead: home-1, powerOff: home-2}]",
        "events[0]: found confirmDead, powerOff beside `at`, expected exactly one thing that happens",
    ),
    "an event too late": (
        "events: [{at: 601, die: home-1}]",
        "events[0].at: 601 is after the end of the scenario (600)",
    ),
    "an operator setting that there is not": (
        "operator: {config: {maxMachine: 1}}",
        "operator.config: Object contains unknown field `maxMachine`",
    ),
    "an operator setting of the wrong type": (
        "operator: {config: {maxMachines: many}}",
        "operator.config.maxMachines: Expected `int`, got `str`",
    ),
}


@pytest.mark.parametrize(("change", "problem"), BAD.values(), ids=BAD)
def test_a_mistake_is_named_with_its_place(change: str, problem: str) -> None:
    text = yaml.safe_dump(yaml.safe_load(GOOD) | yaml.safe_load(change))
    with pytest.raises(ScenarioError) as raised:
        parse(text, "mine.yaml")
    assert str(raised.value) == f"mine.yaml: {problem}"


def test_several_mistakes_are_told_at_once() -> None:
    with pytest.raises(ScenarioError) as raised:
        parse(f"{GOOD}events: [{{at: 1, die: x}}, {{at: 2}}]\n", "mine.yaml")
    assert [line.partition(": ")[2][:9] for line in str(raised.value).splitlines()] == ["events[0]", "events[1]"]


def test_what_is_no_yaml_is_told_with_its_line() -> None:
    with pytest.raises(ScenarioError, match=r"^mine\.yaml:4: not YAML: "):
        parse("about: a\nlasts: 1\nnodes: [\n", "mine.yaml")


def test_an_empty_file_is_no_scenario() -> None:
    with pytest.raises(ScenarioError, match=r"^mine\.yaml: .*[Ee]xpected `object`"):
        parse("", "mine.yaml")


def test_a_name_that_does_not_exist_tells_those_that_do(tmp_path: Path) -> None:
    missing = str(tmp_path / "none.yaml")
    with pytest.raises(ScenarioError, match=r"no such file, nor one of: .*dead-node.*stockout"):
        read(missing)


def test_a_folder_is_no_scenario(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="Is a directory"):
        read(str(tmp_path))


def test_a_scenario_is_read_from_a_path_as_well(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(GOOD)
    assert read(str(path)).lasts == 600


def test_eight_scenarios_come_along() -> None:
    expected = "dead-node flapping long-match operator-crash partition planned-upgrade site-outage stockout"
    assert shipped() == expected.split()


def test_places_are_every_zone_with_the_first_machine_type_and_then_with_the_next() -> None:
    scenario = parse(f"{GOOD}cloud: {{zones: [a, b], machineTypes: [big, huge]}}\n", "mine.yaml")
    found = [(each.machine_type, each.zone) for each in config(scenario).places]
    assert found == [("big", "a"), ("big", "b"), ("huge", "a"), ("huge", "b")]
