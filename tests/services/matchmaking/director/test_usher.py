"""Free seats from the record to Open Match and back, on our core and a store in memory; the servers are made up."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from msgspec.structs import replace

from kubeclient.clock import SystemClock
from matchmaking import place as places
from matchmaking import ticket_record, wire_form
from matchmaking.director.decide import Patience, decide
from matchmaking.director.director import profile, proposed
from matchmaking.director.joining import JoinPhase
from matchmaking.director.ledger import Ledger
from matchmaking.director.observed import Observed, Server
from matchmaking.director.open_match import OpenMatch
from matchmaking.director.record import MatchRecord, Phase
from matchmaking.director.seating import Seating, read
from matchmaking.director.tally import Tally
from matchmaking.director.usher import Usher
from matchmaking.openmatch.messages_pb2 import Match
from matchmaking.store.memory import MemoryStore
from matchmaking.ticket_record import TicketRecord, TicketState
from tests.services.matchmaking.matching.entrants import mode
from tests.services.matchmaking.matching.test_matching_server import FILLED, Place, place

pytestmark = pytest.mark.asyncio

RULES = FILLED
SERVER = Server(
    namespace="n", name="gs-1", uid="u", version="1", nonce="00", joined=True, site="attic", addresses=("192.0.2.1:7",)
)
PATIENCE = Patience(abandon=30.0)


@dataclass
class Hall:
    """A match of two under way in a mode of four, and an usher."""

    at: Place
    usher: Usher
    ledger: Ledger
    match_id: str = ""
    server: Server = SERVER
    done: list[str] = field(default_factory=list)

    async def ticket(self, name: str) -> TicketRecord:
        """As the players' API makes one."""
        made = await self.at.ticket(f"t-{name}", name, rules=RULES)
        party = wire_form.party(made)
        since = party.waiting_since.ToMilliseconds() / 1000
        found = TicketRecord(
            id=party.ticket,
            open_match=made.id,
            mode=RULES.id,
            players=(ticket_record.Player(id=name),),
            created_at=since,
            waiting_since=since,
        )
        await self.ledger.store.put(ticket_record.key(found.id), found.encoded())
        return found

    async def record(self) -> MatchRecord:
        found = await self.ledger.match(self.match_id)
        assert found
        return found

    async def look(self) -> MatchRecord:
        """What a director does until there is nothing to do: its actions by name."""
        while True:
            record = await self.record()
            tickets = await self.ledger.tickets(record)
            void = await self.ledger.void(each.match for each in tickets.values() if each and each.match)
            observed = Observed(servers=(self.server,), tickets=tickets, void=void)
            action = decide(record, observed, self.ledger.now(), PATIENCE)
            if action is None:
                return record
            self.done.append(type(action).__name__)
            await self.usher.perform(record, RULES, action)  # type: ignore[arg-type]

    def joins(self, result: str) -> float:
        """As they are counted."""
        labels = {"mode": RULES.id, "result": result}
        return self.usher.tally.metrics.registry.get_sample_value("matchmaking_joins_total", labels) or 0.0

    async def fetched(self) -> list[Match]:
        return await self.at.matches(profile(RULES))

    async def state(self, ticket: TicketRecord) -> tuple[TicketState, str]:
        raw = await self.ledger.store.get(ticket_record.key(ticket.id))
        assert raw is not None
        found = ticket_record.decode(raw)
        return found.state, found.match


@asynccontextmanager
async def hall() -> AsyncIterator[Hall]:
    async with place() as at:
        ledger = Ledger(MemoryStore(SystemClock()), SystemClock())
        core = OpenMatch(at.core.backend, at.core.frontend)
        found = Hall(at, Usher(Seating(ledger, core), Tally(), 30.0), ledger)
        for name in ("anna", "ben"):
            await found.ticket(name)
        (made,) = await found.fetched()
        record = proposed(made, RULES, ledger.now())
        fields = {"phase": Phase.ASSIGNED, "begun": True, "server": SERVER.name, "nonce": SERVER.nonce}
        await ledger.begin(replace(record, addresses=SERVER.addresses, **fields))
        await at.core.assign("192.0.2.1:7", *[each.open_match for each in record.members])
        found.match_id = record.id
        yield found


async def test_a_short_match_keeps_what_is_needed_to_fill_it() -> None:
    rules = replace(mode(2, 2, backfill=True), longest_session_seconds=100.0)
    async with hall() as at:
        record = await at.record()
        assert record.free == (1, 1)
        (backfill,) = [] if (await at.look()).backfill == "" else await at.at.core.backfills()
        told = wire_form.running(backfill)
        assert (told.match, list(told.free), told.site) == (record.id, [1, 1], "attic")
        assert (told.lowest_skill, told.highest_skill) == (0.0, 0.0)
        assert record.open_until == pytest.approx(record.created_at + RULES.longest_session_seconds / 2)
    full = proposed(Match(extensions={"roster": wire_form.packed_roster(read(b""))}), rules, 5.0)
    assert (full.free, full.open_until) == ((), 0.0)


