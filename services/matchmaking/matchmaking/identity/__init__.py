"""Who a player is."""

from msgspec import Struct


class Identity(Struct, frozen=True):
    """Somebody who has proven it."""

    subject: str
    """The id of the player everywhere: `guest:<id>`, or `<issuer>|<sub>` (matchmaking/identity/oidc.py)."""


class UnauthorizedError(Exception):
    """Nobody has proven anything. `reason` is for logs; whoever asks is told no more than that."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
