"""BackendService on the core's state: what a director calls."""

import asyncio
from collections.abc import AsyncIterator

import grpc

from matchmaking.embedded.backfills import Backfills
from matchmaking.embedded.functions import Functions
from matchmaking.embedded.status import Context, StatusError, invalid, streaming, unary
from matchmaking.embedded.synchronizer import Call, Synchronizer
from matchmaking.embedded.tickets import Tickets
from matchmaking.openmatch.backend_pb2 import (
    AssignTicketsRequest,
    AssignTicketsResponse,
    FetchMatchesRequest,
    FetchMatchesResponse,
    FunctionConfig,
    ReleaseAllTicketsRequest,
    ReleaseAllTicketsResponse,
    ReleaseTicketsRequest,
    ReleaseTicketsResponse,
)
from matchmaking.openmatch.backend_pb2_grpc import BackendServiceServicer
from matchmaking.openmatch.messages_pb2 import Match


class Backend(BackendServiceServicer):
    """Method by method as upstream's."""

    def __init__(
        self, tickets: Tickets, backfills: Backfills, synchronizer: Synchronizer, functions: Functions
    ) -> None:
        self._tickets, self._backfills = tickets, backfills
        self._synchronizer, self._functions = synchronizer, functions

    @streaming
    async def FetchMatches(self, request: FetchMatchesRequest, _: Context) -> AsyncIterator[FetchMatchesResponse]:
        """What was accepted of what the function proposed, and after that its own failure if it had one."""
        if not request.HasField("config"):
            raise invalid(".config is required")
        if not request.HasField("profile"):
            raise invalid(".profile is required")
        if request.config.type != FunctionConfig.GRPC:
            raise invalid("provided match function type is not supported: only GRPC is")
        call = await self._synchronizer.register()
        function = asyncio.create_task(self._propose(request, call))
        try:
            for match in await asyncio.shield(call.accepted):
                if self._seats(match):
                    yield FetchMatchesResponse(match=match)
            if failure := await function:
                raise failure
        finally:
            call.gone = True
            function.cancel()
            await asyncio.gather(function, return_exceptions=True)

    @unary
    async def AssignTickets(self, request: AssignTicketsRequest, _: Context) -> AssignTicketsResponse:
        failures, _assigned = self._tickets.assign(request.assignments)
        return AssignTicketsResponse(failures=failures)

    @unary
    async def ReleaseTickets(self, request: ReleaseTicketsRequest, _: Context) -> ReleaseTicketsResponse:
        self._tickets.release(request.ticket_ids)
        return ReleaseTicketsResponse()

    @unary
    async def ReleaseAllTickets(self, _: ReleaseAllTicketsRequest, __: Context) -> ReleaseAllTicketsResponse:
        self._tickets.release_all()
        return ReleaseAllTicketsResponse()

    async def _propose(self, request: FetchMatchesRequest, call: Call) -> StatusError | None:
        """Run the function until it ends or is cut off. How it failed is told after what it had proposed before."""
        run = asyncio.create_task(self._functions.run(request.config, request.profile, call.proposals))
        cut_off = asyncio.create_task(call.cut_off.wait())
        try:
            await asyncio.wait({run, cut_off}, return_when=asyncio.FIRST_COMPLETED)
            if not run.done():
                return StatusError(grpc.StatusCode.UNKNOWN, "match function ran longer than proposal window, canceling")
            return run.result()
        finally:
            run.cancel()
            cut_off.cancel()
            await asyncio.gather(run, cut_off, return_exceptions=True)
            call.proposed.set()

    def _seats(self, match: Match) -> bool:
        """Whether its backfill, if it has one, still has these seats. If not, its tickets are free again."""
        if not match.HasField("backfill"):
            return True
        tickets = [ticket.id for ticket in match.tickets]
        try:
            made = self._backfills.match(match.backfill, tickets)
        except StatusError as failure:
            if failure.code is not grpc.StatusCode.NOT_FOUND:
                raise
            self._tickets.release(tickets)
            return False
        if not match.backfill.id:
            match.backfill.CopyFrom(made)
        return True
