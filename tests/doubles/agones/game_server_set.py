"""GameServerSet -> GameServers: as many as asked for, and which go first when there are too many."""

import copy
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import cmp_to_key

from tests.doubles.agones import canonical, counters
from tests.doubles.agones.names import (
    BEFORE_READY,
    ERRORED_AT_ANNOTATION,
    FLEET_LABEL,
    GROUP,
    SET_LABEL,
    Json,
    annotations,
    being_deleted,
    key,
    labels,
    owned_by,
    owner,
    reference,
    state,
    terminating,
)
from tests.doubles.agones.node_counts import NodeCount, node_counts
from tests.doubles.agones.objects import Objects
from tests.doubles.agones.work_queue import WorkQueue

ERROR_SECONDS = 30  # a server in Error is kept, and counted, that long: else it would be made again without end
BATCH, PARALLEL = 64, 8
_PROTECTED = ("Allocated", "Reserved")
_COUNTED = {"Ready": "readyReplicas", "Allocated": "allocatedReplicas", "Reserved": "reservedReplicas"}


class GameServerSetController:
    """Makes servers, asks surplus and unhealthy ones to shut down, and counts them."""

    def __init__(self, objects: Objects, queue: WorkQueue) -> None:
        self._objects, self._queue = objects, queue
        self._pool = ThreadPoolExecutor(PARALLEL)
        objects.sets.on_change(self._on_set)
        objects.servers.on_change(self._on_server)

    def sync(self, namespace: str, name: str) -> None:
        found = self._objects.sets.get(namespace, name)
        if found is None:
            return
        servers = self._servers(found)
        missing, surplus = plan(found, servers, node_counts(self._objects))
        if terminating(found):
            missing = 0
        created = [self._pool.submit(self._objects.create, new_server(found)) for _ in range(missing)]
        ended = [self._pool.submit(self._objects.set_state, server, "Shutdown") for server in surplus]
        for each in [*created, *ended]:
            each.result()
        self._update_status(found, servers)

    def sync_overflow(self, namespace: str, name: str) -> None:
        """Mark the Allocated servers that are more than the set should have."""
        found = self._objects.sets.get(namespace, name)
        if found is None or not _overflows(found):
            return
        overflow = found["spec"]["allocationOverflow"]
        allocated = [each for each in self._servers(found) if state(each) == "Allocated"]
        unmarked = [each for each in allocated if not _is_marked(each, overflow)]
        surplus = found["status"]["allocatedReplicas"] - found["spec"]["replicas"] - len(allocated) + len(unmarked)
        if surplus <= 0:
            return
        for server in first_to_go(found["spec"], unmarked, node_counts(self._objects))[:surplus]:
            metadata = dict(server["metadata"])
            for name_ in ("labels", "annotations"):
                metadata[name_] = (metadata.get(name_) or {}) | (overflow.get(name_) or {})
            self._objects.update(server | {"metadata": metadata})

    def _on_set(self, old: Json | None, new: Json | None) -> None:
        if new is None:
            return
        if old is None or old["spec"]["replicas"] != new["spec"]["replicas"]:
            self._queue.add(self.sync, *key(new))
        if old and _overflows(new):
            self._queue.add(self.sync_overflow, *key(new))

    def _on_server(self, old: Json | None, new: Json | None) -> None:
        # Real: that a server is being deleted is no event. Its replacement comes with the next one, of any server
        # of the set, which may be that it is gone at last.
        server = new or old
        parent = owner(server) if server else None
        if server and parent and not (new and terminating(new)):
            self._queue.add(self.sync, key(server)[0], parent["name"])

    def _servers(self, found: Json) -> list[Json]:
        return [each for each in self._objects.servers.list(key(found)[0]) if owned_by(each, found)]

    def _update_status(self, found: Json, servers: list[Json]) -> None:
        now = self._objects.sets.get(*key(found)) or found
        wanted = status(found, servers)
        if now.get("status") != wanted:
            self._objects.update(now | {"status": wanted}, "status")


