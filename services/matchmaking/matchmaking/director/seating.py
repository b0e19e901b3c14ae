"""Players of a match, and then its joiners, get their places and are told."""

from collections.abc import Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from matchmaking import place as places
from matchmaking.announcement import CHANNEL, Announcement, News
from matchmaking.director.ledger import Ledger
from matchmaking.director.member import Member
from matchmaking.director.open_match import OpenMatch
from matchmaking.director.record import MatchRecord
from matchmaking.place import Place
from matchmaking.settings import Mode
from matchmaking.ticket_record import TicketState
from matchmaking.wire.matchmaking_pb2 import Roster, Team


@dataclass(frozen=True)
class Seating:
    """Raises StoreError and grpc.aio.AioRpcError."""

    ledger: Ledger
    core: OpenMatch

    async def seat(self, record: MatchRecord, mode: Mode, members: Sequence[Member], given: dict[str, Place]) -> None:
        """Places first, then Open Match, then the tickets: nobody is told of a place that is not there."""
        for player, place in given.items():
            await self.ledger.store.put(places.key(record.id, player), place.encoded(), mode.longest_session_seconds)
        await self.core.assign(members, next(iter(given.values())))

    async def hold(self, record: MatchRecord, mode: Mode, claim: str) -> list[float]:
        """Tickets that name `claim` are assigned: how long each has waited, in seconds."""
        waits = []
        for ticket in (await self.ledger.tickets(record)).values():
            if ticket and ticket.match == claim and ticket.state is TicketState.WAITING:
                waits.append(self.ledger.now() - ticket.waiting_since)
                await self.ledger.hold(ticket, record.id, mode.longest_session_seconds)
        return waits

    async def announce(self, members: Sequence[Member], what: News) -> None:
        tickets = tuple(member.ticket for member in members)
        await self.ledger.store.publish(CHANNEL, Announcement(tickets=tickets, what=what).encoded())


def of_match(record: MatchRecord, mode: Mode) -> dict[str, Place]:
    """By player, in the order of the roster."""
    return _places(record, mode, record.members, read(record.roster), [0] * mode.teams)


def of_join(record: MatchRecord, mode: Mode) -> dict[str, Place]:
    """As of_match, on seats after those of who is in the match."""
    assert record.join
    later = replace(record, join_by=record.join.join_by)
    before = [len(team.seats) for team in read(record.roster).teams]
    return _places(later, mode, record.join.members, read(record.join.roster), before)


def merged(record: MatchRecord) -> bytes:
    """The roster with who joins."""
    assert record.join
    roster = read(record.roster)
    for team, more in zip(roster.teams, read(record.join.roster).teams, strict=True):
        team.MergeFrom(Team(seats=more.seats))
    return roster.SerializeToString(deterministic=True)


def read(roster: bytes) -> Roster:
    return Roster.FromString(roster)


def _places(
    record: MatchRecord, mode: Mode, members: Sequence[Member], roster: Roster, before: Sequence[int]
) -> dict[str, Place]:
    """`before` are seats of each team that others have."""
    tickets = {member.open_match: member.ticket for member in members}
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
        seat.player: replace(first, ticket=tickets[seat.ticket], team=team, seat=before[team] + number)
        for team, side in enumerate(roster.teams)
        for number, seat in enumerate(side.seats)
    }
