"""Who an HTTP request is from."""

import base64
from collections.abc import Iterable

import msgspec
from msgspec import Struct

from matchmaking.identity import Identity, UnauthorizedError
from matchmaking.identity.guests import Guests
from matchmaking.identity.oidc import LARGEST, Oidc
from matchmaking.settings import SettingsError

SCHEME = "bearer"


class _Claims(Struct):
    iss: str


class Authenticator:
    """`guests` is None where a cluster has none."""

    def __init__(self, guests: Guests | None, issuers: Iterable[Oidc] = ()) -> None:
        """Raises SettingsError for an issuer that is there twice."""
        self._guests = guests
        self._issuers: dict[str, Oidc] = {}
        for each in issuers:
            if self._issuers.setdefault(each.issuer, each) is not each:
                raise SettingsError(f"players.issuers: {each.issuer} is there twice")

    async def authenticate(self, authorization: str | None) -> Identity:
        """Of the header Authorization. Raises UnauthorizedError."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != SCHEME or not token:
            raise UnauthorizedError("no bearer token")
        return self.identify(token)

    def identify(self, token: str) -> Identity:
        """Raises UnauthorizedError."""
        issuer = self._issuers.get(_claimed_issuer(token)) if self._issuers else None
        if issuer is not None:
            return issuer.identify(token)
        if self._guests is None:
            raise UnauthorizedError("guests are not allowed here")
        return self._guests.identify(token)


def _claimed_issuer(token: str) -> str:
    """Nobody has proven it: it only says who is to judge the token. Empty if it can't be read."""
    part = token[:LARGEST].split(".", 2)[1:2]
    try:
        raw = base64.urlsafe_b64decode("".join(part) + "==")
        return msgspec.json.decode(raw, type=_Claims).iss
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return ""
