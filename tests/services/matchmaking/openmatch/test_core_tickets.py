"""Tickets, on our core and on Open Match's own."""

import asyncio
import math
from datetime import UTC, datetime, timedelta

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from matchmaking.openmatch.backend_pb2 import AssignmentGroup, AssignTicketsRequest
from matchmaking.openmatch.frontend_pb2 import (
    CreateTicketRequest,
    DeleteTicketRequest,
    GetTicketRequest,
    WatchAssignmentsRequest,
)
from matchmaking.openmatch.messages_pb2 import (
    Assignment,
    DoubleRangeFilter,
    Pool,
    SearchFields,
    StringEqualsFilter,
    TagPresentFilter,
    Ticket,
)
from matchmaking.openmatch.query_pb2 import QueryTicketsRequest
from tests.services.matchmaking.openmatch.ground import INTERVALS, Ground, refused, until

pytestmark = pytest.mark.asyncio

NOT_FOUND, INVALID = grpc.StatusCode.NOT_FOUND, grpc.StatusCode.INVALID_ARGUMENT


def at(moment: datetime) -> Timestamp:
    stamp = Timestamp()
    stamp.FromDatetime(moment)
    return stamp


async def test_a_new_ticket_gets_its_id_and_its_time(core: Ground) -> None:
    given = Ticket(id="mine", search_fields=SearchFields(tags=["duel"], string_args={"region": "home"}))
    made = await core.frontend.CreateTicket(CreateTicketRequest(ticket=given))
    assert made.id not in ("", "mine")
    assert abs(made.create_time.ToDatetime(tzinfo=UTC) - datetime.now(UTC)) < timedelta(seconds=5)
    assert made.search_fields == given.search_fields
    assert await core.frontend.GetTicket(GetTicketRequest(ticket_id=made.id)) == made
    assert await core.tickets() == [made]


@pytest.mark.parametrize(
    "given",
    [
        CreateTicketRequest(),
        CreateTicketRequest(ticket=Ticket(assignment=Assignment(connection="10.0.0.1:7000"))),
        CreateTicketRequest(ticket=Ticket(create_time=Timestamp(seconds=1))),
    ],
    ids=["none", "assigned", "timed"],
)
async def test_a_ticket_that_says_what_the_core_says_is_refused(core: Ground, given: CreateTicketRequest) -> None:
    assert await refused(core.frontend.CreateTicket(given)) is INVALID
    assert await core.tickets() == []


async def test_a_deleted_ticket_is_gone_and_may_be_deleted_again(core: Ground) -> None:
    ticket = await core.ticket()
    for _ in range(2):
        await core.frontend.DeleteTicket(DeleteTicketRequest(ticket_id=ticket.id))
    assert await core.ids() == set()

    async def gone() -> bool:
        try:
            await core.frontend.GetTicket(GetTicketRequest(ticket_id=ticket.id))
        except grpc.aio.AioRpcError as error:
            return error.code() is NOT_FOUND
        return False

    await until("the ticket to be gone", gone)


async def test_what_never_was_is_not_found(core: Ground) -> None:
    assert await refused(core.frontend.GetTicket(GetTicketRequest(ticket_id="nobody"))) is NOT_FOUND
    assert await refused(core.frontend.WatchAssignments(WatchAssignmentsRequest(ticket_id="nobody"))) is NOT_FOUND


RANGES = {
    "both ends are in": (DoubleRangeFilter.NONE, {1.0, 2.0, 3.0}),
    "not the least": (DoubleRangeFilter.MIN, {2.0, 3.0}),
    "not the greatest": (DoubleRangeFilter.MAX, {1.0, 2.0}),
    "neither": (DoubleRangeFilter.BOTH, {2.0}),
}


@pytest.mark.parametrize(("exclude", "inside"), RANGES.values(), ids=RANGES)
async def test_a_range_takes_its_ends_or_not_and_never_what_is_no_number(
    core: Ground, exclude: DoubleRangeFilter.Exclude.ValueType, inside: set[float]
) -> None:
    for skill in (0.0, 1.0, 2.0, 3.0, 4.0, math.nan):
        await core.ticket(skill=skill)
    await core.ticket(other=2.0)
    wanted = DoubleRangeFilter(double_arg="skill", min=1, max=3, exclude=exclude)
    found = await core.tickets(Pool(double_range_filters=[wanted]))
    assert {ticket.search_fields.double_args["skill"] for ticket in found} == inside


async def test_all_filters_of_a_pool_must_let_a_ticket_in(core: Ground) -> None:
    async def made(tag: str, region: str) -> str:
        fields = SearchFields(tags=["any", tag], string_args={"region": region})
        return (await core.frontend.CreateTicket(CreateTicketRequest(ticket=Ticket(search_fields=fields)))).id

    wanted = await made("duel", "home")
    await made("duel", "cloud")
    await made("squads", "home")
    pool = Pool(
        tag_present_filters=[TagPresentFilter(tag="any"), TagPresentFilter(tag="duel")],
        string_equals_filters=[StringEqualsFilter(string_arg="region", value="home")],
    )
    assert await core.ids(pool) == {wanted}
    pool.string_equals_filters.add(string_arg="unheard", value="")
    assert await core.ids(pool) == set()


