"""The records of matches and tickets in the store, read and changed by compare-and-set."""

from collections.abc import AsyncIterator, Iterable
from typing import Any

from msgspec.structs import replace

from kubeclient.clock import Clock
from matchmaking import ticket_record
from matchmaking.director import record as match_record
from matchmaking.director.record import MatchRecord
from matchmaking.store import Store
from matchmaking.ticket_record import TicketRecord, TicketState, player_key

RECORD_SECONDS = 86_400.0
"""After which a record goes that nobody has touched: no match lasts that long."""


class Ledger:
    """Every method raises StoreError."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self.store, self._clock = store, clock

    def now(self) -> float:
        """Seconds since the epoch."""
        return self._clock.now().timestamp()

    def monotonic(self) -> float:
        """Seconds, to measure by."""
        return self._clock.monotonic()

    async def begin(self, record: MatchRecord) -> bool:
        """Whether it is new."""
        return await self.store.create(match_record.key(record.id), record.encoded(), RECORD_SECONDS)

    async def match(self, match_id: str) -> MatchRecord | None:
        raw = await self.store.get(match_record.key(match_id))
        return match_record.decode(raw) if raw is not None else None

    async def matches(self) -> AsyncIterator[str]:
        """The ids of all on record."""
        prefix = match_record.key("")
        async for key in self.store.keys(prefix):
            yield key.removeprefix(prefix)

    async def change(self, record: MatchRecord, **fields: Any) -> MatchRecord | None:
        """The changed record; None, and nothing is changed, if it is not as given any more."""
        new = replace(record, **fields)
        return new if await self.exchange(record, new) else None

    async def exchange(self, record: MatchRecord, new: MatchRecord) -> bool:
        """False, and nothing is changed, if it is not as given any more."""
        key = match_record.key(record.id)
        return await self.store.replace(key, record.encoded(), new.encoded(), RECORD_SECONDS)

    async def forget(self, record: MatchRecord) -> bool:
        return await self.store.delete(match_record.key(record.id), record.encoded())

    async def tickets(self, record: MatchRecord) -> dict[str, TicketRecord | None]:
        """The members' and those of who is joining, by id."""
        ids = [member.ticket for member in record.everyone]
        found = await self.store.get_many([ticket_record.key(each) for each in ids])
        return {
            each: ticket_record.decode(raw) if raw is not None else None for each, raw in zip(ids, found, strict=True)
        }

    async def change_ticket(self, ticket: TicketRecord, seconds: float, **fields: Any) -> TicketRecord | None:
        """As `change`. It lives `seconds` from now."""
        new = replace(ticket, **fields)
        key = ticket_record.key(ticket.id)
        return new if await self.store.replace(key, ticket.encoded(), new.encoded(), seconds) else None

    async def claim(self, tickets: Iterable[TicketRecord], claim: str, seconds: float) -> None:
        """They name it, one after the other, up to the first that has changed."""
        for ticket in tickets:
            if not await self.change_ticket(ticket, seconds, match=claim):
                return

    async def hold(self, ticket: TicketRecord, match_id: str, seconds: float) -> None:
        """It is assigned, if it is unchanged; and its players can have no other for as long."""
        if await self.change_ticket(ticket, seconds, state=TicketState.ASSIGNED, match=match_id):
            for player in ticket.players:
                await self.store.keep(player_key(player.id), seconds)

    async def dismiss(self, ticket: TicketRecord) -> bool:
        """It goes, and its players may have another."""
        for player in ticket.players:
            await self.store.delete(player_key(player.id), ticket.id.encode())
        return await self.store.delete(ticket_record.key(ticket.id), ticket.encoded())

    async def void(self, claims: Iterable[str]) -> frozenset[str]:
        """Those that count for nothing, of what tickets name."""
        named = sorted(set(claims))
        found = await self.store.get_many([match_record.key(match_record.match_of(each)) for each in named])
        return frozenset(
            each
            for each, raw in zip(named, found, strict=True)
            if raw is None or not match_record.decode(raw).holds(each)
        )
