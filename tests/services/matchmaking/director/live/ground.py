"""A director between an embedded core, a store in memory, and a real API server with Agones."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from uuid import uuid4

from msgspec.structs import replace

from kubeclient import configuration
from kubeclient.client import Client
from kubeclient.clock import SystemClock
from kubeclient.connection import Connection
from matchmaking import ticket_record, wire_form
from matchmaking.announcement import CHANNEL
from matchmaking.announcement import decode as announced
from matchmaking.director.addresses import Routes
from matchmaking.director.decide import Patience
from matchmaking.director.director import Director, Parts
from matchmaking.director.ledger import Ledger
from matchmaking.director.observer import Observer
from matchmaking.director.performer import Performer
from matchmaking.director.shares import Shares
from matchmaking.director.watched import Watched
from matchmaking.embedded.intervals import Intervals
from matchmaking.embedded.local import Local
from matchmaking.openmatch.backend_pb2 import FunctionConfig
from matchmaking.openmatch.frontend_pb2 import CreateTicketRequest
from matchmaking.openmatch.messages_pb2 import Match, MatchProfile, Ticket
from matchmaking.settings import Endpoint, Mode, Settings, Site, Tokens
from matchmaking.store.memory import MemoryStore
from matchmaking.ticket_record import Player, TicketRecord, player_key
from matchmaking.wire.matchmaking_pb2 import Roster, Seat, Team
from tests.doubles.agones.world import World
from tests.services.matchmaking.openmatch import scripted
from tests.services.matchmaking.openmatch.ground import Ground as Core
from tests.services.matchmaking.openmatch.ground import clients

GAME = "lobby"
SITE = "desk"
INTERVALS = Intervals(registration=0.1, collection=1.0, pending_release=8.0)
SWEEP_SECONDS = 1.0
PATIENCE = Patience(abandon=4.0, attempt=2.0, forget=1.0, advertise=2.0)


def mode(namespace: str, connect: float = 60.0) -> Mode:
    return Mode(
        game=GAME,
        name="duel",
        namespace=namespace,
        port="game",
        teams=2,
        players_per_team=1,
        min_players=2,
        connect_window_seconds=connect,
    )


@dataclass
class Ground:
    """The match function hands out `matches`, each once; or, if it is `pairing`, any two tickets that wait."""

    world: World
    mode: Mode
    core: Core
    store: MemoryStore
    client: Client
    matches: list[Match] = field(default_factory=list)
    pairing: bool = False
    heard: list[str] = field(default_factory=list)
    """Announcements, as `<what> <ticket>`."""

    @property
    def ledger(self) -> Ledger:
        return Ledger(self.store, SystemClock())

    def director(self) -> "asyncio.Task[None]":
        """One more, which runs until it is cancelled."""
        settings = Settings(
            cluster="test",
            modes=(self.mode,),
            sites=(Site(name=SITE, kind="home"),),
            endpoints={"machine-2": Endpoint(ipv4="203.0.113.2", ipv6="2001:db8::2")},
            tokens=Tokens(issuer="https://play.example"),
        )
        performer = Performer(settings, self.ledger, self.client, self.core.backend, self.core.frontend)
        watched = Watched(self.client, SystemClock(), {self.mode.namespace})
        observer = Observer(
            self.client, performer.ledger, performer.memory, lambda: Routes(settings.endpoints, {}), watched
        )
        function = FunctionConfig()
        shares = Shares(self.store, SystemClock(), uuid4().hex)
        parts = Parts(SystemClock(), performer, observer, watched, PATIENCE, function, shares, SWEEP_SECONDS)
        return asyncio.create_task(Director(parts).run())

    async def ticket(self, *players: str) -> tuple[TicketRecord, Ticket]:
        """As the frontend makes one."""
        now = self.ledger.now()
        record = TicketRecord(
            id=uuid4().hex,
            open_match="",
            mode=self.mode.id,
            players=tuple(Player(id=each) for each in players),
            created_at=now,
            waiting_since=now,
        )
        made = await self.core.frontend.CreateTicket(CreateTicketRequest(ticket=wire_form.ticket(record)))
        record = replace(record, open_match=made.id)
        for player in players:
            await self.store.put(player_key(player), record.id.encode())
        await self.store.put(ticket_record.key(record.id), record.encoded())
        return record, made

    def propose(self, *tickets: Ticket) -> str:
        """A match of one-player tickets, one a team; its id."""
        teams = [Team(seats=[Seat(player=wire_form.party(each).players[0].id, ticket=each.id)]) for each in tickets]
        roster = wire_form.packed_roster(Roster(teams=teams, sites=[SITE]))
        made = Match(match_id=uuid4().hex, tickets=tickets, extensions={wire_form.ROSTER: roster})
        self.matches.append(made)
        return made.match_id

    async def read(self, ticket_id: str) -> TicketRecord | None:
        raw = await self.store.get(ticket_record.key(ticket_id))
        return ticket_record.decode(raw) if raw is not None else None

    async def hand_out(self, _: MatchProfile) -> Iterable[Match]:
        if self.pairing:
            waiting = await self.core.tickets()
            for pair in zip(waiting[::2], waiting[1::2], strict=False):
                self.propose(*pair)
        given, self.matches[:] = self.matches[:], []
        return given


@asynccontextmanager
async def ground(world: World, connect: float = 60.0) -> AsyncIterator[Ground]:
    async with AsyncExitStack() as stack:
        script, local = scripted.Script(), Local()
        await stack.enter_async_context(scripted.core(local, script, INTERVALS))
        config = configuration.load(world.control_plane.kubeconfig)
        client = await stack.enter_async_context(Client(Connection(config, agent="director")))
        place = Ground(
            world, mode(world.namespace, connect), clients(script, local.channel), MemoryStore(SystemClock()), client
        )
        script.functions[place.mode.id] = place.hand_out
        news = await stack.enter_async_context(place.store.listen(CHANNEL))
        listening = asyncio.create_task(_listen(news, place.heard))
        stack.callback(listening.cancel)
        yield place


async def _listen(news: AsyncIterator[bytes], heard: list[str]) -> None:
    async for message in news:
        told = announced(message)
        heard += [f"{told.what} {ticket}" for ticket in told.tickets]
