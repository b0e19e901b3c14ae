"""Actions carried out: each write with the precondition that its action rests on. Any of them may be the last."""

import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from kubeclient.client import Client
from kubeclient.error import ApiError
from kubeclient.resources import GAME_SERVERS
from matchmaking import place as places
from matchmaking import wire_form
from matchmaking.director import action as act
from matchmaking.director import allocation, seating
from matchmaking.director.action import Action
from matchmaking.director.ledger import Ledger
from matchmaking.director.observed import Server
from matchmaking.director.open_match import CALL_SECONDS, OpenMatch
from matchmaking.director.record import MatchRecord, Phase
from matchmaking.director.seating import Seating
from matchmaking.director.tally import Tally
from matchmaking.director.usher import Usher
from matchmaking.openmatch.frontend_pb2 import CreateTicketRequest, DeleteTicketRequest
from matchmaking.settings import Mode, Settings
from matchmaking.ticket_record import TicketRecord, TicketState

if TYPE_CHECKING:  # they are in the stubs' types alone
    from matchmaking.openmatch.backend_pb2_grpc import BackendServiceAsyncStub
    from matchmaking.openmatch.frontend_pb2_grpc import FrontendServiceAsyncStub


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
    tally: Tally = field(default_factory=Tally)
    nonce: Callable[[], str] = lambda: secrets.token_hex(16)

    def __post_init__(self) -> None:
        self.core = OpenMatch(self.backend, self.frontend)
        self.seating = Seating(self.ledger, self.core)
        self.usher = Usher(self.seating, self.tally, self._waiting_seconds)

    async def perform(self, record: MatchRecord, mode: Mode, action: Action) -> MatchRecord | None:
        """The record as it is now, where the action changed it or tickets at most. None: look at servers again."""
        match action:
            case act.Allocate():
                await self._allocate(record, mode)
            case act.Claim(tickets):
                await self.ledger.claim(tickets, record.id, self._waiting_seconds)
                return record
            case act.Assign():
                return await self._assign(record, mode)
            case act.Free(tickets, priority):
                await self._free_all(record, tickets, priority)
            case act.GiveBack(server):
                await self.give_back(server)
            case act.Dismiss(tickets):
                await self._dismiss(record, tickets)
            case _ if isinstance(action, act.Filling):
                await self.usher.perform(record, mode, action)
            case _:
                return await self._write(record, mode, action)
        return None

    async def _write(self, record: MatchRecord, mode: Mode, action: Action) -> MatchRecord | None:
        """What changes the record alone, and what is done before that."""
        match action:
            case act.Forget():
                await self.ledger.forget(record)
            case act.Release():
                await self._release(record)
            case _:
                fields = changes(action, self.ledger.now(), mode.connect_window_seconds, self.nonce)
                new = await self.ledger.change(record, **fields)
                if new and new.phase != record.phase:
                    self.tally.changed(new)
                if new and new.nonce != record.nonce:
                    self.memory.unsent.add(new.nonce)
                return new
        return None

    async def _allocate(self, record: MatchRecord, mode: Mode) -> None:
        """Whoever else sees the server by its nonce may take it as well, should the answer be lost."""
        self.memory.unsent.discard(record.nonce)
        expires = self.ledger.now() + CALL_SECONDS + mode.connect_window_seconds
        permitted = list(seating.read(record.roster).sites)
        body = allocation.request(record, mode, self.settings.sites, permitted, expires)
        began, result = self.ledger.monotonic(), "Error"
        try:
            await allocation.allocate(self.client, body)
            result = allocation.ALLOCATED
        except allocation.NoServerError:
            self.memory.refused.add(record.nonce)
            result = "NoServer"
        finally:
            self.tally.allocated(mode.id, result, self.ledger.monotonic() - began)

    async def _assign(self, record: MatchRecord, mode: Mode) -> MatchRecord | None:
        await self.seating.seat(record, mode, record.members, seating.of_match(record, mode))
        waits = await self.seating.hold(record, mode, record.id)
        if new := await self.ledger.change(record, phase=Phase.ASSIGNED):
            self.tally.changed(new)
            self.tally.waited(mode.id, waits)
            await self.seating.announce(record.members, "assigned")
        return new

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
        if record.join_by:
            await self._unseat(
                record, [seat.player for team in seating.read(record.roster).teams for seat in team.seats]
            )
        await self.core.release(record.members, await self.ledger.tickets(record))
        if await self.ledger.change(record, released=True) and record.join_by:
            await self.seating.announce(record.members, "requeued")

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
            await self._unseat(record, [player.id for player in ticket.players])
            await self.ledger.dismiss(ticket)
        await self.seating.announce(record.everyone, "ended")

    async def _unseat(self, record: MatchRecord, players: Iterable[str]) -> None:
        """Before the step that is done last: a director that dies in between leaves it to the next."""
        for player in players:
            await self.ledger.store.delete(places.key(record.id, player))

    @property
    def _waiting_seconds(self) -> float:
        """Of a ticket that nobody asks for: its players' asking keeps it longer."""
        return self.settings.limits.silence_seconds


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
