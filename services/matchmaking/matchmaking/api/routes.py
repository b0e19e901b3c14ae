"""What players may ask, one function each."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

import grpc
import msgspec
from litestar import Request, Response, delete, get, post
from litestar.di import NamedDependency
from litestar.params import HeaderParameter, JSONBody, PathParameter, QueryParameter
from litestar.response import ServerSentEvent, ServerSentEventMessage

from matchmaking.api.desk import LONGEST_WAIT_SECONDS, LOOK_SECONDS, Desk
from matchmaking.api.limiter import Limiter
from matchmaking.api.problem import no_ticket, problem, unauthorized
from matchmaking.api.queue import BusyError, OtherRequestError
from matchmaking.api.schema import GuestOut, StatusOut, TicketOut, TicketRequest
from matchmaking.identity import Identity, UnauthorizedError
from matchmaking.ticket_record import Player, TicketRecord, TicketState
from matchmaking.tokens import jwks

AnyRequest = Request[Any, Any, Any]
TheDesk = NamedDependency[Desk]
TheLimiter = NamedDependency[Limiter]
Asker = NamedDependency[Identity]
IdempotencyKey = Annotated[str, HeaderParameter(name="Idempotency-Key", max_length=128)]
TicketId = Annotated[str, PathParameter(pattern="^[0-9a-f]{32}$")]
Wait = Annotated[float, QueryParameter(ge=0, le=LONGEST_WAIT_SECONDS)]


async def whoever_asks(request: AnyRequest, desk: TheDesk) -> Identity:
    """A dependency: who the request is from."""
    try:
        return await desk.authenticator.authenticate(request.headers.get("authorization"))
    except UnauthorizedError as error:
        raise unauthorized() from error


async def allow(limiter: Limiter, identity: Identity) -> None:
    """Raises a problem if this player changes too much."""
    seconds = await limiter.hit("player", identity.subject)
    if seconds is not None:
        raise too_many(seconds)


def too_many(seconds: float) -> Exception:
    made = problem(429, "too-many-requests", "Too many requests", f"come again in {seconds:.0f} s")
    made.headers = {"Retry-After": f"{seconds:.0f}"}
    return made


@post("/v1/guests", status_code=201, summary="Become a guest")
async def become_guest(desk: TheDesk) -> GuestOut:
    """Where guests are allowed."""
    if desk.guests is None:
        raise problem(404, "no-guests", "There are no guests here")
    guest = desk.guests.create()
    return GuestOut(player=guest.subject, token=guest.token, expires_at=guest.expires_at)


@post("/v1/tickets", status_code=201, summary="Ask for a match")
async def create_ticket(
    data: JSONBody[TicketRequest],
    desk: TheDesk,
    limiter: TheLimiter,
    identity: Asker,
    idempotency_key: IdempotencyKey = "",
) -> TicketOut:
    """One ticket for the whole party, whose other members have given their tokens to the one who asks."""
    await allow(limiter, identity)
    mode = desk.settings.mode(data.mode)
    if mode is None:
        known = ", ".join(each.id for each in desk.settings.modes)
        raise problem(422, "no-mode", "There is no such mode", f"mode is one of {known}", field="mode")
    players = _players(desk, data, identity)
    if len(players) > min(desk.settings.limits.party, mode.players_per_team):
        most = min(desk.settings.limits.party, mode.players_per_team)
        raise problem(422, "party-size", "The party is too large", f"at most {most} play together", field="party")
    try:
        record = await desk.queue.create(mode, players, idempotency_key)
    except BusyError as error:
        whose = {"ticket": error.ticket} if error.player == identity.subject else {}
        raise problem(409, "busy", "There is a ticket already", f"{error.player} has one", **whose) from error
    except OtherRequestError as error:
        detail = "this Idempotency-Key was used for another request: choose a new one"
        raise problem(409, "other-request", "The key was used before", detail) from error
    except grpc.aio.AioRpcError as error:
        raise problem(503, "unavailable", "Nothing can be queued now", "come again in a moment") from error
    desk.metrics.tickets.labels(mode.id).inc()
    return await desk.show(record, identity.subject)


@get("/v1/tickets/{ticket_id:str}", summary="How it stands, now or as soon as it is decided")
async def read_ticket(ticket_id: TicketId, desk: TheDesk, identity: Asker, wait: Wait = 0.0) -> TicketOut:
    """`wait` is how long the answer may take, in seconds, if the ticket still waits."""
    record = await desk.wait(ticket_id, identity.subject, wait)
    if record is None:
        raise no_ticket()
    return await desk.show(record, identity.subject)


@get("/v1/tickets/{ticket_id:str}/events", summary="How it stands, told as it changes")
async def follow_ticket(ticket_id: TicketId, desk: TheDesk, identity: Asker) -> ServerSentEvent:
    """Server-Sent Events named `ticket`, each with what GET tells; a comment in between, so that no proxy gives up."""
    await _own(desk, ticket_id, identity)
    return ServerSentEvent(_story(desk, ticket_id, identity.subject))


async def _story(desk: Desk, ticket_id: str, player: str) -> AsyncIterator[ServerSentEventMessage]:
    """It ends with a state that is final, or with the ticket."""
    told = ""
    while record := await desk.wait(ticket_id, player, LOOK_SECONDS if told else 0):
        if record.state.value == told:
            yield ServerSentEventMessage(comment="still")
            continue
        told = record.state.value
        shown = await desk.show(record, player)
        yield ServerSentEventMessage(event="ticket", data=msgspec.json.encode(shown).decode())
        if record.state is not TicketState.WAITING:
            return


@delete("/v1/tickets/{ticket_id:str}", status_code=204, summary="Wait no more")
async def cancel_ticket(ticket_id: TicketId, desk: TheDesk, limiter: TheLimiter, identity: Asker) -> None:
    await allow(limiter, identity)
    await desk.queue.cancel(await _own(desk, ticket_id, identity))


@get("/v1/match", summary="The match that one is in: to join it again")
async def running_match(desk: TheDesk, identity: Asker) -> TicketOut:
    """After a client's crash: with a new token."""
    record = await desk.queue.of_player(identity.subject)
    if record is None or record.state is not TicketState.ASSIGNED:
        raise problem(404, "no-match", "You are in no match")
    return await desk.show(record, identity.subject)


