"""Fleet -> GameServerSets: one active set of the current template, the sets of older templates going down."""

import copy
import math
import threading
from collections import Counter
from typing import Any

from tests.cluster.api import Ref
from tests.doubles.agones import canonical, counters
from tests.doubles.agones.names import (
    FLEET_LABEL,
    GROUP,
    Json,
    key,
    labels,
    owned_by,
    owner,
    reference,
    state,
    terminating,
)
from tests.doubles.agones.objects import Objects, reread
from tests.doubles.agones.work_queue import WorkQueue

_COUNTS = ("replicas", "readyReplicas", "reservedReplicas", "allocatedReplicas")


class FleetController:
    """Keeps every Fleet's GameServerSets at the sizes its strategy gives them, and sums up their status."""

    def __init__(self, objects: Objects, queue: WorkQueue) -> None:
        self._objects, self._queue = objects, queue
        self._allocations: Counter[tuple[str, str]] = Counter()  # not yet in status.allocations
        self._lock = threading.Lock()
        objects.fleets.on_change(self._on_fleet)
        objects.sets.on_change(self._on_set)
        objects.servers.on_change(self._on_server)

    def sync(self, namespace: str, name: str) -> None:
        fleet = self._objects.fleets.get(namespace, name)
        if fleet is None or terminating(fleet):
            return
        fleet = fleet | {"spec": {"replicas": 0} | fleet["spec"]}  # none, if it was made before the webhooks were there
        active, rest = self._split(fleet)
        replicas = self._roll(fleet, active, rest) if rest else fleet["spec"]["replicas"]
        for each in rest:
            if not _count(each, "replicas") and not _count(each, "shutdownReplicas"):
                self._objects.delete(each)
        if active is None:
            self._objects.create(new_set(fleet, replicas))
        else:
            self._resize(fleet, active, replicas)
        self._update_status(fleet)

    def _on_fleet(self, _: Json | None, new: Json | None) -> None:
        if new:
            self._queue.add(self.sync, *key(new))

    def _on_set(self, _: Json | None, new: Json | None) -> None:
        parent = owner(new) if new else None
        if new and parent and not terminating(new):
            self._queue.add(self.sync, key(new)[0], parent["name"])

    def _on_server(self, old: Json | None, new: Json | None) -> None:
        if old and new and state(old) != "Allocated" and state(new) == "Allocated" and labels(new).get(FLEET_LABEL):
            with self._lock:
                self._allocations[key(new)[0], labels(new)[FLEET_LABEL]] += 1

    def _sets(self, fleet: Json) -> list[Json]:
        return [each for each in self._objects.sets.list(key(fleet)[0]) if owned_by(each, fleet)]

    def _split(self, fleet: Json) -> tuple[Json | None, list[Json]]:
        """The oldest set of the Fleet's template, and all others."""
        wanted = canonical.template(fleet["spec"]["template"])
        sets = sorted(self._sets(fleet), key=lambda each: each["metadata"]["creationTimestamp"])
        active = next((each for each in sets if canonical.template(each["spec"]["template"]) == wanted), None)
        return active, [each for each in sets if each is not active]

    def _resize(self, fleet: Json, active: Json, replicas: int) -> None:
        wanted = {"replicas": replicas, "scheduling": fleet["spec"].get("scheduling")}
        if fleet["spec"].get("priorities") or active["spec"].get("priorities"):
            wanted["priorities"] = fleet["spec"].get("priorities") or []
        if any(active["spec"].get(name) != value for name, value in wanted.items()):
            self._objects.update(active | {"spec": active["spec"] | wanted})

    # Going from one template to the next

    def _roll(self, fleet: Json, active: Json | None, rest: list[Json]) -> int:
        """Scale the old sets down as far as they may; the size of the active one."""
        size = int(fleet["spec"]["replicas"])
        if not sum(each["spec"]["replicas"] for each in rest):
            return max(0, size - _sum(rest, "reservedReplicas") - _sum(rest, "allocatedReplicas"))
        if fleet["spec"]["strategy"]["type"] == "Recreate":
            for each in rest:
                if each["spec"]["replicas"]:
                    self._scale(each, 0)
            return max(0, size - _sum(rest, "allocatedReplicas"))
        active = active or {"spec": {"replicas": 0}, "status": {}}
        replicas = self._up(fleet, active, rest)
        self._down(fleet, active, rest)
        return replicas

    def _up(self, fleet: Json, active: Json, rest: list[Json]) -> int:
        size, replicas = int(fleet["spec"]["replicas"]), int(active["spec"]["replicas"])
        allocated = _sum(rest, "allocatedReplicas")
        if replicas != _count(active, "replicas"):
            return replicas  # still on its way to what it was told last
        if size == 0:
            return 0
        if replicas >= size - allocated:
            return max(0, size - allocated)
        surge = _share(fleet["spec"]["strategy"]["rollingUpdate"]["maxSurge"], size, math.ceil)
        replicas = min(size, replicas + surge)
        total = _sum(rest, "replicas") + replicas
        if total > surge + size:
            replicas = max(0, replicas - (total - surge - size))
        return max(0, size - allocated) if replicas + allocated > size else replicas

    def _down(self, fleet: Json, active: Json, rest: list[Json]) -> None:
        size, known_ready = fleet["spec"]["replicas"], _count(fleet, "readyReplicas")
        share = _share(fleet["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"], known_ready, math.floor)
        unavailable = min(share or 1, size)
        ready = _sum([*rest, active], "readyReplicas")
        least = min(known_ready - unavailable, size)
        states = ("readyReplicas", "reservedReplicas", "allocatedReplicas", "shutdownReplicas")
        coming = active["spec"]["replicas"] - sum(_count(active, name) for name in states)
        if ready - least - coming <= 0:
            return
        rest = self._drop_unready(rest, ready - least - coming)
        self._drop_ready(rest, ready - least)

    def _drop_unready(self, rest: list[Json], most: int) -> list[Json]:
        """What never got ready goes first: it serves nobody."""
        kept, dropped = [], 0
        for each in rest:
            size = each["spec"]["replicas"]
            healthy = sum(_count(each, name) for name in ("readyReplicas", "reservedReplicas", "allocatedReplicas"))
            down = min(most - dropped, size - healthy)
            if size and down > 0:
                each = self._scale(each, size - down)  # noqa: PLW2901
                dropped += down
            kept.append(each)
        return kept

    def _drop_ready(self, rest: list[Json], total: int) -> None:
        done = 0
        for each in rest:
            size = each["spec"]["replicas"]
            if done >= total or (size and size != _count(each, "replicas")):
                return
            if not size or _count(each, "shutdownReplicas"):
                continue
            down = min(size, total - done)
            only_allocated = _count(each, "replicas") == _count(each, "allocatedReplicas")
            self._scale(each, 0 if only_allocated else size - down)
            done += down

    def _scale(self, each: Json, replicas: int) -> Json:
        return self._objects.update(each | {"spec": each["spec"] | {"replicas": replicas}})

    def _update_status(self, fleet: Json) -> None:
        now = reread(self._objects, Ref(GROUP, "Fleet", key(fleet)[1], key(fleet)[0]))
        if now is None:
            return
        sets = self._sets(fleet)
        with self._lock:
            allocations = self._allocations[key(fleet)]
        before = now.get("status") or {}
        status: dict[str, Any] = {name: _sum(sets, name) for name in _COUNTS}
        status["allocations"] = before.get("allocations", 0) + allocations
        self._objects.update(
            now | {"status": status | counters.merge(each.get("status") or {} for each in sets)}, "status"
        )
        with self._lock:
            self._allocations[key(fleet)] -= allocations


def new_set(fleet: Json, replicas: int) -> Json:
    """The GameServerSet of a Fleet's template."""
    namespace, name = key(fleet)
    spec = fleet["spec"]
    metadata = copy.deepcopy(spec["template"].get("metadata") or {})
    metadata["labels"] = (metadata.get("labels") or {}) | {FLEET_LABEL: name}
    metadata |= {"generateName": f"{name}-", "namespace": namespace, "ownerReferences": [reference(fleet)]}
    wanted = {"replicas": replicas, "scheduling": spec["scheduling"], "template": canonical.template(spec["template"])}
    wanted |= {field: spec[field] for field in ("allocationOverflow", "priorities") if spec.get(field)}
    return {"apiVersion": GROUP, "kind": "GameServerSet", "metadata": metadata, "spec": wanted}


def _count(obj: Json, name: str) -> int:
    return int((obj.get("status") or {}).get(name) or 0)


def _sum(sets: list[Json], name: str) -> int:
    return sum(_count(each, name) for each in sets)


def _share(value: int | str, whole: int, rounded: Any) -> int:
    """An IntOrString of `whole`."""
    return int(rounded(int(value[:-1]) * whole / 100)) if isinstance(value, str) else value
