"""QueryService on the core's state: what match functions call."""

from collections.abc import AsyncIterator, Iterator
from typing import TypeVar

from matchmaking.embedded.backfills import Backfills
from matchmaking.embedded.status import Context, invalid, streaming
from matchmaking.embedded.tickets import Tickets
from matchmaking.openmatch.messages_pb2 import Pool
from matchmaking.openmatch.query_pb2 import (
    QueryBackfillsRequest,
    QueryBackfillsResponse,
    QueryTicketIdsRequest,
    QueryTicketIdsResponse,
    QueryTicketsRequest,
    QueryTicketsResponse,
)
from matchmaking.openmatch.query_pb2_grpc import QueryServiceServicer

T = TypeVar("T")


class Query(QueryServiceServicer):
    """Answers come in pages; none at all for an empty pool."""

    def __init__(self, tickets: Tickets, backfills: Backfills, page: int) -> None:
        self._tickets, self._backfills, self._page = tickets, backfills, page

    @streaming
    async def QueryTickets(self, request: QueryTicketsRequest, _: Context) -> AsyncIterator[QueryTicketsResponse]:
        for page in self._pages(list(self._tickets.query(_pool(request)))):
            yield QueryTicketsResponse(tickets=page)

    @streaming
    async def QueryTicketIds(self, request: QueryTicketIdsRequest, _: Context) -> AsyncIterator[QueryTicketIdsResponse]:
        for page in self._pages([ticket.id for ticket in self._tickets.query(_pool(request))]):
            yield QueryTicketIdsResponse(ids=page)

    @streaming
    async def QueryBackfills(self, request: QueryBackfillsRequest, _: Context) -> AsyncIterator[QueryBackfillsResponse]:
        for page in self._pages(list(self._backfills.query(_pool(request)))):
            yield QueryBackfillsResponse(backfills=page)

    def _pages(self, found: list[T]) -> Iterator[list[T]]:
        for start in range(0, len(found), self._page):
            yield found[start : start + self._page]


def _pool(request: QueryTicketsRequest | QueryTicketIdsRequest | QueryBackfillsRequest) -> Pool:
    if not request.HasField("pool"):
        raise invalid(".pool is required")
    return request.pool
