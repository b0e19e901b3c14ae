"""From tickets in a core to matches, by our own match function and evaluator over gRPC."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import grpc
import pytest
from msgspec.structs import replace

from kubeclient.clock import SystemClock
from matchmaking import wire_form
from matchmaking.director.director import profile, proposed
from matchmaking.embedded.intervals import Intervals
from matchmaking.matching.server import Matching, serve
from matchmaking.openmatch.backend_pb2 import FetchMatchesRequest, FunctionConfig
from matchmaking.openmatch.frontend_pb2 import CreateBackfillRequest, CreateTicketRequest
from matchmaking.openmatch.messages_pb2 import Backfill, Match, MatchProfile, SearchFields, Ticket
from matchmaking.openmatch.query_pb2_grpc import QueryServiceStub
from matchmaking.settings import Mode, Settings, Tokens
from matchmaking.ticket_record import Player, TicketRecord
from matchmaking.wire.matchmaking_pb2 import Running
from tests.services.matchmaking.matching.entrants import SITES, mode
from tests.services.matchmaking.openmatch import scripted, served
from tests.services.matchmaking.openmatch.ground import Ground, clients

pytestmark = pytest.mark.asyncio

RULES = mode(2, 2)
FILLED = replace(mode(2, 2, backfill=True, min_players=2, fewer_after_seconds=0.0), name="filled")
INTERVALS = Intervals(registration=0.1, collection=1.0)


@dataclass
class Place:
    core: Ground
    port: int

    async def ticket(self, name: str, *players: str, rules: Mode = RULES, waited: float = 0.0) -> Ticket:
        now = SystemClock().now().timestamp()
        record = TicketRecord(
            id=name,
            open_match="",
            mode=rules.id,
            players=tuple(Player(id=each) for each in players),
            created_at=now,
            waiting_since=now - waited,
        )
        return await self.core.frontend.CreateTicket(CreateTicketRequest(ticket=wire_form.ticket(record)))

    async def opened(self, match: str, *free: int, rules: Mode = FILLED) -> Backfill:
        told = wire_form.backfill(rules.id, Running(match=match, free=free, site="attic"))
        return await self.core.frontend.CreateBackfill(CreateBackfillRequest(backfill=told))

    async def matches(self, wanted: MatchProfile) -> list[Match]:
        config = FunctionConfig(host="127.0.0.1", port=self.port)
        return await self.core.fetch(FetchMatchesRequest(config=config, profile=wanted))


@asynccontextmanager
async def place() -> AsyncIterator[Place]:
    """The core and our functions need each other's address: the functions' is known first."""
    async with AsyncExitStack() as stack:
        settings = Settings(
            cluster="test", modes=(RULES, FILLED), sites=SITES, tokens=Tokens(issuer="https://play.example")
        )
        core_port = served.free_port()
        query = await stack.enter_async_context(grpc.aio.insecure_channel(f"127.0.0.1:{core_port}"))
        matching = Matching(settings, QueryServiceStub(query), SystemClock())
        port = await stack.enter_async_context(serve("127.0.0.1:0", matching))
        core = served.serve(
            f"127.0.0.1:{core_port}", evaluator=f"127.0.0.1:{port}", clock=SystemClock(), intervals=INTERVALS
        )
        await stack.enter_async_context(core)
        yield Place(clients(scripted.Script(), query), port)


async def test_tickets_become_a_match_that_a_director_can_read() -> None:
    async with place() as at:
        pair = await at.ticket("t-pair", "anna", "ben", waited=10)
        single = [await at.ticket(f"t-{name}", name) for name in ("carl", "dora")]
        (made,) = await at.matches(profile(RULES))
        roster = wire_form.roster(made)
        teams = [{(seat.player, seat.ticket) for seat in team.seats} for team in roster.teams]
        assert teams == [
            {("anna", pair.id), ("ben", pair.id)},
            {("carl", single[0].id), ("dora", single[1].id)},
        ]
        record = proposed(made, RULES, 0.0)
        assert {each.ticket for each in record.members} == {"t-pair", "t-carl", "t-dora"}
        assert len(record.id) == 36
        assert await at.matches(profile(RULES)) == [], "its tickets are proposed already"


async def test_an_idle_queue_proposes_nothing_and_a_foreign_ticket_is_left_alone() -> None:
    async with place() as at:
        assert await at.matches(profile(RULES)) == []
        foreign = Ticket(search_fields=SearchFields(tags=[RULES.id]))
        made = await at.core.frontend.CreateTicket(CreateTicketRequest(ticket=foreign))
        assert await at.matches(profile(RULES)) == []
        assert made.id in await at.core.ids()


async def test_a_profile_that_is_no_mode_is_told_by_name() -> None:
    async with place() as at:
        with pytest.raises(grpc.aio.AioRpcError, match="no mode 'chess/blitz'; there are arena/duel, arena/filled"):
            await at.matches(MatchProfile(name="chess/blitz"))


async def test_who_waits_takes_free_seats_once() -> None:
    async with place() as at:
        backfill = await at.opened("m-1", 0, 2)
        (ben,) = [await at.ticket("t-ben", "ben", rules=FILLED)]
        (made,) = await at.matches(profile(FILLED))
        assert (made.backfill.id, made.allocate_gameserver) == (backfill.id, False)
        teams = [[(seat.player, seat.ticket) for seat in team.seats] for team in wire_form.roster(made).teams]
        assert teams == [[], [("ben", ben.id)]]
        await at.ticket("t-carl", "carl", rules=FILLED)
        assert await at.matches(profile(FILLED)) == [], "the seats are spoken for until the director tells of them anew"
        newer = await at.opened("m-1", 0, 1)
        (again,) = await at.matches(profile(FILLED))
        assert again.backfill.id == newer.id


async def test_of_two_that_stand_for_one_match_the_later_counts_and_a_foreign_one_is_left_alone() -> None:
    async with place() as at:
        await at.opened("m-1", 2, 2)
        later = await at.opened("m-1", 0, 1)
        foreign = Backfill(search_fields=SearchFields(tags=[FILLED.id]))
        await at.core.frontend.CreateBackfill(CreateBackfillRequest(backfill=foreign))
        for name in ("anna", "ben"):
            await at.ticket(f"t-{name}", name, rules=FILLED)
        (made,) = await at.matches(profile(FILLED))
        assert (made.backfill.id, len(made.tickets)) == (later.id, 1)


async def test_a_mode_without_backfill_does_not_look_for_free_seats() -> None:
    async with place() as at:
        await at.opened("m-1", 2, 2, rules=RULES)
        await at.ticket("t-ben", "ben")
        assert await at.matches(profile(RULES)) == []
