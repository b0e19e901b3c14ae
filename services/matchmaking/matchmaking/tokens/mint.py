"""A token for a player's place: made when they ask for it, and again when they come back after a crash."""

from collections.abc import Callable
from uuid import uuid4

import jwt
from msgspec import Struct

from kubeclient.clock import Clock
from matchmaking.place import Place
from matchmaking.tokens.keys import Keys

TYPE = "homeground-join+jwt"
"""Header `typ`: a token of any other kind by the same keys is none of these (RFC 8725, 3.11)."""


class TooLateError(Exception):
    """The match is over: nobody may join any more."""


class Token(Struct, frozen=True):
    """What a player gets. `expires_at` is in seconds since the epoch."""

    token: str
    expires_at: float


class Minter:
    """`connect_seconds` is how long a token is good for."""

    def __init__(self, issuer: str, keys: Keys, clock: Clock, *, ids: Callable[[], str] = lambda: uuid4().hex) -> None:
        self._issuer, self._keys, self._clock, self._ids = issuer, keys, clock, ids

    def mint(self, place: Place, player: str, connect_seconds: float) -> Token:
        """For whoever has been authenticated as this player. Raises TooLateError.

        It lasts for one connect window from now, first join or not: until then nobody else has the seat, and a server
        that nobody joins is taken away by the director, not by a token.
        """
        now = self._clock.now().timestamp()
        if now >= place.ends_at:
            raise TooLateError(f"match {place.match} is over")
        expires = min(now + connect_seconds, place.ends_at)
        signing = self._keys.current.signing
        claims = {
            "iss": self._issuer,
            "aud": audience(place.namespace, place.server),
            "sub": player,
            "jti": self._ids(),
            "nbf": int(now),
            "iat": int(now),
            "exp": int(expires),
            "nonce": place.nonce,
            "match": place.match,
            "team": place.team,
            "seat": place.seat,
        }
        headers = {"kid": signing.id, "typ": TYPE}
        return Token(jwt.encode(claims, signing.private, signing.algorithm, headers), float(int(expires)))


def audience(namespace: str, server: str) -> str:
    """Names of servers do not come back soon, but they may: the nonce is what binds a token to one match."""
    return f"{namespace}/{server}"
