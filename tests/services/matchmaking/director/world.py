"""A world small enough to try everything in: matches, tickets, servers, two directors, and what can go wrong.

It keeps real MatchRecords and TicketRecords, and asks the real `decide`. An action is carried out write after write,
in the order that its docstring tells; between any two of them anything else can happen.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from msgspec.structs import replace

from matchmaking.director import action as act
from matchmaking.director import filling
from matchmaking.director.decide import Patience
from matchmaking.director.joining import Join, JoinPhase
from matchmaking.director.member import Member
from matchmaking.director.observed import Observed, Server
from matchmaking.director.record import MatchRecord, Phase, match_of
from matchmaking.director.usher import released, seated
from matchmaking.ticket_record import TicketRecord, TicketState

PATIENCE = Patience(attempt=1, abandon=2, forget=0, advertise=99)
JOIN_BY, END = 3.0, 3
"""Time goes in steps: 1 is late for an attempt, 2 for a match, 3 for its players."""

COMMITTED = (Phase.CLAIMED, Phase.ASSIGNED)


class BrokenError(Exception):
    """Something that must never be is so."""


class Machine(NamedTuple):
    """A GameServer; free while `match` is -1. One that is deleted leaves nothing: names do not come back."""

    match: int = -1
    nonce: str = ""
    alive: bool = True
    joined: bool = False
    suspect: bool = False
    closed: bool = False


class Admit(NamedTuple):
    """Not of `decide`: what a director does with a match that takes free seats, once it was fetched."""

    join: Join
    backfill: str


class Doing(NamedTuple):
    """What a director has set out to do: the writes that are left, on what it had seen."""

    match: int
    action: Any
    basis: MatchRecord | None
    """None: of a server whose match is not on record."""

    step: int = 0


class Director(NamedTuple):
    doing: Doing | None = None
    unsent: str = ""
    refused: str = ""


class State(NamedTuple):
    matches: tuple[MatchRecord | None, ...]
    tickets: tuple[TicketRecord | None, ...]
    servers: tuple[Machine, ...]
    directors: tuple[Director, ...]
    sent: tuple[tuple[int, str, int], ...] = ()
    """Allocations under way: match, nonce, and the director that waits for the answer."""

    placed: frozenset[int] = frozenset()
    """Matches whose players' places are written."""

    promised: frozenset[str] = frozenset()
    """Open Match tickets that are assigned there: no match is made of them any more."""

    proposals: tuple[tuple[int, Admit], ...] = ()
    """Fetched, and in no director's hands yet: for which match, and who."""

    time: int = 0
    crashes: int = 1
    deaths: int = 1
    cancels: int = 1
    attempts: int = 0
    closings: int = 0
    seats: int = 0
    """Of a match with backfill."""


def begin(members: tuple[tuple[int, ...], ...], servers: int, directors: int = 2) -> State:
    """Matches of these tickets (by number), proposed just now."""
    tickets = max(max(each) for each in members) + 1
    records = tuple(
        MatchRecord(
            id=str(index),
            mode="m",
            namespace="n",
            members=tuple(Member(ticket=str(each), open_match=f"om{each}") for each in of),
            roster=b"",
            created_at=0,
        )
        for index, of in enumerate(members)
    )
    waiting = tuple(
        TicketRecord(id=str(each), open_match=f"om{each}", mode="m", players=(), created_at=0, waiting_since=0)
        for each in range(tickets)
    )
    return State(records, waiting, (Machine(),) * servers, (Director(),) * directors)


def seen(state: State, match: int, director: Director) -> Observed:
    """What a director that reads everything now knows."""
    record = state.matches[match]
    assert record
    void = {each.match for each in state.tickets if each and each.match and not held(state, each.match)}
    return Observed(
        servers=tuple(servers_of(state, match)),
        tickets={str(index): ticket for index, ticket in enumerate(state.tickets)},
        void=frozenset(void),
        unsent=bool(record.nonce) and director.unsent == record.nonce,
        refused=bool(record.nonce) and director.refused == record.nonce,
    )


def held(state: State, claim: str) -> bool:
    """Whether what a ticket names counts."""
    record = state.matches[int(match_of(claim))]
    return record is not None and record.holds(claim)


