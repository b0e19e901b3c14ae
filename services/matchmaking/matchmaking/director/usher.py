"""Free seats told to Open Match, and players shown in to a match that is under way.

What the server was told at its allocation stays as it was, the hash of the roster too: that is of who began the match.
Who joins later is let in by their token, which is bound to the match, the server and its nonce like all others.
"""

from dataclasses import dataclass

from msgspec.structs import replace

from matchmaking import wire_form
from matchmaking.director import action as act
from matchmaking.director import filling, seating
from matchmaking.director.joining import Join, JoinPhase
from matchmaking.director.ledger import Ledger
from matchmaking.director.member import Member
from matchmaking.director.observed import Server
from matchmaking.director.record import MatchRecord
from matchmaking.director.seating import Seating
from matchmaking.director.tally import Tally
from matchmaking.openmatch.messages_pb2 import Match, Ticket
from matchmaking.settings import Mode
from matchmaking.wire.matchmaking_pb2 import Running

TRIES = 4
"""Of a compare-and-set on a match that is busy: then its players had better be matched again."""


@dataclass(frozen=True)
class Usher:
    """Raises StoreError and grpc.aio.AioRpcError, as Performer does."""

    seating: Seating
    tally: Tally
    waiting_seconds: float
    """Of a ticket that nobody asks for."""

    @property
    def _ledger(self) -> Ledger:
        return self.seating.ledger

    async def admit(self, match: Match) -> str:
        """The id of the running match, whose record keeps the seats for them from now on.

        Empty: these seats are not free, and the tickets wait again. Raises MalformedError.
        """
        running, join = wire_form.running(match.backfill).match, proposed(match, self._ledger.now())
        for _ in range(TRIES):
            record = await self._ledger.match(running)
            if record is None:
                break
            new = filling.admitted(record, join, match.backfill.id, self._ledger.now())
            if new is None:
                break
            if await self._ledger.exchange(record, new):
                return running
        await self.seating.core.withdraw(match.backfill.id)
        await self.seating.core.give_back([ticket.id for ticket in match.tickets])
        return ""

    async def perform(self, record: MatchRecord, mode: Mode, action: act.Filling) -> None:
        match action:
            case act.Advertise(server):
                await self._advertise(record, server)
            case act.Withdraw():
                await self.seating.core.withdraw(record.backfill)
                await self._ledger.change(record, backfill="", advertised_at=0.0)
            case act.ClaimSeats(tickets):
                await self._ledger.claim(tickets, record.claim, self.waiting_seconds)
            case act.AssignJoin():
                await self._assign(record, mode)
            case act.ReleaseJoin():
                await self._release(record, mode)
            case _:
                await self._ledger.exchange(record, changed(record, action, self._ledger.now(), mode))

    async def _advertise(self, record: MatchRecord, server: Server) -> None:
        skills = [member.skill for member in record.members]
        told = Running(
            match=record.id,
            free=record.free,
            site=server.site,
            lowest_skill=min(skills),
            highest_skill=max(skills),
        )
        made = await self.seating.core.advertise(record.mode, told)
        if await self._ledger.change(record, backfill=made, advertised_at=self._ledger.now()):
            await self.seating.core.withdraw(record.backfill)
        else:
            await self.seating.core.withdraw(made)

    async def _assign(self, record: MatchRecord, mode: Mode) -> None:
        assert record.join
        await self.seating.seat(record, mode, record.join.members, seating.of_join(record, mode))
        waits = await self.seating.hold(record, mode, record.claim)
        if await self._ledger.exchange(record, seated(record, seating.merged(record))):
            self.tally.waited(mode.id, waits)
            self.tally.joined(mode.id, "assigned")
            await self.seating.announce(record.join.members, "assigned")

    async def _release(self, record: MatchRecord, mode: Mode) -> None:
        """The backfill first: once that is deleted nothing but their own records hold its tickets back."""
        assert record.join
        await self.seating.core.withdraw(record.backfill)
        await self.seating.core.release(record.join.members, await self._ledger.tickets(record))
        if await self._ledger.exchange(record, released(record)):
            self.tally.joined(mode.id, "refused")


def proposed(match: Match, now: float) -> Join:
    """Of a match that was just fetched. Raises MalformedError if our match functions did not make it."""
    roster = wire_form.roster(match)
    return Join(
        id=match.match_id,
        members=tuple(member(each) for each in match.tickets),
        roster=roster.SerializeToString(deterministic=True),
        takes=tuple(len(team.seats) for team in roster.teams),
        created_at=now,
    )


def member(ticket: Ticket) -> Member:
    """Raises MalformedError."""
    party = wire_form.party(ticket)
    skill = sum(each.skill for each in party.players) / max(1, len(party.players))
    return Member(ticket=party.ticket, open_match=ticket.id, skill=skill)


def changed(record: MatchRecord, action: act.Filling, now: float, mode: Mode) -> MatchRecord:
    """By an action that changes the record alone. Raises TypeError for another."""
    assert record.join
    match action:
        case act.CommitJoin():
            join_by = now + mode.connect_window_seconds
            return replace(record, join=replace(record.join, phase=JoinPhase.CLAIMED, join_by=join_by))
        case act.RefuseJoin():
            return replace(record, join=replace(record.join, phase=JoinPhase.REFUSED))
        case _:
            raise TypeError(f"{action} does more than change the record of a match")


def seated(record: MatchRecord, roster: bytes) -> MatchRecord:
    """Who was joining is in."""
    return replace(record, members=record.everyone, roster=roster, join=None, advertised_at=0.0)


def released(record: MatchRecord) -> MatchRecord:
    """Nobody is joining any more, and the seats are free again."""
    assert record.join
    free = tuple(has + kept for has, kept in zip(record.free, record.join.takes, strict=True))
    return replace(record, free=free, join=None, backfill="", advertised_at=0.0)
