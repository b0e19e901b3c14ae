"""What a director knows of a match when it decides."""

from collections.abc import Mapping

from msgspec import Struct

from matchmaking.ticket_record import TicketRecord


class Server(Struct, frozen=True, kw_only=True):
    """A GameServer with the label of the match, as the API server had it."""

    namespace: str
    name: str
    uid: str
    version: str
    """resourceVersion: a player who joins changes it, so that a deletion decided before that fails."""

    nonce: str
    joined: bool
    """A player has joined it (words.JOINED)."""

    deleting: bool = False
    closed: bool = False
    """It takes no more players (words.CLOSED)."""

    site: str = ""
    """Where its machine stands (words.SITE)."""

    suspect: bool = False
    """Its machine may be dead (words.SUSPECT), or Agones has called it Unhealthy."""

    addresses: tuple[str, ...] = ()
    """Where players reach it; none: nobody could."""

    expires_at: float = 0.0
    """words.EXPIRES: what its allocation was told."""


class Observed(Struct, frozen=True, kw_only=True):
    """Of one match. It may be behind: each action carries what it rests on as its precondition."""

    servers: tuple[Server, ...] = ()
    """All that have its label, whichever attempt they are of."""

    tickets: Mapping[str, TicketRecord | None] = {}
    """Its members' and those of who is joining, by id; None for one that is gone."""

    void: frozenset[str] = frozenset()
    """What those tickets name of matches that are abandoned or not on record, and of joins that are off: what these
    claimed is nobody's."""

    unsent: bool = False
    """The attempt on record is this director's, and its allocation was not sent yet."""

    refused: bool = False
    """That allocation was answered: there is no server. Nothing was allocated for it, and nothing will be."""
