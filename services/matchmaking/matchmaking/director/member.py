"""A ticket of a match."""

from msgspec import Struct


class Member(Struct, frozen=True, kw_only=True, rename="camel"):
    """It has a party of players."""

    ticket: str
    """Id of the TicketRecord."""

    open_match: str
    """Id of the Open Match ticket that was matched."""

    skill: float = 0.0
    """The mean of its players': who joins later is held against it."""
