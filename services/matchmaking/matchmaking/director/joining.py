"""Players on their way into a running match: part of its record."""

from enum import StrEnum

from msgspec import Struct

from matchmaking.director.member import Member
from matchmaking.seats import Seats


class JoinPhase(StrEnum):
    """How far they are. Once they are in there is nothing of it left: they are members like all others."""

    PROPOSED = "proposed"
    """The seats are theirs, their tickets not yet the match's."""

    CLAIMED = "claimed"
    """All tickets are: they share the match's fate from here on."""

    REFUSED = "refused"
    """They wait on: nothing that was claimed for it counts. Open Match has yet to be told."""


class Join(Struct, frozen=True, kw_only=True, rename="camel"):
    """Of one proposed match with a backfill."""

    id: str
    """Its match_id: a uuid."""

    members: tuple[Member, ...]
    roster: bytes
    """wire.Roster of these players alone, by team of the running match."""

    takes: Seats
    created_at: float
    phase: JoinPhase = JoinPhase.PROPOSED
    join_by: float = 0.0
    """Once claimed: until then they have to have joined."""
