"""GameServers that carry a match, as watches tell of them: soon, and for nothing, but not at once."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable
from typing import Never

from kubeclient.client import Client
from kubeclient.clock import Clock
from kubeclient.queue import QueueClosedError
from kubeclient.reflector import Reflector
from kubeclient.resources import GAME_SERVERS, Json, Key
from matchmaking.words import GAME, MATCH, MODE


class Watched:
    """`run` never returns; cancel it."""

    def __init__(self, client: Client, clock: Clock, namespaces: Collection[str]) -> None:
        self._handlers: list[Callable[[str], None]] = []
        self._by_match: defaultdict[str, dict[Key, Json]] = defaultdict(dict)
        self._reflectors: list[Reflector[Json]] = [
            Reflector(client, clock, GAME_SERVERS, _as_it_is, namespace=each, labels=MATCH)
            for each in sorted(namespaces)
        ]
        for reflector in self._reflectors:
            reflector.on_change(self._see)

    def on_change(self, handler: Callable[[str], None]) -> None:
        """Call `handler` with the id of a match, one of whose servers has changed, come or gone."""
        self._handlers.append(handler)

    async def run(self) -> Never:
        async with asyncio.TaskGroup() as group:
            for reflector in self._reflectors:
                group.create_task(reflector.run())
        raise QueueClosedError

    def missing(self) -> str:
        """What is not known yet; empty when all is."""
        return "" if all(each.synced.is_set() for each in self._reflectors) else "the servers with a match"

    def of(self, match_id: str) -> list[Json]:
        return list(self._by_match[match_id].values()) if match_id in self._by_match else []

    def everyone(self) -> list[Json]:
        return [obj for reflector in self._reflectors for obj in reflector.objects.values()]

    def look_at(self, node: str) -> None:
        """Something has become of that node, and so of the matches there."""
        for obj in self.everyone():
            if (obj.get("status") or {}).get("nodeName") == node:
                self._tell({match_of(obj)})

    def playing(self) -> Counter[str]:
        """Servers by the mode of their match."""
        return Counter(
            f"{labels.get(GAME, '')}/{labels.get(MODE, '')}"
            for labels in (obj["metadata"]["labels"] for obj in self.everyone())
        )

    def _see(self, key: Key, old: Json | None, new: Json | None) -> None:
        if old:
            self._forget(match_of(old), key)
        if new:
            self._by_match[match_of(new)][key] = new
        self._tell({match_of(obj) for obj in (old, new) if obj})

    def _tell(self, matches: Iterable[str]) -> None:
        for match_id in matches:
            for handler in self._handlers:
                handler(match_id)

    def _forget(self, match_id: str, key: Key) -> None:
        self._by_match[match_id].pop(key, None)
        if not self._by_match[match_id]:
            del self._by_match[match_id]


def match_of(obj: Json) -> str:
    """Of a GameServer that has one."""
    return str(obj["metadata"]["labels"][MATCH])


def _as_it_is(obj: Json) -> Json:
    return obj
