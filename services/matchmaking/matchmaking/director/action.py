"""What a director may do. One action a look; each holds only if what it rests on is still so when it is done."""

from typing import TypeAlias

from msgspec import Struct

from matchmaking.director.observed import Server
from matchmaking.ticket_record import TicketRecord


class Attempt(Struct, frozen=True):
    """Put a new nonce on record (compare-and-set of the MatchRecord), before anything is allocated with it."""


class Allocate(Struct, frozen=True):
    """Send the allocation with the nonce on record, once."""

    nonce: str


class TakeServer(Struct, frozen=True):
    """Put it on record as the match's (compare-and-set of the MatchRecord): of two, one becomes it."""

    server: Server


class Claim(Struct, frozen=True):
    """Name the match in each of these, if it is unchanged (compare-and-set of each TicketRecord)."""

    tickets: tuple[TicketRecord, ...]


class Commit(Struct, frozen=True):
    """Put on record that all tickets are claimed (compare-and-set of the MatchRecord)."""


class Assign(Struct, frozen=True):
    """Write the players' places, assign in Open Match, mark the tickets, the match, and announce it: in that order.

    All of it may be done twice: it is the same both times.
    """


class Begin(Struct, frozen=True):
    """Put on record that a player has joined (compare-and-set of the MatchRecord)."""


class Abandon(Struct, frozen=True):
    """Put on record that it will not be played (compare-and-set of the MatchRecord). What follows comes later."""

    reason: str
    priority: int = 0


class Free(Struct, frozen=True):
    """Let each of these wait again, if it is unchanged (compare-and-set).

    Those of a match that was committed get a new Open Match ticket: the old one may have an assignment, for good.
    """

    tickets: tuple[TicketRecord, ...]
    priority: int


class Release(Struct, frozen=True):
    """Tell Open Match that the match's tickets are to be matched again, then put that on record.

    Too late or twice is harmless: what else has claimed them by then keeps them.
    """


class Dismiss(Struct, frozen=True):
    """Delete each of these, if it is unchanged, and with it its players' right to no second one."""

    tickets: tuple[TicketRecord, ...]


class GiveBack(Struct, frozen=True):
    """Delete the server, with uid and resourceVersion: an Allocated one never becomes Ready again."""

    server: Server
    reason: str


class End(Struct, frozen=True):
    """Put on record that it is over (compare-and-set of the MatchRecord)."""

    reason: str


class Forget(Struct, frozen=True):
    """Delete the MatchRecord, if it is unchanged."""


class Advertise(Struct, frozen=True):
    """Make an Open Match backfill of the free seats, put its id on record (compare-and-set of the MatchRecord), then
    delete the one that it replaces. Made anew, not acknowledged: that would assign whatever tickets are matched to it.
    """

    server: Server


class Withdraw(Struct, frozen=True):
    """Delete the backfill, then put that on record (compare-and-set of the MatchRecord)."""


class ClaimSeats(Struct, frozen=True):
    """Name the join in each of these, if it is unchanged (compare-and-set of each TicketRecord)."""

    tickets: tuple[TicketRecord, ...]


class CommitJoin(Struct, frozen=True):
    """Put on record that all of its tickets are claimed (compare-and-set of the MatchRecord)."""


class AssignJoin(Struct, frozen=True):
    """As Assign, for those who join; last, they are put on record as members (compare-and-set of the MatchRecord)."""


class RefuseJoin(Struct, frozen=True):
    """Put on record that it is off (compare-and-set of the MatchRecord). From then on its claims are nobody's."""


class ReleaseJoin(Struct, frozen=True):
    """Tell Open Match that its tickets are to be matched again, then take it off the record (compare-and-set)."""


Filling: TypeAlias = Advertise | Withdraw | ClaimSeats | CommitJoin | AssignJoin | RefuseJoin | ReleaseJoin
"""Of the free seats of a running match."""

Action: TypeAlias = (
    Attempt
    | Allocate
    | TakeServer
    | Claim
    | Commit
    | Assign
    | Begin
    | Abandon
    | Free
    | Release
    | GiveBack
    | End
    | Dismiss
    | Forget
    | Filling
)
