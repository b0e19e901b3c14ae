"""Everything that can happen in a world, breadth first."""

from collections import deque
from collections.abc import Callable
from typing import Any

from matchmaking.director import decide as rules
from matchmaking.director.action import Attempt
from matchmaking.director.joining import JoinPhase
from matchmaking.director.record import MatchRecord, Phase
from matchmaking.ticket_record import TicketRecord, TicketState
from tests.services.matchmaking.director.world import (
    COMMITTED,
    END,
    PATIENCE,
    BrokenError,
    Director,
    Doing,
    State,
    carry_out,
    happenings,
    held,
    seen,
    servers_of,
    with_director,
)

MOST_ATTEMPTS = 3


def explore(first: State, decide: Callable[..., Any] = rules.decide, *, limit: int = 10**9, apart: bool = False) -> int:
    """How many states there are. Raises BrokenError for the first that must not be; stops at `limit`.

    `apart`: each director has a match of its own, as replicas that share the modes out among them do.
    """
    known, queue = {first}, deque([first])
    while queue and len(known) < limit:
        state = queue.popleft()
        check(state)
        moves = list(directors_moves(state, decide, apart=apart))
        if not moves and not state.sent and state.time >= END:
            check_rest(state)
        for after in (*moves, *happenings(state)):
            if after not in known:
                known.add(after)
                queue.append(after)
    return len(known)


def directors_moves(state: State, decide: Callable[..., Any], *, apart: bool) -> list[State]:
    """What each may do next: decide on any match, or go on with what it has begun."""
    found = []
    for index, director in enumerate(state.directors):
        if director.doing:
            found.append(carry_out(state, index))
            continue
        found += _fetched(state, index)
        for match in [index] if apart else range(len(state.matches)):
            if doing := _decided(state, match, director, decide):
                found.append(with_director(state, index, director._replace(doing=doing)))
    return found


def _fetched(state: State, index: int) -> list[State]:
    """A director takes a match for free seats, and reads the record of the match that has them."""
    found = []
    for each in state.proposals:
        match, admit = each
        left = state._replace(proposals=tuple(other for other in state.proposals if other != each))
        doing = Doing(match, admit, state.matches[match]) if state.matches[match] else None
        found.append(with_director(left, index, state.directors[index]._replace(doing=doing)))
    return found


def _decided(state: State, match: int, director: Director, decide: Callable[..., Any]) -> Doing | None:
    record, now = state.matches[match], float(state.time)
    if record is None:
        orphans = (rules.reap(server, now) for server in servers_of(state, match))
        action: Any = next(filter(None, orphans), None)
    else:
        action = decide(record, seen(state, match, director), now, PATIENCE)
    if action is None or (isinstance(action, Attempt) and state.attempts >= MOST_ATTEMPTS):
        return None
    return Doing(match, action, record)


def check(state: State) -> None:
    """What holds at every moment. Raises BrokenError."""
    for match, record in enumerate(state.matches):
        if record and record.phase in COMMITTED:
            _check_members(state, match, record)
    for ticket in filter(None, state.tickets):
        if ticket.state is TicketState.ASSIGNED:
            _check_assigned(state, ticket)
    for index, server in enumerate(state.servers):
        record = state.matches[server.match] if server.match >= 0 and server.alive else None
        taken = record and record.phase in (Phase.ALLOCATED, *COMMITTED) and record.server == str(index)
        if record and taken and record.nonce != server.nonce:
            raise BrokenError("the server on record has another nonce")


def _check_members(state: State, match: int, record: MatchRecord) -> None:
    for member in record.members:
        ticket = state.tickets[int(member.ticket)]
        if ticket and ticket.state is not TicketState.CANCELLED and ticket.match != record.id:
            raise BrokenError(f"a ticket of match {match} is another's: {ticket}")
    for member in record.join.members if record.join and record.join.phase is JoinPhase.CLAIMED else ():
        ticket = state.tickets[int(member.ticket)]
        if ticket and ticket.state is not TicketState.CANCELLED and ticket.match not in (record.id, record.claim):
            raise BrokenError(f"a ticket that joins match {match} is another's: {ticket}")
    if state.seats and record.free and len(record.everyone) + sum(record.free) != state.seats:
        raise BrokenError(f"{len(record.everyone)} players and {record.free} free are not {state.seats} seats")


def _check_assigned(state: State, ticket: TicketRecord) -> None:
    if int(ticket.match) not in state.placed:
        raise BrokenError("a ticket is assigned before its players have their places")
    if ticket.open_match not in state.promised:
        raise BrokenError("a ticket is assigned that waits in Open Match")
    record = state.matches[int(ticket.match)]
    if record is None or record.phase in (Phase.PROPOSED, Phase.ALLOCATING, Phase.ALLOCATED):
        raise BrokenError(f"a ticket is assigned to a match that never was committed: {record}")


def check_rest(state: State) -> None:
    """What holds once nothing is left to do and time has passed. Raises BrokenError."""
    for server in state.servers:
        if server.match >= 0 and server.alive and not server.joined:
            raise BrokenError(f"a server is allocated for nobody: {server}")
    for ticket in filter(None, state.tickets):
        if ticket.state is TicketState.WAITING and ticket.match and held(state, ticket.match):
            raise BrokenError(f"a ticket waits that nobody will match: {ticket}")
        if ticket.state is TicketState.WAITING and ticket.open_match in state.promised:
            raise BrokenError(f"a ticket waits that Open Match has assigned: {ticket}")
        record = state.matches[int(ticket.match)] if ticket.state is TicketState.ASSIGNED else None
        if ticket.state is TicketState.ASSIGNED and (record is None or record.phase is not Phase.ASSIGNED):
            raise BrokenError(f"a ticket is assigned to no match: {ticket}, {record}")
