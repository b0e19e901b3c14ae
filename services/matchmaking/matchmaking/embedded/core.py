"""The core as a whole: its services, reached within the process, and its state swept now and then."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from kubeclient.clock import Clock
from matchmaking.embedded.backend import Backend
from matchmaking.embedded.backfills import Backfills
from matchmaking.embedded.evaluation import Evaluation
from matchmaking.embedded.frontend import Frontend
from matchmaking.embedded.functions import Connect, Functions
from matchmaking.embedded.intervals import Intervals
from matchmaking.embedded.local import Local
from matchmaking.embedded.query import Query
from matchmaking.embedded.synchronizer import Synchronizer
from matchmaking.embedded.tickets import Tickets

SWEEP_SECONDS = 1.0


@asynccontextmanager
async def running(
    local: Local, clock: Clock, *, connect: Connect, evaluator: str, intervals: Intervals | None = None
) -> AsyncIterator[None]:
    """Add Frontend, Backend and Query to `local`; they work until the block ends.

    `connect` gives a channel to an address (host:port): of a match function, and of the evaluator, which is called as
    soon as there is something to evaluate, and not before.
    """
    times = intervals or Intervals()
    tickets = Tickets(clock, times)
    backfills = Backfills(clock, times, tickets)
    synchronizer = Synchronizer(clock, times, tickets, Evaluation(connect(evaluator)).accepted)
    local.add("openmatch.FrontendService", Frontend(tickets, backfills))
    local.add("openmatch.QueryService", Query(tickets, backfills, times.page))
    local.add("openmatch.BackendService", Backend(tickets, backfills, synchronizer, Functions(connect)))
    sweeper = asyncio.create_task(_sweep(clock, tickets, backfills))
    try:
        yield
    finally:
        sweeper.cancel()
        await synchronizer.stop()


async def _sweep(clock: Clock, tickets: Tickets, backfills: Backfills) -> None:
    while True:
        await clock.sleep(SWEEP_SECONDS)
        tickets.sweep()
        backfills.sweep()
