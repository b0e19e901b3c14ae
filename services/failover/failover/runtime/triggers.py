"""What a change is a reason to look at. Looking once too often costs little, once too few may cost a match."""

from collections.abc import Callable
from typing import Any, NamedTuple

from failover.decision import overflow
from failover.provider import Place
from failover.runtime import fleets, views
from failover.runtime.ages import Ages
from failover.runtime.caches import Caches
from failover.runtime.observer import is_ours
from failover.runtime.surroundings import is_home
from failover.runtime.views import Located
from kubeclient.queue import WorkQueue
from kubeclient.resources import Json, Key


class Home(NamedTuple):
    """Key of the queue: a home node."""

    name: str


class Game(NamedTuple):
    """Key of the queue: a Fleet that Git owns."""

    namespace: str
    name: str


class Orphan(NamedTuple):
    """Key of the queue: a machine or node of ours that may be nobody's."""

    place: Place


Subject = Home | Game | Orphan


class Triggers:
    """Puts subjects into the queue."""

    def __init__(self, caches: Caches, beats: Ages, queue: WorkQueue[Subject]) -> None:
        self._caches, self._beats, self._queue = caches, beats, queue
        self._by_kind: dict[str, Callable[[Key, Any, Any], None]] = {
            "nodes": self._node,
            "leases": self._lease,
            "nodefailovers": self._record,
            "gameservers": self._server,
            "pods": self._pod,
            "fleets": lambda key, *_: self._game(*key),
            "certificatesigningrequests": lambda *_: self._with_attempts(),
            "csinodes": lambda *_: self._with_attempts(),
        }

    def everything(self) -> None:
        for obj in self._caches.nodes.objects.values():
            self._node(("", obj["metadata"]["name"]), None, obj)
        for _, name in self._caches.records.objects:
            self._queue.add(Home(name))
        for key in self._caches.fleets.objects:
            self._game(*key)

    def changed(self, plural: str, key: Key, old: Any, new: Any) -> None:
        """A change of one object, None being absent."""
        if trigger := self._by_kind.get(plural):
            trigger(key, old, new)

    def _node(self, key: Key, old: Json | None, new: Json | None) -> None:
        marks = ((new or old or {}).get("metadata") or {}).get("labels") or {}
        self._on_node(key[1], marks)
        if old and new and views.is_ready(old) != views.is_ready(new):
            self._games_on(key[1])  # stranded, or no longer

    def _lease(self, key: Key, old: str | None, new: str | None) -> None:
        """An ordinary renewal is noted, and is no reason for anything where all is well."""
        self._beats.see(key[1], new)
        if old is None or ("", key[1]) in self._caches.records.objects:
            self._by_name(key[1])

    def _server(self, key: Key, old: Located | None, new: Located | None) -> None:
        for each in (old, new):
            if each and each.node:
                self._by_name(each.node)
            if each and each.fleet:
                self._game(key[0], each.fleet)

    def _pod(self, _: Key, old: str | None, new: str | None) -> None:
        for node in {old or "", new or ""} - {""}:
            if is_ours(node):
                self._by_name(node)

    def _record(self, key: Key, old: Json | None, new: Json | None) -> None:
        """Also the Fleets of what plays where it drains: each is lent a server for its moves, until they are over."""
        self._queue.add(Home(key[1]))
        for node in {node for each in (old, new) if each for node in fleets.drained_for(each)}:
            self._games_on(node)

    def _games_on(self, node: str) -> None:
        for each in self._caches.servers_on(node):
            self._game(each.server.namespace, each.fleet)

    def _game(self, namespace: str, fleet: str) -> None:
        self._queue.add(Game(namespace, fleet.removesuffix(overflow.SUFFIX)))

    def _by_name(self, node: str) -> None:
        found = self._caches.nodes.objects.get(("", node)) or {"metadata": {}}
        self._on_node(node, found["metadata"].get("labels") or {})

    def _on_node(self, name: str, marks: dict[str, str]) -> None:
        """A home node as itself; a temporary one as the node that it stands in for."""
        if is_home(name, marks) or ("", name) in self._caches.records.objects:
            self._queue.add(Home(name))
        elif is_ours(name):
            for record, attempt in self._caches.attempts():
                if attempt.vm_name == name:
                    self._queue.add(Home(record))

    def _with_attempts(self) -> None:
        for record, _ in self._caches.attempts():
            self._queue.add(Home(record))