async def test_who_waits_joins_and_the_seats_that_are_left_are_told_of_anew() -> None:
    async with hall() as at:
        await at.look()
        carl = await at.ticket("carl")
        (made,) = await at.fetched()
        assert await at.usher.admit(made) == at.match_id
        record = await at.look()
        assert at.done == ["Advertise", "ClaimSeats", "CommitJoin", "AssignJoin", "Advertise"]
        assert await at.state(carl) == (TicketState.ASSIGNED, at.match_id)
        assert at.joins("assigned") == 1
        assert (record.join, record.free, len(record.members)) == (None, (0, 1), 3)
        raw = await at.ledger.store.get(places.key(at.match_id, "carl"))
        assert raw is not None
        seat = places.decode(raw)
        assert (seat.team, seat.seat, seat.server, seat.ticket) == (0, 1, "gs-1", carl.id)
        assert seat.join_by > at.ledger.now()
        assert [len(team.seats) for team in read(record.roster).teams] == [2, 1]
        assert await at.at.core.ids() == set()
        await at.ticket("dora")
        (made,) = await at.fetched()
        await at.usher.admit(made)
        record = await at.look()
        assert (record.free, record.backfill, at.done[-1]) == ((0, 0), "", "Withdraw")
        assert await at.at.core.backfills() == []


@pytest.mark.parametrize("change", [{"closed": True}, {"suspect": True}])
async def test_a_match_that_takes_nobody_any_more_lets_them_wait_on_at_once(change: dict[str, bool]) -> None:
    async with hall() as at:
        await at.look()
        carl = await at.ticket("carl")
        (made,) = await at.fetched()
        await at.usher.admit(made)
        at.server = replace(SERVER, **change)
        record = await at.look()
        assert at.done[1:] == ["RefuseJoin", "ReleaseJoin"]
        assert (at.joins("refused"), at.joins("assigned")) == (1, 0)
        assert (record.join, record.free, record.backfill) == (None, (1, 1), "")
        assert await at.state(carl) == (TicketState.WAITING, "")
        assert await at.at.core.ids() == {carl.open_match}


async def test_seats_that_are_taken_or_of_nobody_are_refused_at_once() -> None:
    async with hall() as at:
        await at.look()
        carl = await at.ticket("carl")
        (made,) = await at.fetched()
        record = await at.record()
        await at.ledger.change(record, backfill="another")
        assert await at.usher.admit(made) == ""
        assert await at.at.core.ids() == {carl.open_match}
        await at.ledger.change(await at.record(), backfill=made.backfill.id)
        await at.ledger.forget(await at.record())
        assert await at.usher.admit(made) == ""


async def test_a_ticket_that_another_match_has_is_not_torn_away() -> None:
    async with hall() as at:
        await at.look()
        carl, dora = [await at.ticket(name) for name in ("carl", "dora")]
        (made,) = await at.fetched()
        other = replace(await at.record(), id="other", join=None)
        await at.ledger.begin(other)
        await at.ledger.change_ticket(carl, 30.0, match="other")
        await at.usher.admit(made)
        record = await at.look()
        assert await at.state(carl) == (TicketState.WAITING, "other")
        assert (record.join, record.free) == (None, (1, 1))
        assert dora.open_match in await at.at.core.ids()


async def test_what_a_join_claimed_counts_for_nothing_once_it_is_off() -> None:
    async with hall() as at:
        await at.look()
        await at.ticket("carl")
        (made,) = await at.fetched()
        await at.usher.admit(made)
        record = await at.record()
        assert record.join
        assert await at.ledger.void([record.claim, at.match_id, "gone", "gone/x"]) == {"gone", "gone/x"}
        refused = replace(record, join=replace(record.join, phase=JoinPhase.REFUSED))
        assert await at.ledger.exchange(record, refused)
        assert await at.ledger.void([record.claim, at.match_id]) == {record.claim}


async def test_a_backfill_that_grows_old_is_replaced_and_two_directors_make_one() -> None:
    async with hall() as at:
        first = await at.look()
        later = await at.ledger.change(first, advertised_at=at.ledger.now() - PATIENCE.advertise)
        assert later
        second = await at.look()
        assert second.backfill not in ("", first.backfill)
        assert [each.id for each in await at.at.core.backfills()] == [second.backfill]
        await at.usher._advertise(first, SERVER)  # what it had seen is not so any more
        assert [each.id for each in await at.at.core.backfills()] == [second.backfill]
