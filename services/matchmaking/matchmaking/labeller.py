"""Which site a GameServer is at, as a label of it: an allocation can select by the labels of GameServers alone.

The kubelet's topology labels reach a server's pod, not the GameServer, and no server says by itself where it is. Its
node does, as soon as Agones has told the node's name.
"""

import asyncio
import logging
from collections.abc import Collection, Iterable
from typing import Never

from msgspec import Struct

from kubeclient.client import Client
from kubeclient.clock import Clock
from kubeclient.error import ApiError
from kubeclient.queue import QueueClosedError, WorkQueue
from kubeclient.reflector import Reflector
from kubeclient.resources import GAME_SERVERS, NODES, Json, Key
from matchmaking.words import SITE

WORKERS = 4
UNLABELLED = f"!{SITE}"
"""Selector. A server leaves the watch with the label that it gets, so that only those with work to do are kept."""

log = logging.getLogger(__name__)


class Unlabelled(Struct, frozen=True):
    """A GameServer that no label says the site of."""

    uid: str
    node: str
    """Empty until it is on one."""


class Labeller:
    """`run` never returns; cancel it. Any number of replicas may run: all would write the same."""

    def __init__(self, client: Client, clock: Clock, namespaces: Collection[str]) -> None:
        self._client = client
        self._nodes: Reflector[str] = Reflector(client, clock, NODES, _site)
        self._servers: dict[str, Reflector[Unlabelled]] = {
            each: Reflector(client, clock, GAME_SERVERS, _unlabelled, namespace=each, labels=UNLABELLED)
            for each in sorted(namespaces)
        }
        self._queue: WorkQueue[Key] = WorkQueue(clock)
        self._watched: list[Reflector[str] | Reflector[Unlabelled]] = [self._nodes, *self._servers.values()]
        self._nodes.on_change(lambda key, _, site: self._see_node(key[1], site))
        for reflector in self._servers.values():
            reflector.on_change(lambda key, _, server: self._see(key, server))

    async def run(self) -> Never:
        async with asyncio.TaskGroup() as group:
            for reflector in self._watched:
                group.create_task(reflector.run())
            for _ in range(WORKERS):
                group.create_task(self._queue.work(self._label))
        raise QueueClosedError

    @property
    def waiting(self) -> int:
        """Servers on a node that have no label yet."""
        return sum(1 for _, server in self._all() if server.node)

    def stale(self) -> float:
        """Seconds since the API server last said anything of what is watched; infinite before it first did."""
        return max(each.staleness() for each in self._watched)

    def _all(self) -> Iterable[tuple[Key, Unlabelled]]:
        for reflector in self._servers.values():
            yield from reflector.objects.items()

    def _see(self, key: Key, server: Unlabelled | None) -> None:
        if server and self._site_of(server):
            self._queue.add(key)

    def _see_node(self, name: str, site: str | None) -> None:
        for key, server in self._all() if site else ():
            if server.node == name:
                self._queue.add(key)

    def _site_of(self, server: Unlabelled) -> str:
        return self._nodes.objects.get(("", server.node), "")

    async def _label(self, key: Key) -> None:
        """With the uid as its only precondition: no other field is touched, and nobody else writes this label."""
        namespace, name = key
        server = self._servers[namespace].objects.get(key)
        if server is None or not (site := self._site_of(server)):
            return
        body: Json = {"metadata": {"uid": server.uid, "labels": {SITE: site}}}
        try:
            await self._client.merge_patch(GAME_SERVERS, name, body, namespace)
        except ApiError as error:
            if not (error.missing or error.conflict):
                raise
            log.debug("%s/%s is another or no more: %s", namespace, name, error)


def _site(obj: Json) -> str:
    return str(obj["metadata"].get("labels", {}).get(SITE, ""))


def _unlabelled(obj: Json) -> Unlabelled:
    return Unlabelled(obj["metadata"]["uid"], str(obj.get("status", {}).get("nodeName", "")))
