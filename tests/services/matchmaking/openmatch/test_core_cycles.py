"""Matches: functions, the evaluator, and the time that tickets are held back, on our core and on Open Match's own."""

import asyncio
from collections.abc import Iterable

import grpc
import pytest

from matchmaking.openmatch.backend_pb2 import (
    FetchMatchesRequest,
    FunctionConfig,
    ReleaseAllTicketsRequest,
    ReleaseTicketsRequest,
)
from matchmaking.openmatch.frontend_pb2 import DeleteTicketRequest
from matchmaking.openmatch.messages_pb2 import Match, MatchProfile
from tests.services.matchmaking.openmatch.ground import INTERVALS, Ground, refused, until
from tests.services.matchmaking.openmatch.scripted import match

pytestmark = pytest.mark.asyncio

UNKNOWN = grpc.StatusCode.UNKNOWN


def names(matches: Iterable[Match]) -> list[str]:
    return sorted(each.match_id for each in matches)


async def test_a_match_is_proposed_evaluated_and_told_and_its_tickets_are_hidden(core: Ground) -> None:
    first, second, alone = [await core.ticket() for _ in range(3)]
    proposal = match(first, second)
    (found,) = await core.fetch(core.script.propose("duel", proposal))
    assert found == proposal
    assert core.script.evaluated == [[proposal.match_id]]
    assert await core.ids() == {alone.id}


async def test_who_is_neither_assigned_nor_released_waits_again_after_a_while(core: Ground) -> None:
    ticket = await core.ticket()
    await core.fetch(core.script.propose("duel", match(ticket)))
    assert await core.ids() == set()

    async def back() -> bool:
        return await core.ids() == {ticket.id}

    await until("the ticket to be back", back, INTERVALS.pending_release + 2)


async def test_who_is_released_waits_again_at_once(core: Ground) -> None:
    one, other = await core.ticket(), await core.ticket()
    await core.fetch(core.script.propose("duel", match(one), match(other)))
    await core.backend.ReleaseTickets(ReleaseTicketsRequest(ticket_ids=[one.id, "nobody"]))
    assert await core.ids() == {one.id}
    await core.backend.ReleaseAllTickets(ReleaseAllTicketsRequest())
    assert await core.ids() == {one.id, other.id}


async def test_calls_of_one_cycle_are_evaluated_together(core: Ground) -> None:
    ticket = await core.ticket()
    one, other = match(ticket), match(ticket)
    core.script.accept = lambda proposals: [min(each.match_id for each in proposals)]
    found = await asyncio.gather(
        core.fetch(core.script.propose("one", one)), core.fetch(core.script.propose("other", other))
    )
    assert len(core.script.evaluated) == 1
    assert sorted(core.script.evaluated[0]) == names([one, other])
    assert names(each for matches in found for each in matches) == [min(one.match_id, other.match_id)]


async def test_cycles_follow_one_another(core: Ground) -> None:
    """A call that comes while functions run is in the next: two cycles at a time could accept one ticket twice."""
    ticket, begun, go_on = await core.ticket(), asyncio.Event(), asyncio.Event()

    async def slow(_: MatchProfile) -> list[Match]:
        begun.set()
        await go_on.wait()
        return [match(ticket)]

    async def sees(_: MatchProfile) -> list[Match]:
        return [match(each) for each in await core.tickets()]

    first = asyncio.create_task(core.fetch(core.script.fetch("slow", slow)))
    await begun.wait()
    await asyncio.sleep(INTERVALS.registration * 1.5)  # past the registration
    second = asyncio.create_task(core.fetch(core.script.fetch("sees", sees)))
    go_on.set()
    assert len(await first) == 1
    assert await second == []
    assert len(core.script.evaluated[0]) == 1


async def test_without_proposals_there_is_no_match(core: Ground) -> None:
    assert await core.fetch(core.script.propose("duel")) == []


async def test_a_function_that_takes_too_long_is_cut_off_and_the_others_matches_count(core: Ground) -> None:
    ticket = await core.ticket()

    async def endless(_: MatchProfile) -> list[Match]:
        await asyncio.Event().wait()
        return []

    late = asyncio.create_task(refused(core.backend.FetchMatches(core.script.fetch("endless", endless))))
    assert len(await core.fetch(core.script.propose("duel", match(ticket)))) == 1
    assert await late is UNKNOWN
    await asyncio.wait_for(core.script.cancelled.wait(), 5)


