"""What the failover operator has on record of nodes: which may be dead, and where players reach those that stand in."""

from collections.abc import Callable, Mapping
from typing import Never

from kubeclient.client import Client
from kubeclient.clock import Clock
from kubeclient.reflector import Reflector
from kubeclient.resources import NODE_FAILOVERS, Json, Key
from matchmaking.director.addresses import Routes, of_failovers, suspects
from matchmaking.settings import Endpoint


class Failovers:
    """`run` never returns; cancel it. Without it nothing is on record."""

    def __init__(self, client: Client, clock: Clock, endpoints: Mapping[str, Endpoint]) -> None:
        self._endpoints = endpoints
        self._records: Reflector[Json] = Reflector(client, clock, NODE_FAILOVERS, lambda record: record)
        self._handlers: list[Callable[[str], None]] = []
        self._records.on_change(self._see)

    async def run(self) -> Never:
        await self._records.run()

    def missing(self) -> str:
        """What is not known yet; empty when all is."""
        return "" if self._records.synced.is_set() else "NodeFailovers"

    def on_suspicion(self, handler: Callable[[str], None]) -> None:
        """Call `handler` with the name of a node that falls under suspicion, or is cleared of it."""
        self._handlers.append(handler)

    def routes(self) -> Routes:
        records = self._records.objects
        doubted = frozenset[str]().union(*map(suspects, records.values()))
        return Routes(self._endpoints, of_failovers(records.values()), doubted)

    def _see(self, _: Key, old: Json | None, new: Json | None) -> None:
        for node in suspects(old) ^ suspects(new):
            for handler in self._handlers:
                handler(node)
