"""One process of matchmaking: all of it in embedded mode, or some roles beside an Open Match core and a Valkey."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import grpc
from limits.storage import storage_from_string

from kubeclient.client import Client
from kubeclient.clock import Clock
from matchmaking import grpc_server
from matchmaking.api.app import create_app
from matchmaking.api.desk import Desk
from matchmaking.api.queue import Queue
from matchmaking.api.server import Listen, serve
from matchmaking.api.waiting import Waiters
from matchmaking.director.census import Census
from matchmaking.director.decide import Patience
from matchmaking.director.director import Director, Parts
from matchmaking.director.failovers import Failovers
from matchmaking.director.ledger import Ledger
from matchmaking.director.observer import Observer
from matchmaking.director.performer import Performer
from matchmaking.director.shares import Shares
from matchmaking.director.tally import Tally
from matchmaking.director.watched import Watched
from matchmaking.embedded import core as embedded_core
from matchmaking.embedded.intervals import Intervals
from matchmaking.embedded.local import Local
from matchmaking.identity.authenticator import Authenticator
from matchmaking.identity.guests import Guests
from matchmaking.identity.oidc import Oidc
from matchmaking.labeller import Labeller
from matchmaking.matching import server as matching_server
from matchmaking.matching.server import Matching
from matchmaking.metrics import Metrics
from matchmaking.openmatch.backend_pb2 import FunctionConfig
from matchmaking.openmatch.backend_pb2_grpc import BackendServiceStub
from matchmaking.openmatch.frontend_pb2_grpc import FrontendServiceStub
from matchmaking.openmatch.query_pb2_grpc import QueryServiceStub
from matchmaking.role import ALL, Role
from matchmaking.settings import OpenMatch, Settings, SettingsError
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


@dataclass
class Process:
    """What runs. `port` is that of the players' API, 0 without one."""

    settings: Settings
    clock: Clock
    metrics: Metrics
    roles: Collection[Role]
    replica: str = ""
    port: int = 0
    work: list[Callable[[], Any]] = field(default_factory=list)
    """Coroutine functions that never return."""

    missing_of: list[Callable[[], str]] = field(default_factory=list)
    refreshed: list[Callable[[], None]] = field(default_factory=list)

    def missing(self) -> str:
        """What is not ready yet; empty when all is."""
        return ", ".join(filter(None, (each() for each in self.missing_of)))

    def refresh(self) -> None:
        """The gauges that are read off when they are asked for."""
        for each in self.refreshed:
            each()


@asynccontextmanager
async def running(
    settings: Settings,
    clock: Clock,
    listen: Listen,
    client: Client | None = None,
    *,
    roles: Collection[Role] = ALL,
    metrics: Metrics | None = None,
    replica: str = "",
) -> AsyncIterator[Process]:
    """All of it works within the block. What ends before the block does is raised there.

    Only a director needs a `client`; `replica` is its name, which no other has at that time. Raises SettingsError,
    KeysError, StoreError and OSError for what can't be begun.
    """
    if not settings.open_match and set(roles) != ALL:
        raise SettingsError("without openMatch all roles are one process: name none")
    process = Process(settings, clock, metrics or Metrics(), roles, replica)
    async with AsyncExitStack() as stack:
        core = await stack.enter_async_context(_core(process))
        store = await stack.enter_async_context(_store(process))
        app = _frontend(process, store, core) if Role.FRONTEND in roles else None
        if Role.DIRECTOR in roles:
            assert client is not None, "a director talks to the Kubernetes API"
            _direct(process, store, core, client)
        group = await stack.enter_async_context(asyncio.TaskGroup())
        for run in process.work:
            stack.callback(group.create_task(run()).cancel)
        if app:
            process.port = await stack.enter_async_context(serve(app, listen))
        yield process


@asynccontextmanager
async def _store(process: Process) -> AsyncIterator[Store]:
    if not process.settings.store or set(process.roles) == {Role.FUNCTIONS}:
        yield MemoryStore(process.clock)
        return
    async with connect(process.settings.store) as store:
        yield store


