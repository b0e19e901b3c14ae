"""Actions carried out: each write with the precondition that its action rests on. Any of them may be the last."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from kubeclient.client import Client
from kubeclient.error import ApiError
from kubeclient.resources import GAME_SERVERS
from matchmaking import place as places
from matchmaking import wire_form
from matchmaking.announcement import CHANNEL, Announcement, News
from matchmaking.director import action as act
from matchmaking.director import allocation
from matchmaking.director.action import Action
from matchmaking.director.ledger import Ledger
from matchmaking.director.observed import Server
from matchmaking.director.record import MatchRecord, Phase
from matchmaking.openmatch.backend_pb2 import AssignmentGroup, AssignTicketsRequest, ReleaseTicketsRequest
from matchmaking.openmatch.frontend_pb2 import CreateTicketRequest, DeleteTicketRequest
from matchmaking.place import Place
from matchmaking.settings import Mode, Settings
from matchmaking.ticket_record import TicketRecord, TicketState
from matchmaking.wire.matchmaking_pb2 import Roster

if TYPE_CHECKING:  # they are in the stubs' types alone
    from matchmaking.openmatch.backend_pb2_grpc import BackendServiceAsyncStub
    from matchmaking.openmatch.frontend_pb2_grpc import FrontendServiceAsyncStub

CALL_SECONDS = 5.0
"""Of a call to Open Match."""


@dataclass
class Memory:
    """Of this director's own attempts, by nonce: what no record can say. It dies with the process."""

    unsent: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)


