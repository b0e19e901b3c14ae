"""A core, its clients, and the scripted function and evaluator that it calls."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import grpc

from matchmaking.embedded.intervals import Intervals
from matchmaking.openmatch.backend_pb2 import AssignmentGroup, AssignTicketsRequest, FetchMatchesRequest
from matchmaking.openmatch.backend_pb2_grpc import BackendServiceStub
from matchmaking.openmatch.frontend_pb2 import CreateTicketRequest
from matchmaking.openmatch.frontend_pb2_grpc import FrontendServiceStub
from matchmaking.openmatch.messages_pb2 import Assignment, Backfill, Match, Pool, SearchFields, Ticket
from matchmaking.openmatch.query_pb2 import QueryBackfillsRequest, QueryTicketIdsRequest, QueryTicketsRequest
from matchmaking.openmatch.query_pb2_grpc import QueryServiceStub
from tests.services.matchmaking.openmatch.scripted import Script

if TYPE_CHECKING:  # they are in the stubs' types alone
    from matchmaking.openmatch.backend_pb2_grpc import BackendServiceAsyncStub
    from matchmaking.openmatch.frontend_pb2_grpc import FrontendServiceAsyncStub
    from matchmaking.openmatch.query_pb2_grpc import QueryServiceAsyncStub

INTERVALS = Intervals(registration=0.2, collection=1.0, pending_release=1.5, assigned_delete=0.8, page=10)
"""Short ones, on both cores."""

SECONDS = 5.0


@dataclass(frozen=True)
class Ground:
    """`frontend`, `backend` and `query` are the core's; `script` is what it calls."""

    frontend: "FrontendServiceAsyncStub"
    backend: "BackendServiceAsyncStub"
    query: "QueryServiceAsyncStub"
    script: Script

    async def ticket(self, *tags: str, **numbers: float) -> Ticket:
        """A new one."""
        fields = SearchFields(tags=tags, double_args=numbers)
        return await self.frontend.CreateTicket(CreateTicketRequest(ticket=Ticket(search_fields=fields)))

    async def tickets(self, pool: Pool | None = None) -> list[Ticket]:
        request = QueryTicketsRequest(pool=pool or Pool())
        return [ticket async for page in self.query.QueryTickets(request) for ticket in page.tickets]

    async def ids(self, pool: Pool | None = None) -> set[str]:
        """Of the tickets of the pool: all that wait, unless one is named."""
        request = QueryTicketIdsRequest(pool=pool or Pool())
        return {each async for page in self.query.QueryTicketIds(request) for each in page.ids}

    async def backfills(self, pool: Pool | None = None) -> list[Backfill]:
        request = QueryBackfillsRequest(pool=pool or Pool())
        return [each async for page in self.query.QueryBackfills(request) for each in page.backfills]

    async def fetch(self, request: FetchMatchesRequest) -> list[Match]:
        return [answer.match async for answer in self.backend.FetchMatches(request)]

    async def assign(self, connection: str, *ticket_ids: str) -> list[tuple[str, int]]:
        """The failures: ticket and cause."""
        group = AssignmentGroup(ticket_ids=ticket_ids, assignment=Assignment(connection=connection))
        answer = await self.backend.AssignTickets(AssignTicketsRequest(assignments=[group]))
        return [(each.ticket_id, each.cause) for each in answer.failures]


def clients(script: Script, channel: grpc.aio.Channel) -> Ground:
    return Ground(FrontendServiceStub(channel), BackendServiceStub(channel), QueryServiceStub(channel), script)


async def until(what: str, condition: Callable[[], Any], seconds: float = SECONDS) -> Any:
    """The first truthy answer of an awaitable condition. Raises TimeoutError."""
    try:
        async with asyncio.timeout(seconds):
            while not (answer := await condition()):
                await asyncio.sleep(0.02)
            return answer
    except TimeoutError:
        raise TimeoutError(f"waited {seconds} s for {what}") from None


async def refused(call: Any) -> grpc.StatusCode:
    """What a call or a stream of answers fails with. Raises AssertionError if it does not."""
    try:
        if hasattr(call, "__aiter__"):
            async for _ in call:
                pass
        else:
            await call
    except grpc.aio.AioRpcError as error:
        return error.code()
    raise AssertionError("it was taken")