def plan(found: Json, servers: Iterable[Json], counts: Mapping[str, NodeCount]) -> tuple[int, list[Json]]:
    """How many servers to make, and which to end.

    Allocated and Reserved ones are never ended, and one that is being deleted counts for nothing.
    """
    target, up, surplus = found["spec"]["replicas"], 0, 0
    candidates, ended = [], []
    servers = list(servers)
    up = sum(state(each) in _PROTECTED and not terminating(each) for each in servers)
    for each in servers:
        if (state(each) in _PROTECTED and not terminating(each)) or being_deleted(each):
            continue
        if state(each) == "Unhealthy" or (state(each) == "Error" and _error_is_old(each)):
            ended.append(each)
            surplus -= 1
            continue
        candidates.append(each)
        if up >= target:
            surplus += 1
        else:
            up += 1
    if surplus > 0:
        ended += first_to_go(found["spec"], candidates, counts)[:surplus]
    return min(max(0, target - up), BATCH), ended[:BATCH]


def first_to_go(spec: Json, servers: Sequence[Json], counts: Mapping[str, NodeCount]) -> list[Json]:
    """The order of scale-down: Packed empties the emptiest nodes, Distributed takes the oldest."""
    priorities = spec.get("priorities") or []

    def packed(one: Json, other: Json) -> int:
        here, there = (each["status"].get("nodeName", "") for each in (one, other))
        if here not in counts or there not in counts:
            return -1 if here not in counts else 1
        early = [state(each) in BEFORE_READY for each in (one, other)]
        if here == there and "Ready" in (state(one), state(other)) and early[0] != early[1]:
            return -1 if early[0] else 1
        size = sum(counts[here]) - sum(counts[there])
        if size or here != there:
            return size or (-1 if here < there else 1)
        return counters.compare(one, other, priorities) or (-1 if key(one) < key(other) else 1)

    def distributed(one: Json, other: Json) -> int:
        made = [each["metadata"]["creationTimestamp"] for each in (one, other)]
        return counters.compare(one, other, priorities) or (made[0] > made[1]) - (made[0] < made[1])

    return sorted(servers, key=cmp_to_key(packed if spec.get("scheduling") == "Packed" else distributed))


def status(found: Json, servers: Iterable[Json]) -> Json:
    """A GameServerSet's status."""
    servers = list(servers)
    counted = dict.fromkeys(("replicas", *_COUNTED.values(), "shutdownReplicas"), 0)
    for each in servers:
        if being_deleted(each):
            counted["shutdownReplicas"] += 1
            continue
        counted["replicas"] += 1
        if state(each) in _COUNTED:
            counted[_COUNTED[state(each)]] += 1
    return counted | counters.sums(found["spec"]["template"]["spec"], servers)


def new_server(found: Json) -> Json:
    """A GameServer of the set's template; the webhook gives it its defaults."""
    namespace, name = key(found)
    template = copy.deepcopy(found["spec"]["template"])
    metadata = template.get("metadata") or {}
    own = {SET_LABEL: name, FLEET_LABEL: labels(found).get(FLEET_LABEL, "")}
    metadata["labels"] = (metadata.get("labels") or {}) | own
    metadata |= {"generateName": f"{name}-", "namespace": namespace, "ownerReferences": [reference(found)]}
    spec = template["spec"] | {"scheduling": found["spec"].get("scheduling", "Packed")}
    return canonical.game_server({"apiVersion": GROUP, "kind": "GameServer", "metadata": metadata, "spec": spec})


def _error_is_old(server: Json) -> bool:
    try:
        at = datetime.fromisoformat(annotations(server)[ERRORED_AT_ANNOTATION])
    except (KeyError, ValueError):
        return True
    return (datetime.now(UTC) - at).total_seconds() >= ERROR_SECONDS


def _overflows(found: Json) -> bool:
    marks = found["spec"].get("allocationOverflow") or {}
    allocated = (found.get("status") or {}).get("allocatedReplicas", 0)
    return bool(marks.get("labels") or marks.get("annotations")) and allocated > found["spec"]["replicas"]


def _is_marked(server: Json, overflow: Json) -> bool:
    has = ((overflow.get("labels") or {}, labels(server)), (overflow.get("annotations") or {}, annotations(server)))
    return all(found.get(name) == value for marks, found in has for name, value in marks.items())
