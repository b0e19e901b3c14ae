"""Counters and lists of game servers: actions at allocation, order by priorities, and their sums."""

from collections.abc import Iterable, Mapping, Sequence

from tests.doubles.agones.names import Json, being_deleted, state

LIST_LIMIT = 1000
INT64_MAX = 2**63 - 1


def act(server: Json, actions: Json) -> None:
    """The `counters` and `lists` actions of an allocation, in place; what can't be done is left undone."""
    status = server["status"]
    for name, action in (actions.get("counters") or {}).items():
        if name in (status.get("counters") or {}):
            _act_counter(status["counters"][name], action)
    for name, action in (actions.get("lists") or {}).items():
        if name in (status.get("lists") or {}):
            _act_list(status["lists"][name], action)


def _act_counter(counter: Json, action: Json) -> None:
    if (action.get("capacity") or -1) >= 0 or action.get("capacity") == 0:
        counter["capacity"] = action["capacity"]
        counter["count"] = min(counter["count"], counter["capacity"])
    sign = {"Increment": 1, "Decrement": -1}.get(action.get("action") or "", 0)
    if sign and action.get("amount") is not None:
        counter["count"] = max(0, min(counter["count"] + sign * action["amount"], counter["capacity"]))


def _act_list(found: Json, action: Json) -> None:
    values = found.get("values") or []
    capacity = action.get("capacity")
    if capacity is not None and 0 <= capacity <= LIST_LIMIT:
        found["capacity"], values = capacity, values[:capacity]
    if action.get("addValues"):
        values = list(dict.fromkeys([*values, *action["addValues"]]))[: found["capacity"]]
    if action.get("deleteValues"):
        values = [value for value in values if value not in action["deleteValues"]]
    found["values"] = values


def compare(first: Json, second: Json, priorities: Sequence[Json]) -> int:
    """Which of two servers comes first by available capacity: -1, 1, or 0 when no priority tells."""
    for priority in priorities:
        kind = {"Counter": "counters", "List": "lists"}.get(priority["type"], "")
        one, other = (_available(server, kind, priority["key"]) for server in (first, second))
        if one == other:
            continue
        if one is None or other is None:
            return 1 if one is None else -1  # one that lacks it comes last, in either order
        ascending = -1 if one < other else 1
        return -ascending if priority.get("order") == "Descending" else ascending
    return 0


def _available(server: Json, kind: str, name: str) -> int | None:
    found = (server["status"].get(kind) or {}).get(name)
    if found is None:
        return None
    used = found["count"] if kind == "counters" else len(found.get("values") or ())
    return int(found["capacity"]) - used


def sums(spec: Json, servers: Iterable[Json]) -> Json:
    """`status.counters` and `status.lists` of a GameServerSet of that GameServerSpec; empty ones are left out."""
    total: dict[str, dict[str, Json]] = {"counters": {}, "lists": {}}
    for kind, named in total.items():
        named.update({name: _zero() for name in spec.get(kind) or {}})
    for server in servers:
        if being_deleted(server):
            continue
        for kind, named in total.items():
            for name, found in (server["status"].get(kind) or {}).items():
                count = found["count"] if kind == "counters" else len(found.get("values") or ())
                one = {"count": count, "capacity": found["capacity"], "allocatedCount": 0, "allocatedCapacity": 0}
                if state(server) == "Allocated":
                    one |= {"allocatedCount": count, "allocatedCapacity": found["capacity"]}
                named[name] = _add(named.get(name, _zero()), one)
    return {kind: named for kind, named in total.items() if named}


def merge(statuses: Iterable[Json]) -> Json:
    """`status.counters` and `status.lists` of a Fleet, of those of its sets."""
    total: dict[str, dict[str, Json]] = {"counters": {}, "lists": {}}
    for status in statuses:
        for kind, named in total.items():
            for name, found in (status.get(kind) or {}).items():
                named[name] = _add(named.get(name, _zero()), found)
    return {kind: named for kind, named in total.items() if named}


def _zero() -> Json:
    return {"allocatedCount": 0, "allocatedCapacity": 0, "count": 0, "capacity": 0}


def _add(one: Mapping[str, int], other: Mapping[str, int]) -> Json:
    return {name: min(one[name] + other.get(name, 0), INT64_MAX) for name in one}
