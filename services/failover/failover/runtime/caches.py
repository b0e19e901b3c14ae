"""All that is watched, and what of it stands where."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from failover.kubernetes.client import Client
from failover.kubernetes.clock import Clock
from failover.kubernetes.reflector import Reflector
from failover.kubernetes.resources import (
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
from failover.runtime import views
from failover.runtime.views import Located, Set

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

        self._by_node: dict[str, dict[Key, Located]] = {}
        self.servers.on_change(self._index)

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

    def servers_on(self, node: str) -> list[Located]:
        return [self._as_left(each) for each in self._by_node.get(node, {}).values()]

    def located(self) -> Iterator[Located]:
        """All servers."""
        return map(self._as_left, self.servers.objects.values())

    def _as_left(self, each: Located) -> Located:
        """As this replica left it: a drain that counted on a server it has just deleted would delete one too many."""
        gone = each.server.uid in self.deleted and not each.server.deleting
        return replace(each, server=replace(each.server, deleting=True)) if gone else each

    def _index(self, key: Key, old: Located | None, new: Located | None) -> None:
        if old and (new is None or new.server.deleting):
            self.deleted.discard(old.server.uid)
        if old and old.node:
            self._by_node.get(old.node, {}).pop(key, None)
        if new and new.node:
            self._by_node.setdefault(new.node, {})[key] = new
