"""What is told of a mode to whoever asks: how many wait, for how long, and how many play. Nothing of any player."""

import msgspec
from msgspec import Struct

FRESH_SECONDS = 15.0
"""After which it goes, if no director writes another."""


class Summary(Struct, frozen=True, kw_only=True, rename="camel"):
    """Key `summary/<mode>` of the store. Times are in seconds."""

    mode: str
    waiting: int
    """Tickets."""

    longest_wait: float
    typical_wait: float | None
    """Median of the latest tickets that got a server; None: there was none lately."""

    matches: int
    """Servers with a match."""

    def encoded(self) -> bytes:
        return msgspec.json.encode(self)


def key(mode: str) -> str:
    return f"summary/{mode}"


def decode(raw: bytes) -> Summary:
    """Raises msgspec.ValidationError."""
    return msgspec.json.decode(raw, type=Summary)
