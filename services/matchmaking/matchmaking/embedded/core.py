"""The core as a whole: its services on one port, and its state swept now and then."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import grpc

from kubeclient.clock import Clock
from matchmaking.embedded.backend import Backend
from matchmaking.embedded.backfills import Backfills
from matchmaking.embedded.evaluation import Evaluation
from matchmaking.embedded.frontend import Frontend
from matchmaking.embedded.functions import Functions
from matchmaking.embedded.intervals import Intervals
from matchmaking.embedded.query import Query
from matchmaking.embedded.synchronizer import Synchronizer
from matchmaking.embedded.tickets import Tickets
from matchmaking.openmatch import backend_pb2_grpc, frontend_pb2_grpc, query_pb2_grpc

SWEEP_SECONDS = 1.0
LARGEST_MESSAGE = 64 * 2**20
"""Bytes. gRPC's own limit of 4 MiB is less than a page of tickets; Open Match sets 1 GiB."""


@dataclass(frozen=True)
class Core:
    """One that serves."""

    port: int
    tickets: Tickets
    backfills: Backfills


@asynccontextmanager
async def serve(
    address: str, *, evaluator: str, clock: Clock, intervals: Intervals | None = None
) -> AsyncIterator[Core]:
    """Serve Frontend, Backend and Query at `address` (host:port, port 0 being a free one) until the block ends.

    `evaluator` is the address of one; it is called as soon as there is something to evaluate, and not before.
    Raises RuntimeError if the address is taken.
    """
    times = intervals or Intervals()
    tickets = Tickets(clock, times)
    backfills = Backfills(clock, times, tickets)
    async with grpc.aio.insecure_channel(evaluator, options=options()) as channel, Functions() as functions:
        synchronizer = Synchronizer(clock, times, tickets, Evaluation(channel).accepted)
        server = grpc.aio.server(options=[*options(), ("grpc.so_reuseport", 0)])
        frontend_pb2_grpc.add_FrontendServiceServicer_to_server(Frontend(tickets, backfills), server)
        query_pb2_grpc.add_QueryServiceServicer_to_server(Query(tickets, backfills, times.page), server)
        backend = Backend(tickets, backfills, synchronizer, functions)
        backend_pb2_grpc.add_BackendServiceServicer_to_server(backend, server)
        port = server.add_insecure_port(address)
        await server.start()
        sweeper = asyncio.create_task(_sweep(clock, tickets, backfills))
        try:
            yield Core(port, tickets, backfills)
        finally:
            sweeper.cancel()
            await synchronizer.stop()
            await server.stop(grace=None)


def options() -> list[tuple[str, int]]:
    """Of every channel and server that carries tickets."""
    return [
        ("grpc.max_receive_message_length", LARGEST_MESSAGE),
        ("grpc.max_send_message_length", LARGEST_MESSAGE),
    ]


async def _sweep(clock: Clock, tickets: Tickets, backfills: Backfills) -> None:
    while True:
        await clock.sleep(SWEEP_SECONDS)
        tickets.sweep()
        backfills.sweep()
