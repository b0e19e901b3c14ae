"""A ticket as the player API keeps it: it outlives the tickets of Open Match that stand for it one after another."""

from enum import StrEnum

import msgspec
from msgspec import Struct


class TicketState(StrEnum):
    """What a client is told. All but the first two are final."""

    WAITING = "waiting"
    ASSIGNED = "assigned"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class Player(Struct, frozen=True, kw_only=True, rename="camel"):
    """One of a party, as the API was told."""

    id: str
    skill: float = 0.0
    latencies: dict[str, float] = {}
    """Milliseconds by site."""


class TicketRecord(Struct, frozen=True, kw_only=True, rename="camel"):
    """Key `ticket/<id>` of the store. Changed by compare-and-set only."""

    id: str
    """A uuid4 in hex: what clients know."""

    open_match: str
    """Id of the Open Match ticket that stands for it now."""

    mode: str
    players: tuple[Player, ...]
    """The one who asked first."""

    created_at: float
    """Seconds since the epoch, as all times here."""

    waiting_since: float
    priority: int = 0
    """1 after its server died: such tickets are matched first."""

    state: TicketState = TicketState.WAITING
    match: str = ""
    """The match that has claimed it: no other may have it, unless that one is abandoned. Its players are told of it
    once the state is `assigned`."""

    def encoded(self) -> bytes:
        return msgspec.json.encode(self, order="deterministic")


def key(ticket_id: str) -> str:
    return f"ticket/{ticket_id}"


def player_key(player_id: str) -> str:
    """Its value is the id of the one ticket that a player may have."""
    return f"player/{player_id}"


def decode(raw: bytes) -> TicketRecord:
    """Raises msgspec.ValidationError."""
    return msgspec.json.decode(raw, type=TicketRecord)
