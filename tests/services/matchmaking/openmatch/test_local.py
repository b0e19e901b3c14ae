"""Calls within the process look to stubs as calls over gRPC do."""

import asyncio
from collections.abc import AsyncIterator

import grpc
import pytest

from matchmaking.embedded.local import Local
from matchmaking.embedded.status import Context, StatusError, streaming, unary
from matchmaking.openmatch.frontend_pb2 import CreateTicketRequest, GetTicketRequest
from matchmaking.openmatch.frontend_pb2_grpc import FrontendServiceStub
from matchmaking.openmatch.messages_pb2 import SearchFields, Ticket
from matchmaking.openmatch.query_pb2 import QueryTicketsRequest, QueryTicketsResponse
from matchmaking.openmatch.query_pb2_grpc import QueryServiceStub

pytestmark = pytest.mark.asyncio

FIRST = Ticket(id="first", search_fields=SearchFields(tags=["kept"]))


class Services:
    """A frontend and a query service that keep one ticket, and do as its id says."""

    def __init__(self) -> None:
        self.ticket, self.given, self.ended = FIRST, Ticket(), asyncio.Event()

    @unary
    async def CreateTicket(self, request: CreateTicketRequest, _: Context) -> Ticket:  # noqa: N802
        self.given = request.ticket
        return self.ticket

    @unary
    async def GetTicket(self, request: GetTicketRequest, _: Context) -> Ticket:  # noqa: N802
        match request.ticket_id:
            case "none":
                raise StatusError(grpc.StatusCode.NOT_FOUND, "there is none")
            case "bug":
                raise ValueError("a bug")
            case _:
                await asyncio.Event().wait()
                raise AssertionError

    @streaming
    async def QueryTickets(  # noqa: N802
        self, _: QueryTicketsRequest, __: Context
    ) -> AsyncIterator[QueryTicketsResponse]:
        try:
            yield QueryTicketsResponse(tickets=[self.ticket])
            await asyncio.Event().wait()
        finally:
            self.ended.set()


def place() -> tuple[Services, Local]:
    services, local = Services(), Local()
    local.add("openmatch.FrontendService", services)
    local.add("openmatch.QueryService", services)
    return services, local


async def test_neither_side_sees_what_the_other_does_to_a_message() -> None:
    services, local = place()
    request = CreateTicketRequest(ticket=Ticket(id="given"))
    answer = await FrontendServiceStub(local.channel).CreateTicket(request, timeout=1.0)
    assert answer == FIRST
    answer.search_fields.tags.append("changed")
    request.ticket.id = "changed"
    assert list(services.ticket.search_fields.tags) == ["kept"]
    assert services.given.id == "given"


@pytest.mark.parametrize(
    ("asked", "code", "details"),
    [
        ("none", grpc.StatusCode.NOT_FOUND, "there is none"),
        ("bug", grpc.StatusCode.UNKNOWN, "a bug"),
        ("slow", grpc.StatusCode.DEADLINE_EXCEEDED, "GetTicket"),
    ],
)
async def test_a_failure_is_that_of_a_call(asked: str, code: grpc.StatusCode, details: str) -> None:
    frontend = FrontendServiceStub(place()[1].channel)
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await frontend.GetTicket(GetTicketRequest(ticket_id=asked), timeout=0.05)
    assert caught.value.code() is code
    assert details in (caught.value.details() or "")


async def test_a_stream_ends_in_time() -> None:
    services, local = place()
    found: list[Ticket] = []
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await read(local, found, timeout=0.05)
    assert caught.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    assert found == [FIRST]
    assert services.ended.is_set()


async def test_a_caller_that_goes_away_ends_the_stream() -> None:
    services, local = place()
    reading = asyncio.create_task(read(local, []))
    await asyncio.sleep(0.01)
    reading.cancel()
    await asyncio.wait_for(services.ended.wait(), 1.0)


async def read(local: Local, found: list[Ticket], timeout: float | None = None) -> None:
    async for page in QueryServiceStub(local.channel).QueryTickets(QueryTicketsRequest(), timeout=timeout):
        found += page.tickets
