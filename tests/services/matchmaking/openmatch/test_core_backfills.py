"""Backfills, on our core and on Open Match's own."""

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from matchmaking.openmatch.backend_pb2 import FetchMatchesRequest
from matchmaking.openmatch.frontend_pb2 import (
    AcknowledgeBackfillRequest,
    AcknowledgeBackfillResponse,
    CreateBackfillRequest,
    DeleteBackfillRequest,
    DeleteTicketRequest,
    GetBackfillRequest,
    GetTicketRequest,
    UpdateBackfillRequest,
)
from matchmaking.openmatch.messages_pb2 import (
    Assignment,
    Backfill,
    Match,
    Pool,
    SearchFields,
    TagPresentFilter,
    Ticket,
)
from tests.services.matchmaking.openmatch.ground import INTERVALS, Ground, refused, until
from tests.services.matchmaking.openmatch.scripted import match

pytestmark = pytest.mark.asyncio

SERVER = Assignment(connection="10.0.0.1:7000")


async def created(core: Ground, *tags: str) -> Backfill:
    given = Backfill(search_fields=SearchFields(tags=tags))
    return await core.frontend.CreateBackfill(CreateBackfillRequest(backfill=given))


async def acknowledged(core: Ground, backfill: Backfill) -> AcknowledgeBackfillResponse:
    request = AcknowledgeBackfillRequest(backfill_id=backfill.id, assignment=SERVER)
    return await core.frontend.AcknowledgeBackfill(request)


def seats(core: Ground, backfill: Backfill, *tickets: Ticket) -> FetchMatchesRequest:
    proposal = match(*tickets)
    proposal.backfill.CopyFrom(backfill)
    return core.script.propose("duel", proposal)


async def test_a_new_backfill_gets_its_id_its_time_and_its_first_generation(core: Ground) -> None:
    made = await created(core, "duel")
    assert made.id
    assert made.generation == 1
    assert made.HasField("create_time")
    assert await core.frontend.GetBackfill(GetBackfillRequest(backfill_id=made.id)) == made
    assert await core.backfills(Pool(tag_present_filters=[TagPresentFilter(tag="duel")])) == [made]
    assert await core.backfills(Pool(tag_present_filters=[TagPresentFilter(tag="squads")])) == []


async def test_a_backfill_that_lacks_or_says_too_much_is_refused(core: Ground) -> None:
    invalid = grpc.StatusCode.INVALID_ARGUMENT
    assert await refused(core.frontend.CreateBackfill(CreateBackfillRequest())) is invalid
    timed = CreateBackfillRequest(backfill=Backfill(create_time=Timestamp(seconds=1)))
    assert await refused(core.frontend.CreateBackfill(timed)) is invalid
    assert await refused(core.frontend.UpdateBackfill(UpdateBackfillRequest(backfill=Backfill()))) is invalid
    assert await refused(core.frontend.DeleteBackfill(DeleteBackfillRequest())) is invalid
    assert await refused(core.frontend.AcknowledgeBackfill(AcknowledgeBackfillRequest(assignment=SERVER))) is invalid
    nowhere = AcknowledgeBackfillRequest(backfill_id="any")
    assert await refused(core.frontend.AcknowledgeBackfill(nowhere)) is invalid


async def test_what_never_was_is_not_found_but_may_be_deleted(core: Ground) -> None:
    missing = grpc.StatusCode.NOT_FOUND
    assert await refused(core.frontend.GetBackfill(GetBackfillRequest(backfill_id="none"))) is missing
    assert await refused(acknowledged(core, Backfill(id="none"))) is missing
    assert await refused(core.frontend.UpdateBackfill(UpdateBackfillRequest(backfill=Backfill(id="none")))) is missing
    await core.frontend.DeleteBackfill(DeleteBackfillRequest(backfill_id="none"))


async def test_a_match_gives_tickets_seats_and_the_server_assigns_them_by_acknowledging(core: Ground) -> None:
    backfill, ticket = await created(core), await core.ticket()
    (found,) = await core.fetch(seats(core, backfill, ticket))
    assert found.backfill.id == backfill.id
    assert await core.ids() == set()
    answer = await acknowledged(core, backfill)
    assert [each.id for each in answer.tickets] == [ticket.id]
    assert answer.backfill.generation == 2
    assigned = await core.frontend.GetTicket(GetTicketRequest(ticket_id=ticket.id))
    assert assigned.assignment == SERVER
    assert list((await acknowledged(core, backfill)).tickets) == [], "once"


