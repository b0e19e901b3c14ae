"""One process that does all of it: embedded mode, or one replica beside an Open Match core and a Valkey."""

import asyncio
import socket
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import grpc
from limits.storage import storage_from_string

from kubeclient.client import Client
from kubeclient.clock import Clock
from kubeclient.reflector import Reflector
from kubeclient.resources import NODE_FAILOVERS, Json
from matchmaking.api.app import create_app
from matchmaking.api.desk import Desk
from matchmaking.api.queue import Queue
from matchmaking.api.server import serve
from matchmaking.api.waiting import Waiters
from matchmaking.director.addresses import Routes, of_failovers
from matchmaking.director.decide import Patience
from matchmaking.director.director import Director, Parts
from matchmaking.director.ledger import Ledger
from matchmaking.director.observer import Observer
from matchmaking.director.performer import Performer
from matchmaking.director.shares import Shares
from matchmaking.embedded import core as embedded_core
from matchmaking.embedded.core import options
from matchmaking.embedded.intervals import Intervals
from matchmaking.identity.authenticator import Authenticator
from matchmaking.identity.guests import Guests
from matchmaking.labeller import Labeller
from matchmaking.matching import server as matching_server
from matchmaking.matching.server import Matching
from matchmaking.openmatch.backend_pb2 import FunctionConfig
from matchmaking.openmatch.backend_pb2_grpc import BackendServiceStub
from matchmaking.openmatch.frontend_pb2_grpc import FrontendServiceStub
from matchmaking.openmatch.query_pb2_grpc import QueryServiceStub
from matchmaking.settings import Settings
from matchmaking.store import Store
from matchmaking.store.memory import MemoryStore
from matchmaking.store.valkey import connect
from matchmaking.tokens.keys import Keys
from matchmaking.tokens.mint import Minter


@dataclass(frozen=True)
class Core:
    """Channels to an Open Match core, and where it finds our match functions."""

    frontend: grpc.aio.Channel
    backend: grpc.aio.Channel
    query: grpc.aio.Channel
    function: FunctionConfig


@asynccontextmanager
async def running(settings: Settings, client: Client, clock: Clock, host: str, port: int) -> AsyncIterator[int]:
    """The port of the players' API, while all of it works. What ends before the block does is raised there.

    Raises SettingsError, KeysError, StoreError and OSError for what can't be begun.
    """
    async with AsyncExitStack() as stack:
        keys = Keys(Path(settings.tokens.keys))
        store = await stack.enter_async_context(_store(settings, clock))
        core = await stack.enter_async_context(_core(settings, clock))
        desk = _desk(settings, store, core, keys, clock)
        storage = storage_from_string(f"async+{settings.store}" if settings.store else "async+memory://")
        failovers: Reflector[Json] = Reflector(client, clock, NODE_FAILOVERS, _as_it_is)
        director = _director(settings, Ledger(store, clock), core, client, clock=clock, failovers=failovers)
        labeller = Labeller(client, clock, {mode.namespace for mode in settings.modes})
        group = await stack.enter_async_context(asyncio.TaskGroup())
        work = [group.create_task(each.run()) for each in (failovers, director, labeller)]
        for task in work:
            stack.callback(task.cancel)
        yield await stack.enter_async_context(serve(create_app(desk, storage), host, port))  # type: ignore[arg-type]


@asynccontextmanager
async def _store(settings: Settings, clock: Clock) -> AsyncIterator[Store]:
    if not settings.store:
        yield MemoryStore(clock)
        return
    async with connect(settings.store) as store:
        yield store


@asynccontextmanager
async def _core(settings: Settings, clock: Clock) -> AsyncIterator[Core]:
    """The one that the settings name, or an embedded one, which is reached by a socket that only we can open."""
    async with AsyncExitStack() as stack:
        named = settings.open_match
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="matchmaking-"))
        own = f"unix:{folder}/core"
        addresses = (named.frontend, named.backend, named.query) if named else (own,) * 3
        frontend, backend, query = [
            await stack.enter_async_context(grpc.aio.insecure_channel(each, options=options())) for each in addresses
        ]
        at = f"[::]:{named.function_port}" if named else "127.0.0.1:0"
        matching = Matching(settings, QueryServiceStub(query), clock)
        port = await stack.enter_async_context(matching_server.serve(at, matching))
        if not named:
            await stack.enter_async_context(embedded_core.serve(own, evaluator=f"127.0.0.1:{port}", clock=clock))
        function = FunctionConfig(host=named.function_host if named else "127.0.0.1", port=port)
        yield Core(frontend, backend, query, function)


def _desk(settings: Settings, store: Store, core: Core, keys: Keys, clock: Clock) -> Desk:
    issuer = settings.tokens.issuer
    guests = Guests(issuer, keys, clock) if settings.players.guests else None
    return Desk(
        settings=settings,
        store=store,
        queue=Queue(store, FrontendServiceStub(core.frontend), settings.limits, clock),
        waiters=Waiters(store, clock),
        authenticator=Authenticator(guests),
        minter=Minter(issuer, keys, clock),
        keys=keys,
        clock=clock,
        guests=guests,
    )


def _director(
    settings: Settings, ledger: Ledger, core: Core, client: Client, *, clock: Clock, failovers: Reflector[Json]
) -> Director:
    backend, frontend = BackendServiceStub(core.backend), FrontendServiceStub(core.frontend)
    performer = Performer(settings, ledger, client, backend, frontend)

    def routes() -> Routes:
        return Routes(settings.endpoints, of_failovers(failovers.objects.values()))

    observer = Observer(client, ledger, performer.memory, routes)
    patience = Patience(abandon=Intervals().pending_release / 2)
    shares = Shares(ledger.store, clock, f"{socket.gethostname()}-{uuid4().hex[:8]}")
    return Director(Parts(client, clock, performer, observer, patience, core.function, shares))


def _as_it_is(obj: Json) -> Json:
    return obj