@get("/.well-known/jwks.json", summary="The keys that tokens are checked with")
async def published_keys(request: AnyRequest, desk: TheDesk) -> Response[bytes]:
    document = jwks.document(desk.keys.current)
    headers = {"ETag": document.etag, "Cache-Control": document.cache_control}
    if request.headers.get("if-none-match") == document.etag:
        return Response(b"", status_code=304, headers=headers)
    return Response(document.body, media_type="application/jwk-set+json", headers=headers)


@get("/v1/status", summary="How many wait and play, by mode")
async def status(desk: TheDesk) -> StatusOut:
    """For anyone: what the page shows."""
    return await desk.status()


async def _own(desk: Desk, ticket_id: str, identity: Identity) -> TicketRecord:
    record = await desk.queue.find(ticket_id, identity.subject)
    if record is None:
        raise no_ticket()
    return record


def _players(desk: Desk, data: TicketRequest, identity: Identity) -> list[Player]:
    """Raises a problem for a member who is nobody, or is in it twice."""
    players = [Player(id=identity.subject, skill=data.skill, latencies=data.latencies)]
    for number, member in enumerate(data.party):
        try:
            other = desk.authenticator.identify(member.token)
        except UnauthorizedError as error:
            field = f"party[{number}].token"
            raise problem(422, "party-member", "A member is not proven", "their token", field=field) from error
        players.append(Player(id=other.subject, skill=member.skill, latencies=member.latencies))
    if len({each.id for each in players}) < len(players):
        raise problem(422, "party-member", "A player is in the party twice", field="party")
    return players


ROUTES = [become_guest, create_ticket, read_ticket, follow_ticket, cancel_ticket, running_match, published_keys, status]
