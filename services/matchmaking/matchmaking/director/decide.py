"""What is to be done next about a match: pure, and the same whoever asks. Explored exhaustively by its tests."""

from matchmaking.director import filling
from matchmaking.director.action import (
    Abandon,
    Action,
    Allocate,
    Assign,
    Attempt,
    Begin,
    Claim,
    Commit,
    Dismiss,
    End,
    Forget,
    Free,
    GiveBack,
    Release,
    TakeServer,
)
from matchmaking.director.observed import Observed, Server
from matchmaking.director.patience import Patience
from matchmaking.director.record import MatchRecord, Phase
from matchmaking.ticket_record import TicketRecord, TicketState

__all__ = ["Patience", "decide", "reap"]


def decide(record: MatchRecord, observed: Observed, now: float, patience: Patience) -> Action | None:
    """None: there is nothing to do now. `now` is in seconds since the epoch."""
    if action := _loser(record, observed):
        return action
    match record.phase:
        case Phase.PROPOSED:
            return _given_up(record, now, patience) or Attempt()
        case Phase.ALLOCATING:
            return _allocating(record, observed, now, patience)
        case Phase.ALLOCATED:
            return _allocated(record, observed, now, patience)
        case Phase.CLAIMED:
            return Abandon("ServerLost", 1) if _lost(record, observed) else Assign()
        case Phase.ASSIGNED:
            return _assigned(record, observed, now, patience)
        case _:
            return _closed(record, observed, now, patience)


def reap(server: Server, now: float) -> GiveBack | None:
    """Of a server whose match is not on record: it was allocated by an attempt that nobody remembers.

    Not before its deadline, for the store may have lost the record of a match that is being played; nor ever once a
    player has joined.
    """
    if server.deleting or server.joined or now < server.expires_at:
        return None
    return GiveBack(server, "NoRecord")


def _loser(record: MatchRecord, observed: Observed) -> GiveBack | None:
    """A server that is not the match's and never will be: a nonce, once replaced, does not come back.

    No token for it was ever minted, so nobody can be on it; should a player have joined all the same, it stays.
    """
    for server in observed.servers:
        if not (server.deleting or server.joined or _may_win(record, server)):
            return GiveBack(server, "Loser")
    return None


def _may_win(record: MatchRecord, server: Server) -> bool:
    if record.phase in (Phase.ABANDONED, Phase.PROPOSED):
        return False
    if record.phase is Phase.ENDED:
        return server.name == record.server  # it shuts down by itself, or is reaped before the match ends
    return server.nonce == record.nonce and record.server in ("", server.name)


def _allocating(record: MatchRecord, observed: Observed, now: float, patience: Patience) -> Action | None:
    """Whoever sees the server of the attempt takes it: the director that sent the allocation may be gone."""
    if server := _of_attempt(record, observed):
        if server.deleting or server.suspect:
            return Abandon("ServerLost")
        return TakeServer(server) if server.addresses else Abandon("NoAddress")
    if observed.refused:
        return Abandon("NoServer")  # at once: its players are better off in the queue than in a match without a server
    if action := _given_up(record, now, patience):
        return action
    if observed.unsent:
        return Allocate(record.nonce)
    if now >= record.attempted_at + patience.attempt:
        return Attempt()
    return None


def _allocated(record: MatchRecord, observed: Observed, now: float, patience: Patience) -> Action | None:
    """Its tickets become its own one by one: no second match gets one of them, whatever Open Match gives out."""
    if _lost(record, observed):
        return Abandon("ServerLost")
    if action := _given_up(record, now, patience):
        return action
    unclaimed: list[TicketRecord] = []
    for member in record.members:
        ticket = observed.tickets.get(member.ticket)
        if ticket is None or ticket.state is not TicketState.WAITING or ticket.open_match != member.open_match:
            return Abandon("TicketGone")
        if ticket.match == record.id:
            continue
        if ticket.match and ticket.match not in observed.void:
            return Abandon("TicketTaken")
        unclaimed.append(ticket)
    return Claim(tuple(unclaimed)) if unclaimed else Commit()


def _assigned(record: MatchRecord, observed: Observed, now: float, patience: Patience) -> Action | None:
    """Players whose server went before they could join wait again, first of all; a match under way ends with it."""
    server = _of_attempt(record, observed)
    over = record.begun or now >= record.join_by
    if server is None or server.deleting:
        return End("ServerGone") if over else Abandon("ServerLost", 1)
    if server.joined:
        return filling.fill(record, server, observed, now, patience) if record.begun else Begin()
    if over:
        return GiveBack(server, "NobodyCame")
    return Abandon("ServerLost", 1) if server.suspect else None


def _closed(record: MatchRecord, observed: Observed, now: float, patience: Patience) -> Action | None:
    held = _held(record, observed)
    if record.phase is Phase.ENDED and held:
        return Dismiss(held)
    if record.phase is Phase.ABANDONED and held:
        return Free(held, record.priority)
    if action := filling.close(record, observed):
        return action
    if record.phase is Phase.ABANDONED and not record.released:
        return Release()
    # Of an ended match the server may still have players. Its label is of no more use then.
    left = any(not server.joined for server in observed.servers)
    return Forget() if not left and now >= record.closed_at + patience.forget else None


def _held(record: MatchRecord, observed: Observed) -> tuple[TicketRecord, ...]:
    """The tickets that still name it."""
    living = (TicketState.WAITING, TicketState.ASSIGNED)
    tickets = (observed.tickets.get(member.ticket) for member in record.everyone)
    return tuple(ticket for ticket in tickets if ticket and ticket.match == record.id and ticket.state in living)


def _given_up(record: MatchRecord, now: float, patience: Patience) -> Abandon | None:
    return Abandon("TooLate") if now >= record.created_at + patience.abandon else None


def _lost(record: MatchRecord, observed: Observed) -> bool:
    server = _of_attempt(record, observed)
    return server is None or server.deleting or server.suspect


def _of_attempt(record: MatchRecord, observed: Observed) -> Server | None:
    return next((each for each in observed.servers if _may_win(record, each)), None)