async def test_a_pool_may_ask_for_a_time_strictly(core: Ground) -> None:
    ticket = await core.ticket()
    created = ticket.create_time
    before, after = Timestamp(), Timestamp()
    before.FromNanoseconds(created.ToNanoseconds() - 1)
    after.FromNanoseconds(created.ToNanoseconds() + 1)
    assert await core.ids(Pool(created_after=before, created_before=after)) == {ticket.id}
    assert await core.ids(Pool(created_after=created)) == set()
    assert await core.ids(Pool(created_before=created)) == set()


async def test_answers_come_in_pages(core: Ground) -> None:
    made = {(await core.ticket()).id for _ in range(INTERVALS.page * 2 + 3)}
    pages = [page.tickets async for page in core.query.QueryTickets(QueryTicketsRequest(pool=Pool()))]
    assert [len(page) for page in pages] == [INTERVALS.page, INTERVALS.page, 3]
    assert {ticket.id for page in pages for ticket in page} == made
    assert await core.ids() == made


async def test_without_a_pool_a_query_is_refused(core: Ground) -> None:
    assert await refused(core.query.QueryTickets(QueryTicketsRequest())) is INVALID


async def test_an_assigned_ticket_waits_no_more_and_is_forgotten_in_the_end(core: Ground) -> None:
    assigned, other = await core.ticket(), await core.ticket()
    assert await core.assign("10.0.0.1:7000", assigned.id) == []
    assert await core.ids() == {other.id}
    found = await core.frontend.GetTicket(GetTicketRequest(ticket_id=assigned.id))
    assert found.assignment.connection == "10.0.0.1:7000"

    async def forgotten() -> bool:
        try:
            await core.frontend.GetTicket(GetTicketRequest(ticket_id=assigned.id))
        except grpc.aio.AioRpcError as error:
            return error.code() is NOT_FOUND
        return False

    await until("the assigned ticket to be forgotten", forgotten, INTERVALS.assigned_delete + 2)
    assert await core.ids() == {other.id}


async def test_an_assignment_overwrites_the_one_before(core: Ground) -> None:
    ticket = await core.ticket()
    for connection in ("10.0.0.1:7000", "10.0.0.2:7000"):
        assert await core.assign(connection, ticket.id) == []
    found = await core.frontend.GetTicket(GetTicketRequest(ticket_id=ticket.id))
    assert found.assignment.connection == "10.0.0.2:7000"


async def test_a_missing_ticket_is_a_failure_and_the_others_are_assigned(core: Ground) -> None:
    ticket = await core.ticket()
    assert await core.assign("10.0.0.1:7000", "nobody", ticket.id) == [("nobody", 1)]
    found = await core.frontend.GetTicket(GetTicketRequest(ticket_id=ticket.id))
    assert found.assignment.connection == "10.0.0.1:7000"


async def test_an_assignment_that_names_a_ticket_twice_or_nothing_assigns_none(core: Ground) -> None:
    ticket = await core.ticket()
    server = Assignment(connection="10.0.0.1:7000")
    for groups in (
        [AssignmentGroup(ticket_ids=[ticket.id, ticket.id], assignment=server)],
        [AssignmentGroup(ticket_ids=[ticket.id], assignment=server) for _ in range(2)],
        [AssignmentGroup(ticket_ids=[ticket.id])],
        [AssignmentGroup(assignment=server)],
    ):
        assert await refused(core.backend.AssignTickets(AssignTicketsRequest(assignments=groups))) is INVALID
    assert await core.ids() == {ticket.id}
    assert list((await core.backend.AssignTickets(AssignTicketsRequest())).failures) == []


async def test_a_watcher_hears_of_each_assignment_once_and_of_the_end(core: Ground) -> None:
    ticket = await core.ticket()
    watch = core.frontend.WatchAssignments(WatchAssignmentsRequest(ticket_id=ticket.id))
    heard: list[str] = []

    async def listen() -> grpc.StatusCode:
        try:
            async for answer in watch:
                heard.append(answer.assignment.connection)
        except grpc.aio.AioRpcError as error:
            return error.code()
        return grpc.StatusCode.OK

    listening = asyncio.create_task(listen())
    for connection in ("10.0.0.1:7000", "10.0.0.2:7000"):
        await core.assign(connection, ticket.id)

        async def told(connection: str = connection) -> bool:
            return connection in heard

        await until(f"word of {connection}", told)
    await core.assign("10.0.0.2:7000", ticket.id)
    await core.frontend.DeleteTicket(DeleteTicketRequest(ticket_id=ticket.id))
    assert await asyncio.wait_for(listening, 5) is NOT_FOUND
    assert heard == ["10.0.0.1:7000", "10.0.0.2:7000"]
