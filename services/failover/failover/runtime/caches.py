"""All that is watched, and what of it stands where."""

import asyncio
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from failover.record import Attempt
from failover.runtime import views
from failover.runtime.views import Located, Set
from kubeclient.client import Client
from kubeclient.clock import Clock
from kubeclient.reflector import Reflector
from kubeclient.resources import (
    CERTIFICATE_SIGNING_REQUESTS,
    CSI_NODES,
    FLEET_AUTOSCALERS,
    FLEETS,
    GAME_SERVER_SETS,
    GAME_SERVERS,
    LEASES,
    NODE_FAILOVERS,
    NODES,
    PODS,
    Json,
    Key,
)

GAME_SERVER_PODS = "agones.dev/role=gameserver"
NODE_LEASES = "kube-node-lease"
STALE_SECONDS = 90.0
"""A watch in order is at most a minute silent; older caches are no ground for a decision."""


def _as_it_is(obj: Json) -> Json:
    return obj


def _fleet_of(obj: Json) -> str:
    return str(obj["spec"].get("fleetName", ""))


class Caches:
    """A reflector a kind; each object as small as its readers need it."""

    def __init__(self, client: Client, clock: Clock) -> None:
        self.nodes: Reflector[Json] = Reflector(client, clock, NODES, _as_it_is)
        self.leases: Reflector[str] = Reflector(client, clock, LEASES, views.lease_beat, namespace=NODE_LEASES)
        self.records: Reflector[Json] = Reflector(client, clock, NODE_FAILOVERS, _as_it_is)
        self.servers: Reflector[Located] = Reflector(client, clock, GAME_SERVERS, views.located)
        self.sets: Reflector[Set] = Reflector(client, clock, GAME_SERVER_SETS, views.server_set)
        self.fleets: Reflector[Json] = Reflector(client, clock, FLEETS, _as_it_is)
        self.autoscalers: Reflector[str] = Reflector(client, clock, FLEET_AUTOSCALERS, _fleet_of)
        self.pods: Reflector[str] = Reflector(client, clock, PODS, views.pod_node, labels=GAME_SERVER_PODS)
        self.requests: Reflector[Json] = Reflector(client, clock, CERTIFICATE_SIGNING_REQUESTS, _as_it_is)
        self.drivers: Reflector[frozenset[str]] = Reflector(client, clock, CSI_NODES, views.csi_drivers)
        self.deleted: set[str] = set()
        """uids of servers that this replica has deleted, and the watch has not told of yet."""

        self._by_node = _Index(lambda each: each.node)
        self._by_fleet = _Index(lambda each: (each.server.namespace, each.fleet))
        self._by_set = _Index(lambda each: (each.server.namespace, each.set))
        for index in (self._by_node, self._by_fleet, self._by_set):
            self.servers.on_change(index.see)
        self.servers.on_change(self._told)

    @property
    def all(self) -> Mapping[str, Reflector[Any]]:
        """By the plural of their kind."""
        return {each.resource.plural: each for each in vars(self).values() if isinstance(each, Reflector)}

    async def run(self) -> None:
        """Keep all of them up; never returns."""
        async with asyncio.TaskGroup() as group:
            for reflector in self.all.values():
                group.create_task(reflector.run())

    async def synced(self) -> None:
        """Wait until each has been whole for the first time."""
        for reflector in self.all.values():
            await reflector.synced.wait()

    def stale(self) -> list[str]:
        """Kinds that have not been heard of for too long."""
        return [name for name, each in self.all.items() if each.staleness() > STALE_SECONDS]

    def on_change(self, handler: Callable[[str, Key, Any, Any], None]) -> None:
        """Call `handler` with (plural, key, old, new) for every change."""
        for name, reflector in self.all.items():
            reflector.on_change(lambda key, old, new, name=name: handler(name, key, old, new))  # type: ignore[misc]

    def attempts(self) -> Iterator[tuple[str, Attempt]]:
        """All on record, each after the name of its NodeFailover."""
        for (_, name), obj in self.records.objects.items():
            for attempt in views.record(obj).status.attempts:
                yield name, attempt

    def servers_on(self, node: str) -> list[Located]:
        return self._as_left(self._by_node.of(node))

    def servers_of(self, namespace: str, fleet: str) -> list[Located]:
        """Of a Fleet, wherever they stand."""
        return self._as_left(self._by_fleet.of((namespace, fleet)))

    def members_of(self, namespace: str, server_set: str) -> list[Located]:
        """Of a GameServerSet, wherever they stand."""
        return self._as_left(self._by_set.of((namespace, server_set)))

    def _as_left(self, found: Iterable[Located]) -> list[Located]:
        """As this replica left it: a drain that counted on a server it has just deleted would delete one too many."""
        return [_deleted(each) if each.server.uid in self.deleted else each for each in found]

    def _told(self, _: Key, old: Located | None, new: Located | None) -> None:
        if old and (new is None or new.server.deleting):
            self.deleted.discard(old.server.uid)


def _deleted(each: Located) -> Located:
    return replace(each, server=replace(each.server, deleting=True))


class _Index:
    """Servers by a word of theirs: a look at one Fleet or node is to cost nothing of the others."""

    def __init__(self, word: Callable[[Located], Hashable]) -> None:
        self._word = word
        self._found: dict[Hashable, dict[Key, Located]] = {}

    def of(self, word: Hashable) -> Iterable[Located]:
        return self._found.get(word, {}).values()

    def see(self, key: Key, old: Located | None, new: Located | None) -> None:
        if old:
            word = self._word(old)
            self._found[word].pop(key)
            if not self._found[word]:
                del self._found[word]
        if new:
            self._found.setdefault(self._word(new), {})[key] = new
