"""FrontendService on the core's state: what game clients' frontends and game servers call."""

from collections.abc import AsyncIterator

from google.protobuf.empty_pb2 import Empty

from matchmaking.embedded.backfills import Backfills
from matchmaking.embedded.status import Context, invalid, streaming, unary
from matchmaking.embedded.tickets import Tickets
from matchmaking.openmatch.frontend_pb2 import (
    AcknowledgeBackfillRequest,
    AcknowledgeBackfillResponse,
    CreateBackfillRequest,
    CreateTicketRequest,
    DeleteBackfillRequest,
    DeleteTicketRequest,
    GetBackfillRequest,
    GetTicketRequest,
    UpdateBackfillRequest,
    WatchAssignmentsRequest,
    WatchAssignmentsResponse,
)
from matchmaking.openmatch.frontend_pb2_grpc import FrontendServiceServicer
from matchmaking.openmatch.messages_pb2 import Backfill, Ticket


class Frontend(FrontendServiceServicer):
    """Method by method as upstream's."""

    def __init__(self, tickets: Tickets, backfills: Backfills) -> None:
        self._tickets, self._backfills = tickets, backfills

    @unary
    async def CreateTicket(self, request: CreateTicketRequest, _: Context) -> Ticket:
        if not request.HasField("ticket"):
            raise invalid(".ticket is required")
        return self._tickets.create(request.ticket)

    @unary
    async def DeleteTicket(self, request: DeleteTicketRequest, _: Context) -> Empty:
        self._tickets.delete(request.ticket_id)
        return Empty()

    @unary
    async def GetTicket(self, request: GetTicketRequest, _: Context) -> Ticket:
        return self._tickets.get(request.ticket_id)

    @streaming
    async def WatchAssignments(
        self, request: WatchAssignmentsRequest, _: Context
    ) -> AsyncIterator[WatchAssignmentsResponse]:
        async for assignment in self._tickets.watch(request.ticket_id):
            yield WatchAssignmentsResponse(assignment=assignment)

    @unary
    async def CreateBackfill(self, request: CreateBackfillRequest, _: Context) -> Backfill:
        if not request.HasField("backfill"):
            raise invalid(".backfill is required")
        return self._backfills.create(request.backfill)

    @unary
    async def GetBackfill(self, request: GetBackfillRequest, _: Context) -> Backfill:
        return self._backfills.get(request.backfill_id)

    @unary
    async def UpdateBackfill(self, request: UpdateBackfillRequest, _: Context) -> Backfill:
        if not request.HasField("backfill"):
            raise invalid(".backfill is required")
        return self._backfills.update(request.backfill)

    @unary
    async def DeleteBackfill(self, request: DeleteBackfillRequest, _: Context) -> Empty:
        if not request.backfill_id:
            raise invalid(".BackfillId is required")
        self._backfills.delete(request.backfill_id)
        return Empty()

    @unary
    async def AcknowledgeBackfill(self, request: AcknowledgeBackfillRequest, _: Context) -> AcknowledgeBackfillResponse:
        if not request.backfill_id:
            raise invalid(".BackfillId is required")
        if not request.HasField("assignment"):
            raise invalid(".Assignment is required")
        backfill, assigned = self._backfills.acknowledge(request.backfill_id, request.assignment)
        return AcknowledgeBackfillResponse(backfill=backfill, tickets=assigned)