async def test_a_function_that_fails_fails_its_own_call_alone(core: Ground) -> None:
    ticket = await core.ticket()

    async def broken(_: MatchProfile) -> list[Match]:
        raise ValueError("broken")

    failed = asyncio.create_task(refused(core.backend.FetchMatches(core.script.fetch("broken", broken))))
    assert len(await core.fetch(core.script.propose("duel", match(ticket)))) == 1
    assert await failed is UNKNOWN


async def test_a_function_that_is_not_there_fails_its_call(core: Ground) -> None:
    nowhere = FetchMatchesRequest(config=FunctionConfig(host="127.0.0.1", port=1), profile=MatchProfile(name="any"))
    assert await refused(core.backend.FetchMatches(nowhere)) is UNKNOWN


@pytest.mark.parametrize(
    "given",
    [
        FetchMatchesRequest(profile=MatchProfile(name="any")),
        FetchMatchesRequest(config=FunctionConfig(host="127.0.0.1", port=1)),
    ],
    ids=["no config", "no profile"],
)
async def test_a_call_that_lacks_something_is_refused(core: Ground, given: FetchMatchesRequest) -> None:
    assert await refused(core.backend.FetchMatches(given)) is grpc.StatusCode.INVALID_ARGUMENT


async def test_a_function_that_repeats_a_match_id_fails_its_call(core: Ground) -> None:
    twice = core.script.propose("duel", match(match_id="same"), match(match_id="same"))
    assert await refused(core.backend.FetchMatches(twice)) is UNKNOWN


async def test_two_functions_with_one_match_id_cancel_the_cycle_for_everybody(core: Ground) -> None:
    ticket = await core.ticket()
    calls = [
        core.backend.FetchMatches(core.script.propose("one", match(ticket, match_id="same"))),
        core.backend.FetchMatches(core.script.propose("other", match(match_id="same"))),
        core.backend.FetchMatches(core.script.propose("bystander", match())),
    ]
    assert await asyncio.gather(*(refused(call) for call in calls)) == [UNKNOWN] * 3
    assert await core.ids() == {ticket.id}
    assert len(await core.fetch(core.script.propose("one", match(ticket)))) == 1, "the next cycle is whole"


@pytest.mark.parametrize("answer", [["unheard"], ["same", "same"]], ids=["unknown", "twice"])
async def test_an_evaluator_that_says_what_can_not_be_cancels_the_cycle(core: Ground, answer: list[str]) -> None:
    core.script.accept = lambda _: answer
    calls = [core.script.propose("one", match(match_id="same")), core.script.propose("other", match())]
    codes = await asyncio.gather(*(refused(core.backend.FetchMatches(call)) for call in calls))
    assert codes == [UNKNOWN, UNKNOWN]


async def test_what_the_evaluator_turns_down_waits_on(core: Ground) -> None:
    ticket = await core.ticket()
    core.script.accept = lambda _: []
    assert await core.fetch(core.script.propose("duel", match(ticket))) == []
    assert await core.ids() == {ticket.id}


async def test_a_director_that_goes_away_leaves_the_others_their_cycle(core: Ground) -> None:
    ticket = await core.ticket()
    begun = asyncio.Event()

    async def endless(_: MatchProfile) -> list[Match]:
        begun.set()
        await asyncio.Event().wait()
        return []

    going = asyncio.create_task(core.fetch(core.script.fetch("endless", endless)))
    await begun.wait()
    staying = asyncio.create_task(core.fetch(core.script.propose("duel", match(ticket))))
    going.cancel()
    await asyncio.gather(going, return_exceptions=True)
    assert len(await asyncio.wait_for(staying, INTERVALS.collection + 3)) == 1


async def test_a_ticket_deleted_after_its_match_was_made_is_a_failure_of_the_assignment(core: Ground) -> None:
    stays, goes = await core.ticket(), await core.ticket()
    await core.fetch(core.script.propose("duel", match(stays, goes)))
    await core.frontend.DeleteTicket(DeleteTicketRequest(ticket_id=goes.id))

    async def failed() -> bool:
        return await core.assign("10.0.0.1:7000", stays.id, goes.id) == [(goes.id, 1)]

    await until("the deletion to have taken place", failed)
