"""Whatever befalls a cluster, in any order: no match is lost that could be saved, and in the end nothing is left."""

from random import Random
from typing import Any

import msgspec
import pytest

from failover.record import AttemptState
from failover.simulation import play
from failover.simulation.cluster import Cluster
from failover.simulation.scenario import Scenario
from tests.services.failover.simulation.played import left_over, lost

SEEDS = 12
"""Some 150 are played in a minute of CPU: whoever changes a rule plays more of them."""

ENDS = {
    "die": "revive",
    "powerOff": "revive",
    "partition": "heal",
    "detour": "heal",
    "hang": "heal",
    "plan": "unplan",
    "exclude": "include",
}
SETTINGS = {"longestSession": 1000, "maxRun": 7000, "runMargin": 300, "stopBackoff": 60}


def befalls(random: Random, node: str, time: float, lasts: float) -> list[dict[str, Any]]:
    """One thing, and its end."""
    kind = random.choice([*ENDS, "stockout", "cloudError", "crash", "preempt", "confirmDead", "maintain", "pause"])
    if kind in ENDS:
        return [{"at": time, kind: node}, {"at": time + lasts, ENDS[kind]: node}]
    zone = random.choice(["zone-a", "zone-b", "zone-c"])
    error = {"kind": random.choice(["Retry", "Quota"]), "seconds": lasts}
    others: dict[str, list[dict[str, Any]]] = {
        "stockout": [{"stockout": zone}, {"restock": zone}],
        "cloudError": [{"cloudError": error}],
        "crash": [{"crash": 1}, {"restart": 1}],
        "preempt": [{"preempt": node}],
        "confirmDead": [{"die": node}, {"confirmDead": node}, {"revive": node}],
        "maintain": [{"maintain": {"node": node, "until": time + lasts}}],
        "pause": [{"pause": "a test"}, {"resume": "a test"}],
    }
    return [{"at": time + lasts * index} | each for index, each in enumerate(others[kind])]


def in_order(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """By time, and without what a person says of a machine that lives: matches that end by a false word are theirs."""
    kept: list[dict[str, Any]] = []
    dead: set[str | None] = set()
    for event in sorted(events, key=lambda each: float(each["at"])):
        dead |= {event.get("die"), event.get("powerOff")}
        dead -= {event.get("revive")}
        if "confirmDead" not in event or event["confirmDead"] in dead:
            kept.append(event)
    return kept


def scenario(seed: int) -> Scenario:
    """A small cluster and up to seven things; then everything is mended, and there is time."""
    random = Random(seed)
    rooms = {f"home-{number}": random.choice([2, 4]) for number in range(1, random.choice([2, 3, 3, 5]))}
    names = list(rooms)
    events, time = [], 30.0
    for _ in range(random.randint(1, 7)):
        time += random.choice([1, 5, 20, 40, 60, 90, 200, 400])
        events += befalls(random, random.choice(names), time, random.choice([5, 30, 60, 80, 120, 300, 700]))
    end = time + 900
    mended = [{"at": end, kind: name} for kind in ("heal", "revive", "unplan", "include") for name in names]
    events += [*mended, {"at": end, "resume": "a test"}, {"at": end, "restart": 1}]
    matches = [
        {"fleet": "game", "at": random.randint(0, 1500), "lasts": random.choice([60, 300, 900]), "count": 2}
        for _ in range(random.randint(0, 6))
    ]
    fields = {
        "about": f"seed {seed}",
        "lasts": end + 2400,
        "nodes": [{"name": name, "room": room} for name, room in rooms.items()],
        "fleets": [{"name": "game", "replicas": random.randint(1, sum(rooms.values()))}],
        "matches": matches,
        "operator": {"replicas": random.choice([1, 2]), "takeover": random.choice([0, 15]), "config": SETTINGS},
        "events": in_order(events),
    }
    return msgspec.convert(fields, Scenario)


def broken(cluster: Cluster) -> list[str]:
    """What must hold at every moment."""
    found = []
    for record in cluster.api.records.values():
        states = [each.state for each in record.status.attempts]
        if states.count(AttemptState.OPEN) > 1:
            found.append(f"{record.name} has two open machines")
        if sum(state is not AttemptState.RETIRED for state in states) > 2:
            found.append(f"{record.name} has more than two machines")
    return found


@pytest.mark.parametrize("seed", range(SEEDS))
def test_nothing_is_lost_and_nothing_left_whatever_happens(seed: int) -> None:
    problems: list[str] = []
    cluster = play(scenario(seed), seed, lambda cluster: problems.extend(broken(cluster)))
    assert problems == []
    assert lost(cluster) == {}
    assert left_over(cluster) == []
    assert cluster.capacity.now == cluster.capacity.target