def servers_of(state: State, match: int) -> Iterator[Server]:
    """Those with the match's label."""
    for index, server in enumerate(state.servers):
        if server.match == match and server.alive:
            yield Server(
                namespace="n",
                name=str(index),
                uid=str(index),
                version=str(hash(server)),
                nonce=server.nonce,
                joined=server.joined,
                suspect=server.suspect,
                closed=server.closed,
                addresses=("192.0.2.1:7777",),
                expires_at=JOIN_BY,
            )


def happenings(state: State) -> Iterator[State]:
    """What may come from outside."""
    yield from _allocations(state)
    yield from _fates(state)
    for index, ticket in enumerate(state.tickets):
        if state.cancels and ticket and ticket.state is TicketState.WAITING:
            cancelled = replace(ticket, state=TicketState.CANCELLED)
            yield _with_ticket(state._replace(cancels=state.cancels - 1), index, cancelled)
    for index, director in enumerate(state.directors):
        if state.crashes and director != Director():
            yield with_director(state._replace(crashes=state.crashes - 1), index, Director())
    if state.time < END:
        yield state._replace(time=state.time + 1)


def _allocations(state: State) -> Iterator[State]:
    """An allocation takes a free server, or is answered that there is none; an answer may be lost."""
    for entry in state.sent:
        match, nonce, asking = entry
        left = state._replace(sent=tuple(each for each in state.sent if each != entry))
        free = next((index for index, each in enumerate(state.servers) if each.alive and each.match < 0), None)
        if free is None:
            yield left  # the answer is lost
            yield with_director(left, asking, state.directors[asking]._replace(refused=nonce))
        else:
            yield _with_server(left, free, Machine(match, nonce))


def _fates(state: State) -> Iterator[State]:
    """A server's machine is suspected or dead, or a player comes."""
    for index, server in enumerate(state.servers):
        if server.match < 0 or not server.alive:
            continue
        if state.deaths and not server.suspect:
            yield _with_server(state._replace(deaths=state.deaths - 1), index, server._replace(suspect=True))
            yield _with_server(state._replace(deaths=state.deaths - 1), index, server._replace(alive=False))
        if state.closings and not server.closed:
            yield _with_server(state._replace(closings=state.closings - 1), index, server._replace(closed=True))
        record = state.matches[server.match]
        if record and record.phase is Phase.ASSIGNED and record.server == str(index) and not server.joined:
            yield _with_server(state, index, server._replace(joined=True))


def carry_out(state: State, index: int) -> State:
    """The next write of what the director does."""
    director = state.directors[index]
    doing = director.doing
    assert doing
    idle = with_director(state, index, director._replace(doing=None))
    match, action, basis = doing.match, doing.action, doing.basis
    if isinstance(action, act.Allocate):
        quiet = with_director(idle, index, idle.directors[index]._replace(unsent=""))
        return quiet._replace(sent=tuple(sorted({*state.sent, (match, action.nonce, index)})))
    if isinstance(action, act.GiveBack):
        return _give_back(idle, match, action)
    assert basis
    if isinstance(action, act.Claim | act.ClaimSeats | act.Free | act.Dismiss):
        return _ticket_by_ticket(state, idle, index, doing)
    if isinstance(action, act.Assign | act.AssignJoin):
        return _assign(state, idle, index, doing)
    return _write(idle, index, match, basis, _changed(state, basis, action))


def _changed(state: State, record: MatchRecord, action: Any) -> MatchRecord | None:
    now = float(state.time)
    match action:
        case act.Attempt():
            return replace(record, phase=Phase.ALLOCATING, nonce=f"{record.id}.{state.attempts}", attempted_at=now)
        case act.TakeServer(server):
            return replace(record, phase=Phase.ALLOCATED, server=server.name)
        case act.Commit():
            return replace(record, phase=Phase.CLAIMED, join_by=JOIN_BY)
        case act.Begin():
            return replace(record, begun=True)
        case act.Abandon(reason, priority):
            return replace(record, phase=Phase.ABANDONED, reason=reason, priority=priority, closed_at=now)
        case act.Release():
            return replace(record, released=True)
        case act.End(reason):
            return replace(record, phase=Phase.ENDED, reason=reason, closed_at=now)
        case act.Forget():
            return None
        case _:
            return _filled(record, action, now)


