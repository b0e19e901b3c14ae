"""Tickets as players know them: made, looked at, cancelled. One a player, at any time.

A ticket lives for `silence_seconds` from the last time that one of its players asked for it, so that a client that
vanishes leaves no ghost; and with it its players' keys. What Open Match still has of it then, the director deletes.
"""

import hashlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING
from uuid import uuid4

from msgspec.structs import replace

from kubeclient.clock import Clock
from matchmaking import ticket_record, wire_form
from matchmaking.openmatch.frontend_pb2 import CreateTicketRequest, DeleteTicketRequest
from matchmaking.settings import Limits, Mode
from matchmaking.store import Store
from matchmaking.ticket_record import Player, TicketRecord, TicketState, player_key

if TYPE_CHECKING:  # they are in the stubs' types alone
    from matchmaking.openmatch.frontend_pb2_grpc import FrontendServiceAsyncStub

CALL_SECONDS = 5.0
MAKING_SECONDS = 15.0
"""For which a player is kept while their ticket is being made: a crash in the middle costs them no more."""

AGAIN_SECONDS = 0.05
"""Until another look at a ticket that is being made."""


class BusyError(Exception):
    """One of the players has a ticket already: whose, and which."""

    def __init__(self, player: str, ticket: str) -> None:
        super().__init__(f"{player} has ticket {ticket}")
        self.player, self.ticket = player, ticket


class OtherRequestError(Exception):
    """The idempotency key was used before, for another request."""


class Queue:
    """Every method raises StoreError, and `create` and `cancel` grpc.aio.AioRpcError."""

    def __init__(
        self,
        store: Store,
        frontend: "FrontendServiceAsyncStub",
        limits: Limits,
        clock: Clock,
        *,
        ids: Callable[[], str] = lambda: uuid4().hex,
    ) -> None:
        self._store, self._frontend, self._limits = store, frontend, limits
        self._clock, self._ids = clock, ids

    async def create(self, mode: Mode, players: Sequence[Player], key: str = "") -> TicketRecord:
        """`key` is the client's idempotency key: the same again is the same ticket. The first player asks.

        Raises BusyError and OtherRequestError; then nothing is left behind, nor after any other error.
        """
        now = self._clock.now().timestamp()
        record = TicketRecord(
            id=_named(players[0].id, key) if key else self._ids(),
            open_match="",
            mode=mode.id,
            players=tuple(players),
            created_at=now,
            waiting_since=now,
        )
        late = self._clock.monotonic() + CALL_SECONDS
        while not (key and (known := await self._known(record))):
            try:
                return await self._make(record)
            except BusyError as busy:  # it may be this very request, sent before and still being made
                if not key or busy.ticket != record.id or self._clock.monotonic() > late:
                    raise
            await self._clock.sleep(AGAIN_SECONDS)
        return known

    async def find(self, ticket_id: str, player: str = "") -> TicketRecord | None:
        """None if there is none, or none of this player's."""
        raw = await self._store.get(ticket_record.key(ticket_id))
        record = ticket_record.decode(raw) if raw is not None else None
        return record if record and (not player or _is_in(record, player)) else None

    async def of_player(self, player: str) -> TicketRecord | None:
        """The one that they have."""
        ticket_id = await self._store.get(player_key(player))
        return await self.find(ticket_id.decode(), player) if ticket_id is not None else None

    async def touch(self, record: TicketRecord) -> None:
        """Somebody waits on it."""
        end = record.created_at + self._limits.ticket_seconds
        seconds = min(self._limits.silence_seconds, end - self._clock.now().timestamp())
        if record.state is TicketState.WAITING and seconds > 0:
            for key in (ticket_record.key(record.id), *(player_key(each.id) for each in record.players)):
                await self._store.keep(key, seconds)

    async def cancel(self, record: TicketRecord) -> None:
        """It waits no more, whatever becomes of it meanwhile. A match that has been told goes on without it."""
        ticket = record
        while ticket.state in (TicketState.WAITING, TicketState.ASSIGNED):
            new = replace(ticket, state=TicketState.CANCELLED)
            key = ticket_record.key(ticket.id)
            if await self._store.replace(key, ticket.encoded(), new.encoded(), self._limits.silence_seconds):
                await self._release_players(ticket)
                if ticket.open_match:
                    gone = DeleteTicketRequest(ticket_id=ticket.open_match)
                    await self._frontend.DeleteTicket(gone, timeout=CALL_SECONDS)
                return
            found = await self.find(ticket.id)
            if found is None:
                return
            ticket = found

    async def _known(self, record: TicketRecord) -> TicketRecord | None:
        """What this request has made before; None while it is being made, too. Raises OtherRequestError."""
        known = await self.find(record.id)
        if known and (known.mode, known.players) != (record.mode, record.players):
            raise OtherRequestError
        return known if known and known.open_match else None

    async def _make(self, record: TicketRecord) -> TicketRecord:
        """Nothing of it is left behind if it raises."""
        made: list[tuple[str, bytes]] = []
        try:
            await self._keep_players(record, made)
            return await self._enter(record, made)
        except BaseException:
            for key, value in made:
                await self._store.delete(key, value)
            raise

    async def _keep_players(self, record: TicketRecord, made: list[tuple[str, bytes]]) -> None:
        for player in record.players:
            key, value = player_key(player.id), record.id.encode()
            if not await self._store.create(key, value, MAKING_SECONDS):
                found = await self._store.get(key)
                raise BusyError(player.id, found.decode() if found else "")
            made.append((key, value))

    async def _enter(self, record: TicketRecord, made: list[tuple[str, bytes]]) -> TicketRecord:
        """On record first, then in Open Match, then the two are tied: no match counts before that."""
        key, value = ticket_record.key(record.id), record.encoded()
        made.append((key, value))  # it is this request's alone: it goes too if the store took it and failed to answer
        if not await self._store.create(key, value, MAKING_SECONDS):
            raise OtherRequestError
        request = CreateTicketRequest(ticket=wire_form.ticket(record))
        ticket = await self._frontend.CreateTicket(request, timeout=CALL_SECONDS)
        new = replace(record, open_match=ticket.id)
        made.append((key, new.encoded()))
        if not await self._store.replace(key, value, new.encoded(), self._limits.silence_seconds):
            await self._frontend.DeleteTicket(DeleteTicketRequest(ticket_id=ticket.id), timeout=CALL_SECONDS)
            raise OtherRequestError
        await self.touch(new)
        return new

    async def _release_players(self, record: TicketRecord) -> None:
        for player in record.players:
            await self._store.delete(player_key(player.id), record.id.encode())


def _named(player: str, key: str) -> str:
    """The same for the same player and key, and nobody else's."""
    return hashlib.sha256(f"{len(player)}:{player}{key}".encode()).hexdigest()[:32]


def _is_in(record: TicketRecord, player: str) -> bool:
    return any(each.id == player for each in record.players)
