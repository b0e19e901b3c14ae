"""Match functions and evaluator as Open Match calls them: over gRPC, on one port."""

import logging
import math
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from uuid import uuid4

import grpc
from google.protobuf.any_pb2 import Any
from google.protobuf.message import DecodeError

from kubeclient.clock import Clock
from matchmaking import grpc_server, wire_form
from matchmaking.embedded.status import Context, StatusError, streaming
from matchmaking.matching.entrant import Competitor, Entrant
from matchmaking.matching.evaluate import Candidate, accept
from matchmaking.matching.opening import Opening
from matchmaking.matching.plan import plan, score_of_join, score_of_match
from matchmaking.openmatch import evaluator_pb2_grpc, matchfunction_pb2_grpc
from matchmaking.openmatch.evaluator_pb2 import EvaluateRequest, EvaluateResponse
from matchmaking.openmatch.matchfunction_pb2 import RunRequest, RunResponse
from matchmaking.openmatch.messages_pb2 import (
    Backfill,
    DefaultEvaluationCriteria,
    Match,
    MatchProfile,
    Ticket,
)
from matchmaking.openmatch.query_pb2 import QueryBackfillsRequest, QueryTicketsRequest
from matchmaking.settings import Mode, Settings
from matchmaking.wire.matchmaking_pb2 import Roster, Seat, Team

if TYPE_CHECKING:  # they are in the stubs' types alone
    from matchmaking.openmatch.query_pb2_grpc import QueryServiceAsyncStub

log = logging.getLogger(__name__)

EVALUATION = "evaluation_input"
"""Of Match.extensions: where Open Match's default evaluator looks for the score, and so do we."""


class Matching(matchfunction_pb2_grpc.MatchFunctionServicer, evaluator_pb2_grpc.EvaluatorServicer):
    """`ids` makes match ids: a repeated one cancels everybody's cycle."""

    def __init__(
        self,
        settings: Settings,
        query: "QueryServiceAsyncStub",
        clock: Clock,
        ids: Callable[[], str] = lambda: str(uuid4()),
    ) -> None:
        self._settings, self._query, self._clock, self._ids = settings, query, clock, ids

    @streaming
    async def Run(self, request: RunRequest, _: Context) -> AsyncIterator[RunResponse]:  # noqa: N802
        profile = request.profile
        mode = self._settings.mode(profile.name)
        if mode is None:
            known = ", ".join(each.id for each in self._settings.modes)
            raise StatusError(grpc.StatusCode.INVALID_ARGUMENT, f"no mode {profile.name!r}; there are {known}")
        tickets = await self._tickets(profile)
        backfills = await self._backfills(profile) if mode.backfill else {}
        openings = [opening(each) for each in backfills.values()]
        found = plan(mode, self._settings.sites, self._entrants(tickets.values()), openings)
        for made in found.matches:
            whole = self._match(mode, made.teams, tickets, made.sites, score_of_match(mode, made))
            whole.allocate_gameserver = True
            yield RunResponse(proposal=whole)
        for join in found.joins:
            whole = self._match(mode, join.teams, tickets, (join.site,), score_of_join(join))
            whole.backfill.CopyFrom(wire_form.taken(backfills[join.match]))
            yield RunResponse(proposal=whole)

    @streaming
    async def Evaluate(  # noqa: N802
        self, requests: AsyncIterator[EvaluateRequest], _: Context
    ) -> AsyncIterator[EvaluateResponse]:
        candidates = [candidate(request.match) async for request in requests]
        for match_id in accept(candidates):
            yield EvaluateResponse(match_id=match_id)

    def _entrants(self, tickets: Iterable[Ticket]) -> Iterator[Entrant]:
        """A ticket that is none of ours is left alone: whoever shares this Open Match will see to it."""
        now = self._clock.now().timestamp()
        for each in tickets:
            try:
                yield entrant(each, now)
            except wire_form.MalformedError as error:
                log.warning("not matched: %s", error)

    async def _tickets(self, profile: MatchProfile) -> dict[str, Ticket]:
        found: dict[str, Ticket] = {}
        for pool in profile.pools:
            async for page in self._query.QueryTickets(QueryTicketsRequest(pool=pool)):
                found |= {ticket.id: ticket for ticket in page.tickets}
        return found

    async def _backfills(self, profile: MatchProfile) -> dict[str, Backfill]:
        """By running match. Of two that stand for one, which a director that crashed may leave, the later one."""
        found: dict[str, Backfill] = {}
        for pool in profile.pools:
            async for page in self._query.QueryBackfills(QueryBackfillsRequest(pool=pool)):
                for each in page.backfills:
                    try:
                        match = wire_form.running(each).match
                    except wire_form.MalformedError as error:
                        log.warning("not filled: %s", error)
                        continue
                    if match not in found or _age(found[match]) < _age(each):
                        found[match] = each
        return found

    def _match(
        self,
        mode: Mode,
        teams: Sequence[Sequence[Entrant]],
        tickets: Mapping[str, Ticket],
        sites: Sequence[str],
        score: float,
    ) -> Match:
        seats = [
            Team(seats=[Seat(player=player.id, ticket=each.ticket) for each in team for player in each.players])
            for team in teams
        ]
        packed = Any()
        packed.Pack(DefaultEvaluationCriteria(score=score))
        roster = wire_form.packed_roster(Roster(teams=seats, sites=sites))
        return Match(
            match_id=self._ids(),
            match_profile=mode.id,
            match_function="homeground",
            tickets=[tickets[each.ticket] for team in teams for each in team],
            extensions={wire_form.ROSTER: roster, EVALUATION: packed},
        )


def opening(backfill: Backfill) -> Opening:
    """Raises MalformedError."""
    told = wire_form.running(backfill)
    return Opening(
        match=told.match, free=tuple(told.free), site=told.site, lowest=told.lowest_skill, highest=told.highest_skill
    )


def entrant(ticket: Ticket, now: float) -> Entrant:
    """Raises MalformedError. `now` is in seconds since the epoch."""
    party = wire_form.party(ticket)
    players = tuple(Competitor(id=each.id, skill=each.skill, latencies=dict(each.latencies)) for each in party.players)
    since = party.waiting_since.ToMilliseconds() / 1000
    return Entrant(ticket=ticket.id, players=players, waited=max(0.0, now - since), priority=party.priority)


def candidate(match: Match) -> Candidate:
    """One whose score can't be read has none."""
    criteria = DefaultEvaluationCriteria()
    try:
        scored = EVALUATION in match.extensions and match.extensions[EVALUATION].Unpack(criteria)
    except DecodeError:
        scored = False
    return Candidate(
        id=match.match_id,
        tickets=frozenset(ticket.id for ticket in match.tickets),
        score=criteria.score if scored else math.nan,
        backfill=match.backfill.id,
    )


def _age(backfill: Backfill) -> tuple[int, str]:
    return backfill.create_time.ToNanoseconds(), backfill.id


@asynccontextmanager
async def serve(address: str, matching: Matching) -> AsyncIterator[int]:
    """Its port, until the block ends. Raises RuntimeError if the address is taken."""
    server = grpc_server.new()
    matchfunction_pb2_grpc.add_MatchFunctionServicer_to_server(matching, server)
    evaluator_pb2_grpc.add_EvaluatorServicer_to_server(matching, server)
    async with grpc_server.listening(server, address) as port:
        yield port
