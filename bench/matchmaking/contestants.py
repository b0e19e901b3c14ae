"""Who is measured: our pipeline, and directors that assign a constant address, all on the same embedded core."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Protocol

from msgspec.structs import replace

from bench.matchmaking.stand_in import GAME, MODE, NAMESPACE, PORT
from kubeclient.client import Client
from kubeclient.clock import SystemClock
from kubeclient.configuration import Configuration
from kubeclient.connection import Connection
from matchmaking import process, wire_form
from matchmaking.api.queue import Queue
from matchmaking.api.waiting import Waiters
from matchmaking.director.allocation import GAME_SERVER_ALLOCATIONS
from matchmaking.director.director import PAUSE_SECONDS, profile
from matchmaking.matching import server as matching_server
from matchmaking.matching.server import Matching
from matchmaking.metrics import Metrics
from matchmaking.openmatch.backend_pb2 import (
    AssignmentGroup,
    AssignTicketsRequest,
    FetchMatchesRequest,
    FunctionConfig,
)
from matchmaking.openmatch.backend_pb2_grpc import BackendServiceStub
from matchmaking.openmatch.frontend_pb2 import CreateTicketRequest
from matchmaking.openmatch.frontend_pb2_grpc import FrontendServiceStub
from matchmaking.openmatch.messages_pb2 import Assignment, Match
from matchmaking.openmatch.query_pb2_grpc import QueryServiceStub
from matchmaking.process import Core, Process
from matchmaking.role import ALL
from matchmaking.settings import Limits, Mode, Settings, Site, Skill, Tokens
from matchmaking.store import Store
from matchmaking.ticket_record import Player, TicketRecord, TicketState
from matchmaking.words import GAME as GAME_LABEL
from matchmaking.words import SITE
from tests.services.matchmaking.openmatch import served
from tests.services.matchmaking.openmatch.served import Channels

DUEL = Mode(game=GAME, name=MODE, namespace=NAMESPACE, port=PORT, teams=2, players_per_team=1, min_players=2)
CHOOSY = Mode(
    game=GAME,
    name="choosy",
    namespace=NAMESPACE,
    port=PORT,
    teams=2,
    players_per_team=1,
    min_players=2,
    skill=Skill(window=0.001),
)
"""Players of whom no two are of one skill never meet."""

CONNECTIONS = {"ours": 32, "constant": 1, "remote": 1, "allocating": 100}
"""To the API server: ours has what `python -m matchmaking` gives it, the other as many as Agones takes in a batch."""


class Unmatched(Exception):  # noqa: N818 - what became of a ticket
    """It ended without a match."""


class Contestant(Protocol):
    calls: Counter[str]
    """Of the Kubernetes API that were answered, by verb."""

    async def enter(self, player: str, skill: float = 0.0) -> TicketRecord:
        """A ticket."""

    async def play(self, player: str) -> None:
        """From no ticket to its assignment. Raises Unmatched and grpc.aio.AioRpcError."""


class Ours:
    """All of `process.running` but the players' HTTP: Queue and Waiters are called as its routes call them."""

    def __init__(self, taken: Process, core: Core, store: Store, mode: Mode, calls: Counter[str]) -> None:
        self.queue = Queue(store, FrontendServiceStub(core.frontend), taken.settings.limits, taken.clock)
        self._waiters, self._mode, self.calls = Waiters(store, taken.clock), mode, calls
        self.run = self._waiters.run

    async def enter(self, player: str, skill: float = 0.0) -> TicketRecord:
        return await self.queue.create(self._mode, [Player(id=player, skill=skill)])

    async def play(self, player: str) -> None:
        record = await self.enter(player)
        with self._waiters.waiting(record.id) as told:
            while (found := await self.queue.find(record.id)) and found.state is TicketState.WAITING:
                await told.wait()
                told.clear()
        if not found or found.state is not TicketState.ASSIGNED:
            raise Unmatched(record.id)


