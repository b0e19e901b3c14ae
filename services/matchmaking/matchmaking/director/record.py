"""What is on record of a match."""

from enum import StrEnum

import msgspec
from msgspec import Struct


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


class Member(Struct, frozen=True, kw_only=True, rename="camel"):
    """A ticket of the match."""

    ticket: str
    """Id of the TicketRecord."""

    open_match: str
    """Id of the Open Match ticket that was matched."""


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

    def encoded(self) -> bytes:
        return msgspec.json.encode(self, order="deterministic")


def key(match_id: str) -> str:
    return f"match/{match_id}"


def decode(raw: bytes) -> MatchRecord:
    """Raises msgspec.ValidationError."""
    return msgspec.json.decode(raw, type=MatchRecord)
