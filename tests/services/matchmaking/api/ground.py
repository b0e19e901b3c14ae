"""The players' API on a real port, with an embedded core and a store in memory behind it."""

import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from limits.aio.storage import MemoryStorage
from msgspec.structs import replace

from kubeclient.clock import SystemClock
from matchmaking import place as places
from matchmaking import ticket_record
from matchmaking.announcement import CHANNEL, Announcement
from matchmaking.api.app import create_app
from matchmaking.api.desk import Desk
from matchmaking.api.queue import Queue
from matchmaking.api.server import Listen, serve
from matchmaking.api.waiting import Waiters
from matchmaking.embedded.local import Local
from matchmaking.identity.authenticator import Authenticator
from matchmaking.identity.guests import Guests
from matchmaking.openmatch.frontend_pb2_grpc import FrontendServiceStub
from matchmaking.openmatch.messages_pb2 import Pool
from matchmaking.openmatch.query_pb2 import QueryTicketIdsRequest
from matchmaking.openmatch.query_pb2_grpc import QueryServiceStub
from matchmaking.place import Place
from matchmaking.settings import Limits, Mode, Settings, Site, Tokens
from matchmaking.store.memory import MemoryStore
from matchmaking.ticket_record import TicketState
from matchmaking.tokens.mint import Minter
from tests.services.matchmaking.openmatch import scripted
from tests.services.matchmaking.tokens.forge import ed25519_pem, keys_in

ISSUER = "https://play.example"
DUEL = Mode(
    game="arena", name="duel", namespace="games-lantern", port="game", teams=2, players_per_team=2, min_players=4
)


class CountingStore(MemoryStore):
    """Counts the calls that a Valkey would be asked."""

    def __init__(self) -> None:
        super().__init__(SystemClock())
        self.calls: Counter[str] = Counter()

    async def get(self, key: str) -> bytes | None:
        self.calls["get"] += 1
        return await super().get(key)

    async def keep(self, key: str, seconds: float) -> bool:
        self.calls["keep"] += 1
        return await super().keep(key, seconds)


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: Any


@dataclass
class Player:
    """A client with a guest's identity."""

    http: aiohttp.ClientSession
    id: str = ""
    token: str = ""

    async def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        sent = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        if body is not None and not isinstance(body, bytes):
            body, headers = json.dumps(body).encode(), {"Content-Type": "application/json"} | headers
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        async with self.http.request(method, path, data=body, headers=sent) as answer:
            raw = await answer.read()
            kind = answer.headers.get("Content-Type", "")
            known = {name.lower(): value for name, value in answer.headers.items()}
            return Answer(answer.status, known, json.loads(raw) if "json" in kind and raw else raw)


@dataclass
class Ground:
    desk: Desk
    store: CountingStore
    query: Any
    port: int
    http: aiohttp.ClientSession
    players: list[Player] = field(default_factory=list)

    async def player(self) -> Player:
        nobody = Player(self.http)
        made = (await nobody.ask("POST", "/v1/guests")).body
        return Player(self.http, made["player"], made["token"])

    async def waiting(self) -> set[str]:
        """Ids of the tickets in Open Match."""
        return {
            each async for page in self.query.QueryTicketIds(QueryTicketIdsRequest(pool=Pool())) for each in page.ids
        }

    async def assign(self, ticket_id: str) -> None:
        """As the director does."""
        raw = await self.store.get(ticket_record.key(ticket_id))
        assert raw is not None
        record = ticket_record.decode(raw)
        now = SystemClock().now().timestamp()
        for seat, player in enumerate(record.players):
            place = Place(
                match="m-1",
                mode=record.mode,
                ticket=record.id,
                namespace=DUEL.namespace,
                server="arena-x",
                nonce="0" * 32,
                addresses=("203.0.113.1:7000", "[2001:db8::1]:7000"),
                team=0,
                seat=seat,
                join_by=now + 90,
                ends_at=now + 3600,
            )
            await self.store.put(places.key("m-1", player.id), place.encoded())
        done = replace(record, state=TicketState.ASSIGNED, match="m-1")
        await self.store.put(ticket_record.key(ticket_id), done.encoded())
        await self.store.publish(CHANNEL, Announcement(tickets=(ticket_id,), what="assigned").encoded())


@asynccontextmanager
async def ground(
    folder: Path, *, guests: bool = True, cluster: str = "test", relays: tuple[str, ...] = (), **limits: Any
) -> AsyncIterator[Ground]:
    settings = Settings(
        cluster=cluster,
        relays=relays,
        modes=(DUEL,),
        sites=(Site(name="attic", kind="home"),),
        tokens=Tokens(issuer=ISSUER),
        limits=Limits(**({"per_address": "100000/minute", "per_player": "100000/minute"} | limits)),
    )
    clock, store = SystemClock(), CountingStore()
    keys = keys_in(folder, only=ed25519_pem())
    async with AsyncExitStack() as stack:
        local = Local()
        await stack.enter_async_context(scripted.core(local, scripted.Script()))
        known = Guests(ISSUER, keys, clock) if guests else None
        desk = Desk(
            settings=settings,
            store=store,
            queue=Queue(store, FrontendServiceStub(local.channel), settings.limits, clock),
            waiters=Waiters(store, clock),
            authenticator=Authenticator(known),
            minter=Minter(ISSUER, keys, clock),
            keys=keys,
            clock=clock,
            guests=known,
        )
        port = await stack.enter_async_context(serve(create_app(desk, MemoryStorage()), Listen("127.0.0.1")))
        connector = aiohttp.TCPConnector(limit=0)
        http = await stack.enter_async_context(aiohttp.ClientSession(f"http://127.0.0.1:{port}", connector=connector))
        yield Ground(desk, store, QueryServiceStub(local.channel), port, http)
