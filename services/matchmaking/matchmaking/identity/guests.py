"""Guests: identities of the cluster's own, for whoever asks, where it allows that."""

from collections.abc import Callable
from uuid import uuid4

import jwt
from jwt import PyJWK
from msgspec import Struct

from kubeclient.clock import Clock
from matchmaking.identity import Identity, UnauthorizedError
from matchmaking.tokens.keys import Keys

TYPE = "homeground-guest+jwt"
"""Header `typ`: by the same keys as join tokens, and never one of them (RFC 8725, 3.11)."""

PREFIX = "guest:"
SECONDS = 86_400
LARGEST = 2048
"""Bytes of a token."""


class Guest(Struct, frozen=True):
    """A new one. `expires_at` is in seconds since the epoch."""

    subject: str
    token: str
    expires_at: float


class Guests:
    """Any replica knows the guests of every other: what they have is a token, not a record."""

    def __init__(self, issuer: str, keys: Keys, clock: Clock, *, ids: Callable[[], str] = lambda: uuid4().hex) -> None:
        self._issuer, self._audience = issuer, f"{issuer}/guests"
        self._keys, self._clock, self._ids = keys, clock, ids
        self._jwt = jwt.PyJWT()

    def create(self) -> Guest:
        now = self._clock.now().timestamp()
        subject, expires = f"{PREFIX}{self._ids()}", int(now) + SECONDS
        signing = self._keys.current.signing
        claims = {"iss": self._issuer, "aud": self._audience, "sub": subject, "iat": int(now), "exp": expires}
        token = self._jwt.encode(claims, signing.private, signing.algorithm, {"kid": signing.id, "typ": TYPE})
        return Guest(subject, token, float(expires))

    def identify(self, token: str) -> Identity:
        """Raises UnauthorizedError."""
        if len(token) > LARGEST:
            raise UnauthorizedError("too large")
        try:
            header = jwt.get_unverified_header(token)
            key = next((key for key in self._keys.current.keys if key.id == header.get("kid")), None)
            if header.get("typ") != TYPE or key is None:
                raise UnauthorizedError("not a guest's token, or by no key of ours")
            found = self._jwt.decode(
                token,
                PyJWK({**key.public, "use": "sig"}, key.algorithm),
                algorithms=[key.algorithm],
                audience=self._audience,
                issuer=self._issuer,
                # The time is the clock's to say, not the machine's.
                options={"require": ["sub", "exp"], "verify_exp": False, "verify_iat": False},
            )
        except jwt.PyJWTError as error:
            raise UnauthorizedError(f"{type(error).__name__}: {error}") from error
        subject, expires = found["sub"], found["exp"]
        if not isinstance(expires, int) or expires <= self._clock.now().timestamp():
            raise UnauthorizedError("expired")
        if not isinstance(subject, str) or not subject.startswith(PREFIX):
            raise UnauthorizedError("not a guest")
        return Identity(subject)