async def test_a_match_for_seats_that_have_changed_is_dropped_and_its_tickets_wait_on(core: Ground) -> None:
    backfill, ticket = await created(core), await core.ticket()
    newer = await core.frontend.UpdateBackfill(UpdateBackfillRequest(backfill=backfill))
    assert newer.generation == 2
    assert await core.fetch(seats(core, backfill, ticket)) == []
    assert await core.ids() == {ticket.id}


async def test_a_match_for_seats_of_nobody_is_dropped_and_its_tickets_wait_on(core: Ground) -> None:
    ticket = await core.ticket()
    assert await core.fetch(seats(core, Backfill(id="none", generation=1), ticket)) == []
    assert await core.ids() == {ticket.id}


async def test_a_match_may_bring_a_new_backfill(core: Ground) -> None:
    """It is told with its id, and holds the match's tickets until the server is there."""
    ticket = await core.ticket()
    (found,) = await core.fetch(seats(core, Backfill(search_fields=SearchFields(tags=["duel"])), ticket))
    assert found.backfill.id
    assert found.backfill.generation == 1
    assert [each.id for each in (await acknowledged(core, found.backfill)).tickets] == [ticket.id]


async def test_a_match_may_take_its_backfill_off_the_list(core: Ground) -> None:
    """Ours does: seats are spoken for until the director tells of them anew."""
    backfill, ticket = await created(core, "duel"), await core.ticket()
    taken = Backfill(id=backfill.id, generation=backfill.generation)
    (found,) = await core.fetch(seats(core, taken, ticket))
    assert found.backfill.id == backfill.id
    assert await core.backfills(Pool(tag_present_filters=[TagPresentFilter(tag="duel")])) == []


async def test_an_update_replaces_what_it_says_and_frees_the_tickets(core: Ground) -> None:
    backfill, ticket = await created(core, "duel"), await core.ticket()
    await core.fetch(seats(core, backfill, ticket))
    given = Backfill(id=backfill.id, search_fields=SearchFields(tags=["squads"]))
    updated = await core.frontend.UpdateBackfill(UpdateBackfillRequest(backfill=given))
    assert list(updated.search_fields.tags) == ["squads"]
    assert updated.generation == 3
    assert updated.create_time == backfill.create_time
    assert await core.ids() == {ticket.id}
    assert list((await acknowledged(core, backfill)).tickets) == []


async def test_a_deleted_backfill_frees_its_tickets(core: Ground) -> None:
    backfill, ticket = await created(core), await core.ticket()
    await core.fetch(seats(core, backfill, ticket))
    await core.frontend.DeleteBackfill(DeleteBackfillRequest(backfill_id=backfill.id))
    assert await core.ids() == {ticket.id}
    assert await core.backfills() == []


async def test_a_ticket_that_left_its_seat_is_not_assigned(core: Ground) -> None:
    backfill = await created(core)
    stays, goes = await core.ticket(), await core.ticket()
    await core.fetch(seats(core, backfill, stays, goes))
    await core.frontend.DeleteTicket(DeleteTicketRequest(ticket_id=goes.id))

    async def gone() -> bool:
        try:
            await core.frontend.GetTicket(GetTicketRequest(ticket_id=goes.id))
        except grpc.aio.AioRpcError:
            return True
        return False

    await until("the ticket to be gone", gone)
    assert [each.id for each in (await acknowledged(core, backfill)).tickets] == [stays.id]


async def test_a_backfill_that_nobody_acknowledges_expires(core: Ground) -> None:
    backfill, ticket = await created(core), await core.ticket()
    await core.fetch(seats(core, backfill, ticket))

    async def hidden() -> bool:
        return await core.backfills() == []

    await until("the backfill to be no choice any more", hidden, INTERVALS.acknowledge + 2)
    code = await refused(acknowledged(core, backfill))
    assert code in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.NOT_FOUND)


async def test_a_backfill_that_is_acknowledged_stays(core: Ground) -> None:
    backfill = await created(core)
    seen: list[Match] = []
    for _ in range(4):
        await acknowledged(core, backfill)
        seen += await core.fetch(core.script.propose("duel"))  # a cycle, which sweeps
        assert [each.id for each in await core.backfills()] == [backfill.id]
    assert seen == []