@asynccontextmanager
async def _core(process: Process) -> AsyncIterator[Core]:
    """The one that the settings name, or an embedded one, which nobody else can reach."""
    if named := process.settings.open_match:
        async with _beside(process, named) as core:
            yield core
        return
    local, settings, clock = Local(), process.settings, process.clock
    matching = Matching(settings, QueryServiceStub(local.channel), clock)
    local.add("openmatch.MatchFunction", matching)
    local.add("openmatch.Evaluator", matching)
    async with embedded_core.running(local, clock, connect=lambda _: local.channel, evaluator=""):
        yield Core(local.channel, local.channel, local.channel, FunctionConfig())


@asynccontextmanager
async def _beside(process: Process, named: OpenMatch) -> AsyncIterator[Core]:
    """An Open Match, which calls our match functions if this process has any."""
    async with AsyncExitStack() as stack:
        frontend, backend, query = [
            await stack.enter_async_context(grpc.aio.insecure_channel(each, options=grpc_server.OPTIONS))
            for each in (named.frontend, named.backend, named.query)
        ]
        if Role.FUNCTIONS in process.roles:
            matching = Matching(process.settings, QueryServiceStub(query), process.clock)
            await stack.enter_async_context(matching_server.serve(f"[::]:{named.function_port}", matching))
        yield Core(frontend, backend, query, FunctionConfig(host=named.function_host, port=named.function_port))


def _frontend(process: Process, store: Store, core: Core) -> Any:
    """The players' application."""
    settings, clock, metrics = process.settings, process.clock, process.metrics
    keys = Keys(Path(settings.tokens.keys) if settings.tokens.keys else None)
    issuer = settings.tokens.issuer
    guests = Guests(issuer, keys, clock) if settings.players.guests else None
    issuers = [Oidc(each, clock) for each in settings.players.issuers]
    process.work += [each.run for each in issuers]
    desk = Desk(
        settings=settings,
        store=store,
        queue=Queue(store, FrontendServiceStub(core.frontend), settings.limits, clock),
        waiters=Waiters(store, clock),
        authenticator=Authenticator(guests, issuers),
        minter=Minter(issuer, keys, clock),
        keys=keys,
        clock=clock,
        guests=guests,
        metrics=metrics,
    )
    process.refreshed.append(lambda: metrics.unusable_keys.set(bool(keys.error)))
    process.refreshed += [partial(_silence, metrics, each) for each in issuers]
    counted = f"async+{settings.store}" if settings.store else "async+memory://"
    storage: Any = storage_from_string(counted, wrap_exceptions=True)
    return create_app(desk, storage)


def _direct(process: Process, store: Store, core: Core, client: Client) -> None:
    settings, clock, tally = process.settings, process.clock, Tally(process.metrics)
    failovers = Failovers(client, clock, settings.endpoints)
    shares = Shares(store, clock, process.replica)
    backend, frontend = BackendServiceStub(core.backend), FrontendServiceStub(core.frontend)
    performer = Performer(settings, Ledger(store, clock), client, backend, frontend, tally=tally)

    watched = Watched(client, clock, {mode.namespace for mode in settings.modes})
    failovers.on_suspicion(watched.look_at)
    observer = Observer(client, performer.ledger, performer.memory, failovers.routes, watched)
    patience = Patience(abandon=Intervals().pending_release / 2)
    director = Director(Parts(clock, performer, observer, watched, patience, core.function, shares))
    labeller = Labeller(client, clock, {mode.namespace for mode in settings.modes})
    census = Census(
        settings.modes,
        QueryServiceStub(core.query),
        store,
        clock,
        shares=shares,
        tally=tally,
        playing=watched.playing,
    )
    process.work += [director.run, labeller.run, census.run]
    process.missing_of.append(watched.missing)
    if settings.node_failovers:
        process.work.append(failovers.run)
        process.missing_of.append(failovers.missing)
    process.refreshed.append(lambda: process.metrics.heard.set(labeller.stale()))


def _silence(metrics: Metrics, issuer: Oidc) -> None:
    metrics.provider_silence.labels(issuer.issuer).set(issuer.staleness())
