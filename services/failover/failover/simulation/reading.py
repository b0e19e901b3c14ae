"""From a file to a Scenario, or to everything that is wrong with it by place."""

import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec.structs
import yaml

from failover.config import Config
from failover.simulation.scenario import Happening, Scenario

SHIPPED = files("failover") / "scenarios"
WRITTEN = {each.name: each.encode_name for each in msgspec.structs.fields(Happening)}
"""What a happening is called in the file."""


class ScenarioError(Exception):
    """A scenario that can't be played: `<file>: <field>: <what is wrong>`, one line a problem."""


def shipped() -> list[str]:
    """Names of the scenarios that come with the operator."""
    return sorted(each.name.removesuffix(".yaml") for each in SHIPPED.iterdir() if each.name.endswith(".yaml"))


def read(given: str) -> Scenario:
    """The scenario of a path, or of a name that `shipped` knows. Raises ScenarioError."""
    if given in shipped():
        return parse((SHIPPED / f"{given}.yaml").read_text(encoding="utf-8"), f"{given}.yaml")
    try:
        return parse(Path(given).read_text(encoding="utf-8"), given)
    except FileNotFoundError:
        raise ScenarioError(f"{given}: no such file, nor one of: {', '.join(shipped())}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ScenarioError(f"{given}: {error}") from None


def parse(text: str, name: str) -> Scenario:
    """Raises ScenarioError. `name` is what the file is called in it."""
    try:
        scenario = msgspec.convert(yaml.safe_load(text), Scenario)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ScenarioError(f"{name}:{line}: not YAML: {error.problem}") from None
    except msgspec.ValidationError as error:
        raise ScenarioError(f"{name}: {_placed(str(error))}") from None
    if problems := list(_problems(scenario)):
        raise ScenarioError("\n".join(f"{name}: {problem}" for problem in problems))
    return scenario


def config(scenario: Scenario) -> Config:
    """The operator's configuration: its defaults, the cloud's places, and what the scenario says otherwise.

    Raises msgspec.ValidationError.
    """
    cloud = scenario.cloud
    places = [{"zone": zone, "machineType": kind} for kind in cloud.machine_types for zone in cloud.zones]
    own: dict[str, Any] = {"cluster": "simulated", "places": places, "runtimeHandler": ""}
    return msgspec.convert(own | scenario.operator.config, Config)


def _placed(message: str) -> str:
    """msgspec puts the place last, as `- at `$.nodes[0].room``; people read it first."""
    found = re.fullmatch(r"(?P<what>.*) - at `(?P<place>.*)`", message, re.DOTALL)
    if not found:
        return message
    return f"{found['place'].removeprefix('$').removeprefix('.')}: {found['what']}"


def _problems(scenario: Scenario) -> Iterator[str]:
    """What the types alone can't tell."""
    try:
        config(scenario)
    except msgspec.ValidationError as error:
        found = _placed(str(error))
        yield f"operator.config{': ' if found == str(error) else '.'}{found}"
    fleets = [each.name for each in scenario.fleets]
    yield from _twice("nodes", [each.name for each in scenario.nodes])
    yield from _twice("fleets", fleets)
    for index, each in enumerate(scenario.matches):
        if each.fleet not in fleets:
            yield f"matches[{index}].fleet: {_unknown(each.fleet, fleets)}"
    room = sum(each.room for each in scenario.nodes)
    wanted = sum(each.replicas + each.buffer for each in scenario.fleets)
    if wanted > room:
        yield f"fleets: {wanted} game servers on nodes with room for {room}"
    for index, happening in enumerate(scenario.events):
        yield from (f"events[{index}]{problem}" for problem in _wrong(happening, scenario))


def _twice(field: str, names: list[str]) -> Iterator[str]:
    for index, name in enumerate(names):
        if name in names[:index]:
            yield f"{field}[{index}].name: {name} is there already"


def _wrong(happening: Happening, scenario: Scenario) -> Iterator[str]:
    """What is wrong with one happening."""
    if len(happening.kinds) != 1:
        found = ", ".join(WRITTEN[kind] for kind in happening.kinds) or "nothing"
        yield f": found {found} beside `at`, expected exactly one thing that happens"
        return
    kind = WRITTEN[happening.kinds[0]]
    if happening.at > scenario.lasts:
        yield f".at: {happening.at:g} is after the end of the scenario ({scenario.lasts:g})"
    nodes = [each.name for each in scenario.nodes]
    if happening.node and happening.node not in nodes:
        yield f".{kind}{'.node' if happening.maintain else ''}: {_unknown(happening.node, nodes)}"
    zone = happening.stockout or happening.restock
    if zone and zone not in scenario.cloud.zones:
        yield f".{kind}: {_unknown(zone, scenario.cloud.zones)}"
    if max(happening.crash, happening.restart) > scenario.operator.replicas:
        yield f".{kind}: there are {scenario.operator.replicas} replicas"


def _unknown(found: str, known: list[str] | tuple[str, ...]) -> str:
    return f"found {found}, expected one of {', '.join(known) or 'none'}"
