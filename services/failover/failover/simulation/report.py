"""The outcome as text that is read at 3 a.m., and as JSON."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import msgspec

from failover.simulation.cluster import Cluster
from failover.simulation.summary import Incident, Summary, summarise
from failover.simulation.timeline import Entry

TOGETHER = 3.0
"""Seconds within which the same thing done to several objects is one line."""

WIDTH = 24


@dataclass
class Line:
    """What one or several entries say."""

    at: float
    who: str
    what: str
    things: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        things = f": {', '.join(self.things)}" if self.things else ""
        return f"{self.at:9.1f}  {self.who:{WIDTH}} {self.what}{things}"


def to_text(name: str, cluster: Cluster, verbose: bool = False) -> str:
    """Timeline and summary. `verbose` shows what is of use only to who looks for a reason, too."""
    shown = [each for each in cluster.timeline.entries if verbose or not each.detail]
    head = [f"{name}: {cluster.scenario.about}", "", f"{'seconds':>9}  {'who':{WIDTH}} what"]
    return "\n".join([*head, *map(str, lines(shown)), "", *_summary(summarise(cluster))]) + "\n"


def to_json(name: str, cluster: Cluster) -> bytes:
    """The same for programs, with all there is: one JSON object."""
    records = {each.name: each.status for each in cluster.api.records.values()}
    outcome = {
        "scenario": name,
        "about": cluster.scenario.about,
        "timeline": cluster.timeline.entries,
        "summary": summarise(cluster),
        "records": records,
    }
    return msgspec.json.format(msgspec.json.encode(outcome), indent=2) + b"\n"


def lines(entries: Sequence[Entry]) -> list[Line]:
    """In order; what is done to several objects stands where it began."""
    made: list[Line] = []
    last: dict[tuple[str, str], Line] = {}
    for entry in entries:
        before = last.get((entry.who, entry.what))
        if before and entry.thing and entry.at - before.at <= TOGETHER:
            before.things.append(entry.thing)
            continue
        line = Line(entry.at, entry.who, entry.what, [entry.thing] if entry.thing else [])
        last[entry.who, entry.what] = line
        made.append(line)
    return made


def _summary(summary: Summary) -> Iterator[str]:
    for incident in summary.incidents:
        yield from _incident(incident)
    lost = sum(summary.matches_lost.values())
    why = f" ({', '.join(f'{count}: {why}' for why, count in sorted(summary.matches_lost.items()))})" if lost else ""
    matches = f"{summary.matches_begun} begun, {summary.matches_ended} ended, {lost} lost{why}"
    rest = [(summary.matches_playing, "still played"), (summary.matches_waiting, "still waiting for a server")]
    yield f"matches   {matches}" + "".join(f", {count} {what}" for count, what in rest if count)
    if summary.matches_begun:
        yield f"          longest wait for a server: {summary.longest_wait:.1f} s"
    yield f"capacity  {summary.capacity} matches at once, {_short(summary)}"
    left = f"{summary.machines_left} left" if summary.machines_left else "none left"
    yield f"machines  {summary.machines} made, {summary.machine_minutes:.1f} machine-minutes, {left}"


def _short(summary: Summary) -> str:
    if not summary.short_seconds:
        return "never below that"
    lowest = f"{summary.lowest_capacity} at the lowest (at {summary.lowest_capacity_at:.1f} s)"
    return f"{lowest}, fewer than at first for {summary.short_seconds:.1f} s in all"


def _incident(incident: Incident) -> Iterator[str]:
    yield f"{incident.node}: {incident.what}, at {incident.at:.1f} s"
    for stage, seconds in sorted(incident.stages.items(), key=lambda each: each[1]):
        yield f"{seconds:+9.1f}  {stage}"
    yield ""
