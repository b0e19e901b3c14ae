"""What is on record of a match."""

from enum import StrEnum

import msgspec
from msgspec import Struct

from matchmaking.director.joining import Join, JoinPhase
from matchmaking.director.member import Member
from matchmaking.seats import Seats


class Phase(StrEnum):
    """How far it is. Only forward, and from any but the last two to ABANDONED or ENDED, which are final."""

    PROPOSED = "proposed"
    ALLOCATING = "allocating"
    """An attempt is on record, and its nonce with it. There may be a server with that nonce, or may yet be."""

    ALLOCATED = "allocated"
    """The server on record is the match's, and no other ever will be."""

    CLAIMED = "claimed"
    """All of its tickets are its own. From here on only the loss of its server ends it before its players join."""

    ASSIGNED = "assigned"
    """Its players have been told."""

    ABANDONED = "abandoned"
    """It will not be played: its tickets wait again, whatever has its nonces is given back."""

    ENDED = "ended"
    """It is over; its tickets have had their match."""


class MatchRecord(Struct, frozen=True, kw_only=True, rename="camel"):
    """Key `match/<id>` of the store. Changed by compare-and-set only. Times are seconds since the epoch."""

    id: str
    """The match_id: a uuid, and the value of the label that its server gets."""

    mode: str
    namespace: str
    members: tuple[Member, ...]
    roster: bytes
    """wire.Roster, serialised deterministically."""

    created_at: float
    phase: Phase = Phase.PROPOSED
    nonce: str = ""
    """Of the attempt that counts, 128 bits in hex. One of an earlier attempt never comes back."""

    attempted_at: float = 0.0
    server: str = ""
    """Name of the GameServer; its nonce is the one above."""

    addresses: tuple[str, ...] = ()
    """Of the server: host:port and [v6]:port."""

    join_by: float = 0.0
    """Once claimed: until then its players have to have joined."""

    begun: bool = False
    """A player has joined: with its server the match ends, and its players have had it."""

    reason: str = ""
    """Of an end: a word for people and metrics."""

    priority: int = 0
    """Of the tickets of an abandoned match, from then on."""

    released: bool = False
    """Once it is abandoned: whether Open Match has been told."""

    closed_at: float = 0.0
    """When it was abandoned or ended."""

    free: Seats = ()
    """Seats by team that nobody has. Whoever joins takes them by the compare-and-set that puts `join` on record."""

    open_until: float = 0.0
    """Free seats are filled until then; 0: never."""

    join: Join | None = None
    """Who is joining; one after another, so that the seats of no two are the same."""

    backfill: str = ""
    """Id of the Open Match backfill that tells of the free seats, or told: one that was taken tells of none."""

    advertised_at: float = 0.0
    """When that was made; 0: its seats are not those of now."""

    @property
    def everyone(self) -> tuple[Member, ...]:
        """Its members, and who is joining."""
        return self.members + (self.join.members if self.join else ())

    @property
    def claim(self) -> str:
        """What the tickets of who is joining name before they are its players. `/` is in no match id.

        Not its own id: a claim that comes late, when the join is off, would tie the ticket to a match that goes on
        without it.
        """
        return f"{self.id}/{self.join.id if self.join else ''}"

    def holds(self, claim: str) -> bool:
        """Whether a ticket that names this is the match's, or another may have it."""
        if claim == self.id:
            return self.phase is not Phase.ABANDONED
        joining = self.phase is Phase.ASSIGNED and self.join is not None and self.join.phase is not JoinPhase.REFUSED
        return joining and claim == self.claim

    def encoded(self) -> bytes:
        return msgspec.json.encode(self, order="deterministic")


def key(match_id: str) -> str:
    return f"match/{match_id}"


def match_of(claim: str) -> str:
    """The match whose record says whether a ticket that names this is taken."""
    return claim.partition("/")[0]


def decode(raw: bytes) -> MatchRecord:
    """Raises msgspec.ValidationError."""
    return msgspec.json.decode(raw, type=MatchRecord)
