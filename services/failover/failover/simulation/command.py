"""`failover simulate`: read, play, print."""

import sys
from pathlib import PurePath

import msgspec
from msgspec.structs import replace

from failover.simulation import play
from failover.simulation.moment import time_at
from failover.simulation.reading import ScenarioError, read, shipped
from failover.simulation.report import to_json, to_text
from failover.simulation.scenario import Operator, Scenario
from failover.status import table
from failover.status.node_failover import NodeFailover

WELL, FAILED = 0, 2


def simulate(
    given: str, *, json: bool = False, verbose: bool = False, replicas: int | None = None, seed: int = 0
) -> int:
    """The exit code: 2 for a scenario that can't be played."""
    if given == "list":
        sys.stdout.write("".join(f"{name}\n" for name in shipped()))
        return WELL
    try:
        scenario = read(given)
        scenario = with_replicas(scenario, replicas) if replicas is not None else scenario
    except ScenarioError as error:
        sys.stderr.write(f"{error}\n")
        return FAILED
    cluster = play(scenario, seed)
    name = PurePath(given).stem
    if json:
        sys.stdout.write(to_json(name, cluster).decode())
        return WELL
    sys.stdout.write(to_text(name, cluster, verbose))
    records = [NodeFailover(each.name, each.status) for each in cluster.api.records.values()]
    sys.stdout.write(f"\nin the end:\n{table.to_text(records, time_at(cluster.agenda.now), verbose)}")
    return WELL


def with_replicas(scenario: Scenario, replicas: int) -> Scenario:
    """Raises ScenarioError."""
    try:
        operator = msgspec.convert({"replicas": replicas}, Operator).replicas
    except msgspec.ValidationError as error:
        raise ScenarioError(f"--replicas: {error}") from None
    return replace(scenario, operator=replace(scenario.operator, replicas=operator))
