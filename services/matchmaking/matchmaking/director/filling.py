"""What is to be done about the free seats of a match that is under way: pure, as `decide`, which asks here.

Only of one that somebody has joined: it ends with its server, and is not abandoned any more.
"""

from msgspec.structs import replace

from matchmaking import seats
from matchmaking.director.action import (
    Action,
    Advertise,
    AssignJoin,
    ClaimSeats,
    CommitJoin,
    Free,
    RefuseJoin,
    ReleaseJoin,
    Withdraw,
)
from matchmaking.director.joining import Join, JoinPhase
from matchmaking.director.observed import Observed, Server
from matchmaking.director.patience import Patience
from matchmaking.director.record import MatchRecord, Phase
from matchmaking.ticket_record import TicketRecord, TicketState


def admitted(record: MatchRecord, join: Join, backfill: str, now: float) -> MatchRecord | None:
    """With these on their way in. None: not into this match, or not by this backfill, which tells of other seats."""
    left = seats.without(record.free, join.takes)
    if left is None or record.join or backfill != record.backfill or not _under_way(record, now):
        return None
    return replace(record, join=join, free=left, advertised_at=0.0)


def fill(record: MatchRecord, server: Server, observed: Observed, now: float, patience: Patience) -> Action | None:
    """Its server is there, and somebody has joined it."""
    open_ = _under_way(record, now) and not (server.closed or server.suspect)
    if record.join is None:
        if not (open_ and any(record.free)):
            return Withdraw() if record.backfill else None
        old = not record.advertised_at or now >= record.advertised_at + patience.advertise
        return Advertise(server) if old else None
    match record.join.phase:
        case JoinPhase.CLAIMED:
            return AssignJoin()  # whatever becomes of the match: they are its players, and it is too late to part them
        case JoinPhase.REFUSED:
            return ReleaseJoin()
        case _:
            late = now >= record.join.created_at + patience.abandon
            return RefuseJoin() if late or not open_ else _claiming(record, record.join, observed)


def close(record: MatchRecord, observed: Observed) -> Action | None:
    """It is over. Who was joining and has not been told waits again; first of all, if it was as good as in."""
    if record.join and record.join.phase is JoinPhase.CLAIMED and (stranded := _stranded(record, observed)):
        return Free(stranded, 1)
    if record.join:
        return ReleaseJoin()
    return Withdraw() if record.backfill else None


def _under_way(record: MatchRecord, now: float) -> bool:
    return record.phase is Phase.ASSIGNED and record.begun and now < record.open_until


def _claiming(record: MatchRecord, join: Join, observed: Observed) -> Action:
    """Ticket by ticket, as for a new match: of two that want one, one gets it."""
    unclaimed: list[TicketRecord] = []
    for member in join.members:
        ticket = observed.tickets.get(member.ticket)
        if ticket is None or ticket.state is not TicketState.WAITING or ticket.open_match != member.open_match:
            return RefuseJoin()
        if ticket.match == record.claim:
            continue
        if ticket.match and ticket.match not in observed.void:
            return RefuseJoin()
        unclaimed.append(ticket)
    return ClaimSeats(tuple(unclaimed)) if unclaimed else CommitJoin()


def _stranded(record: MatchRecord, observed: Observed) -> tuple[TicketRecord, ...]:
    """Open Match may have assigned their tickets there, for good."""
    tickets = (observed.tickets.get(member.ticket) for member in record.everyone)
    return tuple(each for each in tickets if each and each.match == record.claim and each.state is TicketState.WAITING)
