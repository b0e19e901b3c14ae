"""Allocation: batches of requests, each given the first server that matches, and made Allocated by one update.

It never looks at nodes: a Ready server on a machine that died an hour ago is as good as any, until its pod is gone.
"""

import copy
import queue
import random
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from functools import cmp_to_key

from tests.cluster.api import ApiError
from tests.doubles.agones import allocation_request, counters, selector
from tests.doubles.agones.names import LAST_ALLOCATED_ANNOTATION, Json, annotations, being_deleted, key, labels, state
from tests.doubles.agones.node_counts import node_counts
from tests.doubles.agones.objects import Objects

BATCH, WORKERS = 100, 16
RETRIES, RETRY_SECONDS = 5, 0.01
_OPEN = ("Ready", "Allocated")


class NoServerError(Exception):
    """No server matches: the answer says UnAllocated."""


class ContentionError(Exception):
    """The server was taken while the batch was at work: the answer says Contention."""


class UpdateError(Exception):
    """The server could not be made Allocated."""

    def __init__(self) -> None:
        super().__init__("could not update the selected GameServer")


class Cache:
    """The servers that may be allocated. One that is being given away is out of it until its update is answered."""

    def __init__(self, objects: Objects) -> None:
        self._objects, self._lock = objects, threading.Lock()
        self._servers: dict[tuple[str, str], Json] = {}
        objects.servers.on_change(self._on_server)

    def servers(self) -> list[Json]:
        with self._lock:
            return list(self._servers.values())

    def add(self, server: Json) -> None:
        with self._lock:
            known = self._servers.get(key(server))
            if not known or int(known["metadata"]["generation"]) <= int(server["metadata"]["generation"]):
                self._servers[key(server)] = server

    def remove(self, server: Json) -> bool:
        with self._lock:
            return self._servers.pop(key(server), None) is not None

    def refill(self) -> None:
        """Make it what the informer knows."""
        now = {key(each): each for each in self._objects.servers.list() if _is_open(each)}
        with self._lock:
            self._servers = now

    def _on_server(self, old: Json | None, new: Json | None) -> None:
        if new and old and old["metadata"]["resourceVersion"] == new["metadata"]["resourceVersion"]:
            return  # a resync: the server may be on its way out of the cache
        if new and _is_open(new):
            self.add(new)
        elif old:
            self.remove(old)


class Allocator:
    """`allocate` blocks until the batch that its request is in has been worked through."""

    def __init__(self, objects: Objects, batch_wait: float) -> None:
        self._objects, self._wait = objects, batch_wait
        self._requests: queue.Queue[tuple[Json, Future[Json]]] = queue.Queue(BATCH)
        self._updates = ThreadPoolExecutor(WORKERS)
        self.cache = Cache(objects)

    def start(self) -> None:
        self.cache.refill()
        threading.Thread(target=self._run, name="allocator", daemon=True).start()

    def allocate(self, allocation: Json) -> Json:
        """The answer, in place: `status` filled in. Raises UpdateError when five tries failed."""
        allocation_request.selectors(allocation)
        try:
            server = self._try(allocation)
        except NoServerError:
            allocation["status"] = {"state": "UnAllocated", "gameServerName": "", "source": ""}
        except ContentionError:
            allocation["status"] = {"state": "Contention", "gameServerName": "", "source": ""}
        else:
            allocation["metadata"]["name"] = key(server)[1]
            allocation["status"] = _status(server)
        return allocation

    def _try(self, allocation: Json) -> Json:
        for number in range(RETRIES):
            answer: Future[Json] = Future()
            self._requests.put((allocation, answer))
            try:
                return answer.result()
            except (ContentionError, UpdateError) as error:
                if number == RETRIES - 1:
                    if isinstance(error, UpdateError):
                        self.cache.refill()
                    raise
                time.sleep(RETRY_SECONDS)
        raise AssertionError("not reached")

    def _run(self) -> None:
        while True:
            time.sleep(self._wait)  # lets requests gather into a batch
            self._work_through()

    def _work_through(self) -> None:
        """All that is queued. The servers are listed and sorted once per 100 requests of the same priorities."""
        listed: list[Json] = []
        sorted_by, used = None, BATCH
        while True:
            try:
                allocation, answer = self._requests.get_nowait()
            except queue.Empty:
                return
            order = allocation["spec"].get("priorities"), allocation["spec"]["scheduling"]
            if used >= BATCH or order != sorted_by:
                listed, sorted_by, used = self._sorted(allocation), order, 0
            used += 1
            server = choose(allocation, listed)
            if server is None:
                answer.set_exception(NoServerError())
                continue
            listed.remove(server)
            if self.cache.remove(server):
                self._updates.submit(self._update, allocation, server, answer)
            else:
                answer.set_exception(ContentionError())

    def _update(self, allocation: Json, server: Json, answer: Future[Json]) -> None:
        try:
            updated = self._objects.update(allocated(allocation, server))
        except ApiError:
            answer.set_exception(UpdateError())
        except Exception as error:
            answer.set_exception(error)
        else:
            self.cache.add(updated)
            answer.set_result(updated)

    def _sorted(self, allocation: Json) -> list[Json]:
        priorities = allocation["spec"].get("priorities") or []
        counts = node_counts(self._objects)

        def packed(one: Json, other: Json) -> int:
            if state(one) != state(other):
                return -1 if state(one) == "Allocated" else 1
            here, there = (counts.get(each["status"].get("nodeName", "")) for each in (one, other))
            if here is None or there is None:
                return 1 if here is None else -1
            fuller = (there.allocated, there.ready) > (here.allocated, here.ready)
            if here != there:
                return 1 if fuller else -1
            return _by_priority(one, other)

        def _by_priority(one: Json, other: Json) -> int:
            return counters.compare(one, other, priorities) or (-1 if key(one)[1] < key(other)[1] else 1)

        by = packed if allocation["spec"]["scheduling"] == "Packed" else _by_priority
        return sorted(self.cache.servers(), key=cmp_to_key(by))


def choose(allocation: Json, servers: list[Json]) -> Json | None:
    """The first server that the first selector takes; else that of the second, and so on.

    Distributed without priorities looks in random order.
    """
    spec = allocation["spec"]
    near = [each for each in servers if key(each)[0] == allocation["metadata"]["namespace"]]
    if spec["scheduling"] == "Distributed" and not spec.get("priorities"):
        random.shuffle(near)
    for wanted in spec["selectors"]:
        for server in near:
            if selector.matches(wanted, server):
                return server
    return None


def allocated(allocation: Json, server: Json) -> Json:
    """The server after it was given away: Allocated, patched, its counters and lists moved."""
    new = copy.deepcopy(server)
    patch = allocation["spec"]["metadata"]
    if patch.get("labels"):
        new["metadata"]["labels"] = labels(new) | patch["labels"]
    at = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    notes = {**annotations(new), **(patch.get("annotations") or {}), LAST_ALLOCATED_ANNOTATION: at}
    new["metadata"]["annotations"] = notes
    new["status"]["state"] = "Allocated"
    counters.act(new, allocation["spec"])
    return new


def _status(server: Json) -> Json:
    status = server["status"]
    new: Json = {"state": "Allocated", "gameServerName": key(server)[1]}
    new |= {name: status[name] for name in ("ports", "address", "addresses", "nodeName") if status.get(name)}
    new |= {"source": "local", "metadata": {"labels": labels(server), "annotations": annotations(server)}}
    return new | {name: status[name] for name in ("counters", "lists") if status.get(name)}


def _is_open(server: Json) -> bool:
    return state(server) in _OPEN and not being_deleted(server)
