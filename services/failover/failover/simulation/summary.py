"""What a simulation came to: how long each stage took, who lost a match and why, what it cost."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from failover.simulation.capacity import WHO as CAPACITY
from failover.simulation.cluster import Cluster
from failover.simulation.timeline import Entry, Mark

STAGES = tuple(mark for mark in Mark if mark is not Mark.TROUBLE)
OF_SERVERS = (Mark.REPLACED, Mark.FULL)
LOOK = 20
"""Entries after a trouble within which capacity says whether it took some."""


@dataclass(frozen=True, slots=True)
class Incident:
    """One time that something befell a home node. `stages` are seconds from then, of those that were reached."""

    node: str
    what: str
    at: float
    stages: dict[str, float]


@dataclass(frozen=True, slots=True)
class Summary:
    """`short_seconds` is how long fewer matches could be played than at the beginning."""

    incidents: tuple[Incident, ...]
    matches_begun: int
    matches_ended: int
    matches_playing: int
    matches_waiting: int
    matches_lost: dict[str, int]
    """Why, and how many."""

    longest_wait: float
    """Of players for a server."""

    capacity: int
    lowest_capacity: int
    lowest_capacity_at: float
    short_seconds: float
    machines: int
    machine_minutes: float
    machines_left: int


def summarise(cluster: Cluster) -> Summary:
    """Of a cluster whose scenario is over."""
    now, matches, vms = cluster.agenda.now, cluster.players.matches, cluster.cloud.vms
    begun = [each for each in matches if each.began is not None]
    lost = [each for each in matches if each.lost]
    seconds = sum((now if each.gone is None else each.gone) - each.made for each in vms)
    waits = [(now if each.began is None else each.began) - each.asked for each in matches]
    return Summary(
        incidents=incidents(cluster.timeline.entries),
        matches_begun=len(begun),
        matches_ended=sum(each.over for each in begun) - len(lost),
        matches_playing=sum(not each.over for each in begun),
        matches_waiting=len(matches) - len(begun),
        matches_lost=dict(Counter(each.lost for each in lost)),
        longest_wait=round(max(waits, default=0), 3),
        capacity=cluster.capacity.target,
        lowest_capacity=cluster.capacity.lowest,
        lowest_capacity_at=round(cluster.capacity.lowest_at, 3),
        short_seconds=round(cluster.capacity.short_seconds, 3),
        machines=len(vms),
        machine_minutes=round(seconds / 60, 2),
        machines_left=len(cluster.cloud.living()),
    )


def incidents(entries: Sequence[Entry]) -> tuple[Incident, ...]:
    """Every trouble that anything came of, until the next one of the same node."""
    found = []
    for index, entry in enumerate(entries):
        if entry.mark is Mark.TROUBLE:
            stages = _stages(entry, entries[index + 1 :])
            found.append(Incident(entry.node, entry.what, entry.at, stages))
    return tuple(each for each in found if each.stages)


def _stages(trouble: Entry, after: Sequence[Entry]) -> dict[str, float]:
    """Of servers only when the trouble took some: else those that become Ready replace matches that ended."""
    first: dict[Mark, float] = {}
    took = any(each.who == CAPACITY and each.at == trouble.at for each in after[:LOOK])
    for entry in after:
        if entry.mark is Mark.TROUBLE and entry.node == trouble.node:
            break
        if entry.mark in (None, Mark.TROUBLE) or (entry.mark in OF_SERVERS and not took):
            continue
        if entry.mark and entry.node in ("", trouble.node):
            first.setdefault(entry.mark, round(entry.at - trouble.at, 3))
    return {str(mark): first[mark] for mark in STAGES if mark in first}
