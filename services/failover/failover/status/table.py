"""Records as a table that a person reads at 3 a.m.: pure, so that it is the same every time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from failover.record import AttemptState, Past, Status
from failover.status.advice import advise, troubled
from failover.status.node_failover import NodeFailover

HEAD = ("NODE", "PHASE", "SINCE", "REASON", "VM", "ZONE", "SESSIONS", "WHAT NOW")
ORDER = (AttemptState.OPEN, AttemptState.DRAINING, AttemptState.REQUESTED, AttemptState.RETIRED)
"""The attempt that says most about an incident comes first."""

NONE = "-"


@dataclass(frozen=True, slots=True)
class Row:
    """One home node. `cells` are in the order of HEAD."""

    cells: tuple[str, ...]
    history: tuple[str, ...]


def to_text(records: Sequence[NodeFailover], now: datetime, verbose: bool = False) -> str:
    """The table, those in trouble first; `verbose` adds what was before."""
    if not records:
        return "No NodeFailover: no home node has failed since the operator was installed.\n"
    ordered = sorted(records, key=lambda each: (not troubled(each.status), not each.status.open, each.name))
    rows = [row(each, now) for each in ordered]
    cells = [HEAD, *(each.cells for each in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(HEAD))]
    made = [_line(HEAD, widths)]
    for each in rows:
        made.append(_line(each.cells, widths))
        made += each.history if verbose else ()
    return "\n".join(made) + "\n"


def row(record: NodeFailover, now: datetime) -> Row:
    """What is shown of one record."""
    status = record.status
    attempts = sorted(status.attempts, key=lambda each: (ORDER.index(each.state), each.number))
    more = f" +{len(attempts) - 1}" if len(attempts) > 1 else ""
    cells = (
        record.name,
        status.phase,
        since(status, now),
        status.reason or NONE,
        attempts[0].vm_name + more if attempts else NONE,
        attempts[0].zone if attempts else NONE,
        str(status.sessions) if _waits(status) else NONE,
        advise(record.name, status),
    )
    return Row(tuple(map(str, cells)), tuple(_history(status)))


def _waits(status: Status) -> bool:
    """Whether matches are waited for: on a machine that drains, or on the home node in a planned failover."""
    drains = any(each.state is AttemptState.DRAINING for each in status.attempts)
    return drains or bool(status.home_epoch)


def since(status: Status, now: datetime) -> str:
    """How long the incident has lasted; or how long ago the last one ended."""
    begun = status.started_at if status.open else (status.history[-1].ended_at if status.history else None)
    return age(now - begun) if begun else NONE


def age(span: timedelta) -> str:
    """As kubectl writes it: the two largest units, and never less than nothing."""
    seconds = max(0, int(span.total_seconds()))
    units = (("d", 86_400), ("h", 3600), ("m", 60), ("s", 1))
    for index, (name, size) in enumerate(units):
        if seconds >= size:
            rest = seconds % size // units[index + 1][1] if name != "s" else 0
            return f"{seconds // size}{name}" + (f"{rest}{units[index + 1][0]}" if rest else "")
    return "0s"


def _history(status: Status) -> Iterator[str]:
    for past in reversed(status.history):
        yield f"    {_past(past)}"


def _past(past: Past) -> str:
    took = past.active_after_seconds
    stood_in = "no machine stood in" if took is None else f"a machine stood in after {took:.0f} s"
    lasted = age(past.ended_at - past.started_at)
    return f"incident {past.incident}: {past.started_at:%Y-%m-%d %H:%M:%SZ}, {past.reason}, lasted {lasted}, {stood_in}"


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "   ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()
