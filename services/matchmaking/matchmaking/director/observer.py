"""What a decision is made on, read from the store and from a quorum of the API server."""

from collections.abc import Callable, Sequence
from datetime import datetime

from kubeclient import timestamp
from kubeclient.client import Client
from kubeclient.resources import GAME_SERVERS, Json
from matchmaking.director import addresses
from matchmaking.director.addresses import NoAddressError, Routes
from matchmaking.director.ledger import Ledger
from matchmaking.director.observed import Observed, Server
from matchmaking.director.performer import Memory
from matchmaking.director.record import MatchRecord
from matchmaking.director.watched import Watched
from matchmaking.settings import Mode
from matchmaking.words import CLOSED, CLOSED_BY_GAME, EXPIRES, JOINED, MATCH, NONCE, SITE, SUSPECT

UNHEALTHY = ("Unhealthy", "Error")


class Observer:
    """`routes` is what is known of nodes now."""

    def __init__(
        self, client: Client, ledger: Ledger, memory: Memory, routes: Callable[[], Routes], watched: Watched
    ) -> None:
        self._client, self.ledger, self._memory, self._watched = client, ledger, memory, watched
        self.routes = routes

    def watched(self, record: MatchRecord, mode: Mode) -> tuple[Server, ...]:
        """Those that carry the match, as far as is heard."""
        return self._read(self._watched.of(record.id), mode)

    async def listed(self, record: MatchRecord, mode: Mode) -> tuple[Server, ...]:
        """Those that carry the match, by a quorum. Raises ApiError."""
        listing = await self._client.list(GAME_SERVERS, record.namespace, labels=f"{MATCH}={record.id}")
        return self._read(listing.items, mode)

    def _read(self, found: Sequence[Json], mode: Mode) -> tuple[Server, ...]:
        routes = self.routes()  # once: it looks through all NodeFailovers
        return tuple(server(each, mode.port, routes) for each in found)

    async def observe(self, record: MatchRecord, servers: tuple[Server, ...]) -> Observed:
        """Raises StoreError."""
        tickets = await self.ledger.tickets(record)
        others = {each.match for each in tickets.values() if each and each.match not in ("", record.id)}
        return Observed(
            servers=servers,
            tickets=tickets,
            void=await self.ledger.void(others) if others else frozenset(),
            unsent=record.nonce in self._memory.unsent,
            refused=record.nonce in self._memory.refused,
        )


def server(obj: Json, port: str, routes: Routes) -> Server:
    """A GameServer as the decision sees it. One whose deadline can't be read has none yet: it is left alone."""
    metadata, status = obj["metadata"], obj.get("status") or {}
    labels, notes = metadata.get("labels") or {}, metadata.get("annotations") or {}
    try:
        reached = addresses.of_server(obj, port, routes)
    except NoAddressError:
        reached = ()
    return Server(
        namespace=metadata["namespace"],
        name=metadata["name"],
        uid=metadata["uid"],
        version=metadata["resourceVersion"],
        nonce=notes.get(NONCE, ""),
        joined=labels.get(JOINED) == "true",
        closed="true" in (notes.get(CLOSED), notes.get(CLOSED_BY_GAME)),
        site=labels.get(SITE, ""),
        deleting="deletionTimestamp" in metadata or status.get("state") == "Shutdown",
        suspect=SUSPECT in labels or status.get("state") in UNHEALTHY or status.get("nodeName") in routes.suspects,
        addresses=reached,
        expires_at=_seconds(notes.get(EXPIRES, "")),
    )


def _seconds(text: str) -> float:
    try:
        moment: datetime = timestamp.parse(text)
    except ValueError:
        return float("inf")
    return moment.timestamp()