class Constant:
    """As in Open Match's tutorial, at its best: all of a fetch is assigned in one call, the next fetch comes at once.

    With a `client` it allocates a server a match as well, all at a time. It keeps no record. Players are told within
    the process once AssignTickets is answered.
    """

    def __init__(self, core: Core, mode: Mode, client: Client | None, calls: Counter[str]) -> None:
        self._frontend, self._backend = FrontendServiceStub(core.frontend), BackendServiceStub(core.backend)
        self._request = FetchMatchesRequest(config=core.function, profile=profile(mode))
        self._mode, self._client, self.calls = mode, client, calls
        self._told: dict[str, asyncio.Future[None]] = {}
        self._running: set[asyncio.Task[None]] = set()
        self._working = False

    async def enter(self, player: str, skill: float = 0.0) -> TicketRecord:
        """The match function wants the same of a ticket as it has of ours."""
        now = SystemClock().now().timestamp()
        record = TicketRecord(
            id=player,
            open_match="",
            mode=self._mode.id,
            players=(Player(id=player, skill=skill),),
            created_at=now,
            waiting_since=now,
        )
        made = await self._frontend.CreateTicket(CreateTicketRequest(ticket=wire_form.ticket(record)))
        return replace(record, open_match=made.id)

    async def play(self, player: str) -> None:
        record = await self.enter(player)
        await self._future(record.open_match)
        del self._told[record.open_match]

    async def run(self) -> None:
        self._working = True
        try:
            await self._direct()
        finally:
            self._working = False

    async def _direct(self) -> None:
        while True:
            found = [answer.match async for answer in self._backend.FetchMatches(self._request)]
            if not found:
                await asyncio.sleep(PAUSE_SECONDS)
            elif self._client is None:
                await self._assign(*found)
            else:
                for match in found:
                    task = asyncio.create_task(self._allocate(self._client, match))
                    self._running.add(task)
                    task.add_done_callback(self._ended)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._running.discard(task)
        if not task.cancelled() and self._working:
            task.result()

    async def _allocate(self, client: Client, match: Match) -> None:
        answer = await client.create(GAME_SERVER_ALLOCATIONS, ALLOCATION)
        assert answer["status"]["state"] == "Allocated"
        await self._assign(match)

    async def _assign(self, *matches: Match) -> None:
        tickets = [ticket.id for match in matches for ticket in match.tickets]
        group = AssignmentGroup(ticket_ids=tickets, assignment=Assignment(connection="203.0.113.1:7777"))
        await self._backend.AssignTickets(AssignTicketsRequest(assignments=[group]))
        for each in tickets:
            self._future(each).set_result(None)

    def _future(self, ticket: str) -> asyncio.Future[None]:
        return self._told.setdefault(ticket, asyncio.get_running_loop().create_future())


ALLOCATION = {
    "apiVersion": GAME_SERVER_ALLOCATIONS.api_version,
    "kind": GAME_SERVER_ALLOCATIONS.kind,
    "metadata": {"namespace": NAMESPACE},
    "spec": {"selectors": [{"matchLabels": {GAME_LABEL: GAME, SITE: "desk"}}], "scheduling": "Packed"},
}


def settings() -> Settings:
    """A ticket is kept as if its player asked for it all the time."""
    return Settings(
        cluster="bench",
        modes=(DUEL, CHOOSY),
        sites=(Site(name="desk", kind="home"),),
        tokens=Tokens(issuer="https://play.example", keys=""),
        limits=Limits(silence_seconds=600.0, ticket_seconds=3600.0),
    )


@asynccontextmanager
async def _over_grpc(taken: Process) -> AsyncIterator[Core]:
    """The same core, functions and evaluator, in the same process, each called through a port as Open Match is."""
    async with AsyncExitStack() as stack:
        channels = Channels()
        stack.push_async_callback(channels.close)
        functions, port = served.free_port(), served.free_port()
        channel = channels.to(f"127.0.0.1:{port}")
        matching = Matching(taken.settings, QueryServiceStub(channel), taken.clock)
        await stack.enter_async_context(matching_server.serve(f"127.0.0.1:{functions}", matching))
        serving = served.serve(f"127.0.0.1:{port}", evaluator=f"127.0.0.1:{functions}", clock=taken.clock)
        await stack.enter_async_context(serving)
        yield Core(channel, channel, channel, FunctionConfig(host="127.0.0.1", port=functions))


@asynccontextmanager
async def contestant(name: str, url: str, mode: Mode) -> AsyncIterator[Contestant]:
    """It works within the block."""
    taken, calls = Process(settings(), SystemClock(), Metrics(), ALL), Counter[str]()
    connection = Connection(Configuration(url), agent="bench", connections=CONNECTIONS[name])
    observed = Client(connection, observe=lambda call: calls.update([call.verb]))
    async with observed as client, AsyncExitStack() as stack:
        core = await stack.enter_async_context(_over_grpc(taken) if name == "remote" else process._core(taken))
        one: Ours | Constant
        if name == "ours":
            store = await stack.enter_async_context(process._store(taken))
            process._direct(taken, store, core, client)
            one = Ours(taken, core, store, mode, calls)
        else:
            one = Constant(core, mode, client if name == "allocating" else None, calls)
        group = await stack.enter_async_context(asyncio.TaskGroup())
        for run in (*taken.work, one.run):
            stack.callback(group.create_task(run()).cancel)
        while taken.missing():
            await asyncio.sleep(0.05)
        yield one
