"""A player's place in a match: what is needed to let them in, and in again after their client has crashed."""

import msgspec
from msgspec import Struct


class Place(Struct, frozen=True, kw_only=True, rename="camel"):
    """Key `place/<match>/<player>` of the store, written by the director before the player is told anything.

    By match, so that a director that is late overwrites nothing: a player's ticket names the match that counts.
    """

    match: str
    mode: str
    ticket: str
    """Id of the TicketRecord."""

    namespace: str
    server: str
    """Name of the GameServer."""

    nonce: str
    addresses: tuple[str, ...]
    """host:port and [v6]:port, the one to try first first."""

    team: int
    seat: int
    join_by: float
    """Seconds since the epoch: the end of the connect window of the first join."""

    ends_at: float
    """No match lasts longer: then this place is forgotten."""

    def encoded(self) -> bytes:
        return msgspec.json.encode(self, order="deterministic")


def key(match_id: str, player_id: str) -> str:
    return f"place/{match_id}/{player_id}"


def decode(raw: bytes) -> Place:
    """Raises msgspec.ValidationError."""
    return msgspec.json.decode(raw, type=Place)
