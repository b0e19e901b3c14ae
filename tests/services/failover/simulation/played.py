"""Scenarios for tests: short to write, played once."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import yaml

from failover.decision.observed import PROTECTED
from failover.simulation import Operators, play
from failover.simulation.cluster import Cluster
from failover.simulation.happenings import Stoppable
from failover.simulation.reading import parse, read
from failover.simulation.summary import Incident, Summary, summarise
from failover.simulation.timeline import Entry

UNAVOIDABLE = {
    "its machine lost power",
    "its machine froze",
    "its machine was taken away by the cloud",
    "was sent to a machine that did not hear of it",
}
"""Why matches end that no operator could have saved."""


@cache
def shipped(name: str, seed: int = 0) -> Cluster:
    """What became of a scenario that comes along."""
    return play(read(name), seed)


def nobody(_: Cluster) -> Sequence[Stoppable]:
    """No operator at all."""
    return ()


def played(seed: int = 0, operators: Operators | None = None, **fields: Any) -> Cluster:
    """Two nodes with room for four and a fleet of six, unless `fields` say otherwise."""
    usual: dict[str, Any] = {
        "about": "a test",
        "lasts": 600,
        "nodes": [{"name": "home-1", "room": 4}, {"name": "home-2", "room": 4}],
        "fleets": [{"name": "game", "replicas": 6}],
    }
    return play(parse(yaml.safe_dump(usual | fields), "test.yaml"), seed, operators=operators)


def said(cluster: Cluster, what: str, who: str = "") -> list[Entry]:
    """The timeline's entries that begin so."""
    return [each for each in cluster.timeline.entries if each.what.startswith(what) and who in each.who]


def summary(cluster: Cluster) -> Summary:
    return summarise(cluster)


def incident(cluster: Cluster, node: str = "home-1") -> Incident:
    """The first of a node."""
    return next(each for each in summarise(cluster).incidents if each.node == node)


def left_over(cluster: Cluster) -> Sequence[str]:
    """What an operator must not leave behind once all is well again; empty when there is nothing."""
    api, found = cluster.api, []
    found += [f"machine {each.name}" for each in cluster.cloud.living()]
    found += [f"token of {each}" for each in api.tokens]
    for node in api.nodes.values():
        if node.temporary or node.cordon or node.unschedulable or node.out_of_service or not node.ready:
            found.append(f"node {node}")
    found += [f"server {each}" for each in api.servers.values() if each.suspect or each.deleting]
    found += [f"Fleet {each.name}" for each in api.sets.values() if each.of]
    found += [f"record {each}" for each in api.records.values() if each.status.open or each.status.attempts]
    return found


def lost(cluster: Cluster) -> dict[str, int]:
    """Matches that ended for a reason that could have been avoided."""
    return {why: count for why, count in summarise(cluster).matches_lost.items() if why not in UNAVOIDABLE}


def protected(cluster: Cluster, node: str) -> int:
    return sum(each.state in PROTECTED for each in cluster.api.on(node))