def _filled(record: MatchRecord, action: Any, now: float) -> MatchRecord:
    match action:
        case Admit(join, backfill):
            return filling.admitted(record, join, backfill, now) or record
        case act.Advertise():
            return replace(record, backfill=f"{record.backfill}+", advertised_at=now or 0.5)
        case act.Withdraw():
            return replace(record, backfill="", advertised_at=0.0)
        case act.ReleaseJoin():
            return released(record)
        case _:
            phase = JoinPhase.CLAIMED if isinstance(action, act.CommitJoin) else JoinPhase.REFUSED
            assert record.join
            return replace(record, join=replace(record.join, phase=phase))


def _write(state: State, index: int, match: int, basis: MatchRecord, new: MatchRecord | None) -> State:
    """Compare-and-set of the record."""
    if state.matches[match] != basis:
        return state
    changed = state._replace(matches=(*state.matches[:match], new, *state.matches[match + 1 :]))
    if new and new.nonce != basis.nonce:
        director = changed.directors[index]._replace(unsent=new.nonce, refused="")
        return with_director(changed, index, director)._replace(attempts=state.attempts + 1)
    return changed


def _ticket_by_ticket(state: State, idle: State, index: int, doing: Doing) -> State:
    assert doing.basis
    seen_ticket: TicketRecord = doing.action.tickets[doing.step]
    number = int(seen_ticket.id)
    if state.tickets[number] != seen_ticket:
        return idle
    match doing.action:
        case act.Claim():
            new: TicketRecord | None = replace(seen_ticket, match=doing.basis.id)
        case act.ClaimSeats():
            new = replace(seen_ticket, match=doing.basis.claim)
        case act.Free(_, priority):
            anew = f"{seen_ticket.open_match}+" if doing.basis.join_by else seen_ticket.open_match
            waiting = replace(seen_ticket, match="", state=TicketState.WAITING, open_match=anew)
            new = replace(waiting, priority=max(priority, seen_ticket.priority))
        case _:
            new = None
    if doing.step + 1 == len(doing.action.tickets):
        return _with_ticket(idle, number, new)
    onward = state.directors[index]._replace(doing=doing._replace(step=doing.step + 1))
    return _with_ticket(with_director(state, index, onward), number, new)


def _assign(state: State, idle: State, index: int, doing: Doing) -> State:
    """Places and Open Match, then ticket by ticket, then the record."""
    record = doing.basis
    assert record
    members, claim, new = record.members, record.id, replace(record, phase=Phase.ASSIGNED)
    if isinstance(doing.action, act.AssignJoin) and record.join:
        members, claim, new = record.join.members, record.claim, seated(record, b"")
    onward = with_director(state, index, state.directors[index]._replace(doing=doing._replace(step=doing.step + 1)))
    if doing.step == 0:
        told = state.promised | {member.open_match for member in members}
        return onward._replace(placed=state.placed | {doing.match}, promised=told)
    if doing.step > len(members):
        return _write(idle, index, doing.match, record, new)
    number = int(members[doing.step - 1].ticket)
    ticket = state.tickets[number]
    if ticket and ticket.state is TicketState.WAITING and ticket.match == claim:
        return _with_ticket(onward, number, replace(ticket, state=TicketState.ASSIGNED, match=record.id))
    return onward


def _give_back(state: State, match: int, action: act.GiveBack) -> State:
    index = int(action.server.name)
    server = state.servers[index]
    if server.match != match or not server.alive or str(hash(server)) != action.server.version:
        return state
    if server.joined:
        raise BrokenError("a server with players on it was given back")
    record = state.matches[match]
    open_ = record is not None and record.phase in (Phase.ALLOCATED, *COMMITTED)
    if record and open_ and record.server == action.server.name and action.reason != "NobodyCame":
        raise BrokenError("the server of a match was given back")
    return _with_server(state, index, Machine(alive=False))


def with_director(state: State, index: int, director: Director) -> State:
    return state._replace(directors=(*state.directors[:index], director, *state.directors[index + 1 :]))


def _with_server(state: State, index: int, server: Machine) -> State:
    return state._replace(servers=(*state.servers[:index], server, *state.servers[index + 1 :]))


def _with_ticket(state: State, index: int, ticket: TicketRecord | None) -> State:
    return state._replace(tickets=(*state.tickets[:index], ticket, *state.tickets[index + 1 :]))
