"""What a director tells Open Match of tickets and free seats. All of it may be told twice, or too late."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from matchmaking import wire_form
from matchmaking.director.member import Member
from matchmaking.openmatch.backend_pb2 import AssignmentGroup, AssignTicketsRequest, ReleaseTicketsRequest
from matchmaking.openmatch.frontend_pb2 import CreateBackfillRequest, DeleteBackfillRequest, DeleteTicketRequest
from matchmaking.place import Place
from matchmaking.ticket_record import TicketRecord, TicketState
from matchmaking.wire.matchmaking_pb2 import Running

if TYPE_CHECKING:  # they are in the stubs' types alone
    from matchmaking.openmatch.backend_pb2_grpc import BackendServiceAsyncStub
    from matchmaking.openmatch.frontend_pb2_grpc import FrontendServiceAsyncStub

CALL_SECONDS = 5.0


@dataclass(frozen=True)
class OpenMatch:
    """Every method raises grpc.aio.AioRpcError."""

    backend: "BackendServiceAsyncStub"
    frontend: "FrontendServiceAsyncStub"

    async def assign(self, members: Sequence[Member], place: Place) -> None:
        """A ticket that is not found there is one whose own record says more: it is cancelled, or gone."""
        group = AssignmentGroup(
            ticket_ids=[each.open_match for each in members], assignment=wire_form.assignment(place)
        )
        await self.backend.AssignTickets(AssignTicketsRequest(assignments=[group]), timeout=CALL_SECONDS)

    async def release(self, members: Sequence[Member], tickets: Mapping[str, TicketRecord | None]) -> None:
        """A ticket whose record is gone, or is another's by now, is a ghost: it goes. The others are matched again."""
        living = [each.open_match for each in members if _stands_for(each.open_match, tickets.get(each.ticket))]
        for member in members:
            if member.open_match not in living:
                gone = DeleteTicketRequest(ticket_id=member.open_match)
                await self.frontend.DeleteTicket(gone, timeout=CALL_SECONDS)
        await self.give_back(living)

    async def give_back(self, ticket_ids: Sequence[str]) -> None:
        if ticket_ids:
            await self.backend.ReleaseTickets(ReleaseTicketsRequest(ticket_ids=ticket_ids), timeout=CALL_SECONDS)

    async def advertise(self, mode: str, told: Running) -> str:
        """The id of a new backfill: free seats of that match."""
        request = CreateBackfillRequest(backfill=wire_form.backfill(mode, told))
        return (await self.frontend.CreateBackfill(request, timeout=CALL_SECONDS)).id

    async def withdraw(self, backfill: str) -> None:
        """Tickets that were matched to it, and not assigned since, are matched again. Empty: there was none."""
        if backfill:
            await self.frontend.DeleteBackfill(DeleteBackfillRequest(backfill_id=backfill), timeout=CALL_SECONDS)


def _stands_for(open_match: str, ticket: TicketRecord | None) -> bool:
    """Empty: it is being made, and is not tied to its ticket in Open Match yet."""
    return ticket is not None and ticket.state is TicketState.WAITING and ticket.open_match in ("", open_match)