@dataclass
class Performer:
    """`perform` raises StoreError, ApiError and grpc.aio.AioRpcError: look again, and decide anew."""

    settings: Settings
    ledger: Ledger
    client: Client
    backend: "BackendServiceAsyncStub"
    frontend: "FrontendServiceAsyncStub"
    memory: Memory = field(default_factory=Memory)
    nonce: Callable[[], str] = lambda: secrets.token_hex(16)

    async def perform(self, record: MatchRecord, mode: Mode, action: Action) -> None:
        match action:
            case act.Allocate():
                await self._allocate(record, mode)
            case act.Claim(tickets):
                await self._claim(record, tickets)
            case act.Assign():
                await self._assign(record, mode)
            case act.Free(tickets, priority):
                await self._free_all(record, tickets, priority)
            case act.GiveBack(server):
                await self.give_back(server)
            case act.Dismiss(tickets):
                await self._dismiss(record, tickets)
            case _:
                await self._write(record, mode, action)

    async def _write(self, record: MatchRecord, mode: Mode, action: Action) -> None:
        """What changes the record alone, and what is done before that."""
        match action:
            case act.Forget():
                await self.ledger.forget(record)
            case act.Release():
                await self._release(record)
            case _:
                fields = changes(action, self.ledger.now(), mode.connect_window_seconds, self.nonce)
                new = await self.ledger.change(record, **fields)
                if new and new.nonce != record.nonce:
                    self.memory.unsent.add(new.nonce)

    async def _claim(self, record: MatchRecord, tickets: tuple[TicketRecord, ...]) -> None:
        for ticket in tickets:
            if not await self.ledger.change_ticket(ticket, self._waiting_seconds, match=record.id):
                return

    async def _allocate(self, record: MatchRecord, mode: Mode) -> None:
        """Whoever else sees the server by its nonce may take it as well, should the answer be lost."""
        self.memory.unsent.discard(record.nonce)
        expires = self.ledger.now() + CALL_SECONDS + mode.connect_window_seconds
        permitted = list(_roster(record).sites)
        body = allocation.request(record, mode, self.settings.sites, permitted, expires)
        try:
            await allocation.allocate(self.client, body)
        except allocation.NoServerError:
            self.memory.refused.add(record.nonce)

    async def _assign(self, record: MatchRecord, mode: Mode) -> None:
        given = self._places(record, mode)
        for player, place in given.items():
            key = places.key(record.id, player)
            await self.ledger.store.put(key, place.encoded(), mode.longest_session_seconds)
        group = AssignmentGroup(
            ticket_ids=[member.open_match for member in record.members],
            assignment=wire_form.assignment(next(iter(given.values()))),
        )
        # A ticket that is not found there is one whose own record says more: it is cancelled, or gone.
        await self.backend.AssignTickets(AssignTicketsRequest(assignments=[group]), timeout=CALL_SECONDS)
        for ticket in (await self.ledger.tickets(record)).values():
            if ticket and ticket.match == record.id and ticket.state is TicketState.WAITING:
                await self.ledger.hold(ticket, mode.longest_session_seconds)
        if await self.ledger.change(record, phase=Phase.ASSIGNED):
            await self._announce(record, "assigned")

    def _places(self, record: MatchRecord, mode: Mode) -> dict[str, Place]:
        """By player, in the order of the roster."""
        tickets = {member.open_match: member.ticket for member in record.members}
        first = Place(
            match=record.id,
            mode=mode.id,
            ticket="",
            namespace=record.namespace,
            server=record.server,
            nonce=record.nonce,
            addresses=record.addresses,
            team=0,
            seat=0,
            join_by=record.join_by,
            ends_at=record.created_at + mode.longest_session_seconds,
        )
        return {
            seat.player: replace(first, ticket=tickets[seat.ticket], team=team, seat=number)
            for team, side in enumerate(_roster(record).teams)
            for number, seat in enumerate(side.seats)
        }

    async def _free_all(self, record: MatchRecord, tickets: tuple[TicketRecord, ...], priority: int) -> None:
        for ticket in tickets:
            await self._free(record, ticket, priority)

    async def _free(self, record: MatchRecord, ticket: TicketRecord, priority: int) -> None:
        waiting = {"match": "", "state": TicketState.WAITING, "priority": max(priority, ticket.priority)}
        if not record.join_by:  # never committed, so that its ticket in Open Match has no assignment
            await self.ledger.change_ticket(ticket, self._waiting_seconds, **waiting)
            return
        again = wire_form.ticket(replace(ticket, priority=max(priority, ticket.priority)))
        made = await self.frontend.CreateTicket(CreateTicketRequest(ticket=again), timeout=CALL_SECONDS)
        old = ticket.open_match
        if not await self.ledger.change_ticket(ticket, self._waiting_seconds, open_match=made.id, **waiting):
            old = made.id
        await self.frontend.DeleteTicket(DeleteTicketRequest(ticket_id=old), timeout=CALL_SECONDS)

    async def _release(self, record: MatchRecord) -> None:
        """A ticket whose record is gone, or is another's by now, is a ghost in Open Match: it goes."""
        tickets = await self.ledger.tickets(record)
        living = [each.open_match for each in record.members if _stands_for(each.open_match, tickets[each.ticket])]
        for member in record.members:
            if member.open_match not in living:
                gone = DeleteTicketRequest(ticket_id=member.open_match)
                await self.frontend.DeleteTicket(gone, timeout=CALL_SECONDS)
        if living:
            await self.backend.ReleaseTickets(ReleaseTicketsRequest(ticket_ids=living), timeout=CALL_SECONDS)
        if await self.ledger.change(record, released=True) and record.join_by:
            await self._announce(record, "requeued")

    async def give_back(self, server: Server) -> None:
        """Delete it, unless somebody wrote since: a player may have joined."""
        try:
            await self.client.delete(
                GAME_SERVERS, server.name, server.namespace, uid=server.uid, version=server.version
            )
        except ApiError as error:
            if not (error.missing or error.conflict):
                raise

    async def _dismiss(self, record: MatchRecord, tickets: tuple[TicketRecord, ...]) -> None:
        for ticket in tickets:
            await self.ledger.dismiss(ticket)
            for player in ticket.players:
                await self.ledger.store.delete(places.key(record.id, player.id))
        await self._announce(record, "ended")

    async def _announce(self, record: MatchRecord, what: News) -> None:
        tickets = tuple(member.ticket for member in record.members)
        await self.ledger.store.publish(CHANNEL, Announcement(tickets=tickets, what=what).encoded())

    @property
    def _waiting_seconds(self) -> float:
        """Of a ticket that nobody asks for: its players' asking keeps it longer."""
        return self.settings.limits.silence_seconds


def _stands_for(open_match: str, ticket: TicketRecord | None) -> bool:
    """Empty: it is being made, and is not tied to its ticket in Open Match yet."""
    return ticket is not None and ticket.state is TicketState.WAITING and ticket.open_match in ("", open_match)


def changes(action: Action, now: float, connect_seconds: float, nonce: Callable[[], str]) -> dict[str, Any]:
    """Fields of the MatchRecord that the action sets. Raises TypeError for one that is no change of it."""
    match action:
        case act.Attempt():
            return {"phase": Phase.ALLOCATING, "nonce": nonce(), "attempted_at": now}
        case act.TakeServer(server):
            return {"phase": Phase.ALLOCATED, "server": server.name, "addresses": server.addresses}
        case act.Commit():
            return {"phase": Phase.CLAIMED, "join_by": now + connect_seconds}
        case act.Begin():
            return {"begun": True}
        case act.Abandon(reason, priority):
            return {"phase": Phase.ABANDONED, "reason": reason, "priority": priority, "closed_at": now}
        case act.End(reason):
            return {"phase": Phase.ENDED, "reason": reason, "closed_at": now}
        case _:
            raise TypeError(f"{action} does not change the record of a match")


def _roster(record: MatchRecord) -> Roster:
    return Roster.FromString(record.roster)
