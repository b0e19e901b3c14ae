"""Who an HTTP request is from."""

from matchmaking.identity import Identity, UnauthorizedError
from matchmaking.identity.guests import Guests

SCHEME = "bearer"


class Authenticator:
    """`guests` is None where a cluster has none."""

    def __init__(self, guests: Guests | None) -> None:
        self._guests = guests

    async def authenticate(self, authorization: str | None) -> Identity:
        """Of the header Authorization. Raises UnauthorizedError."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != SCHEME or not token:
            raise UnauthorizedError("no bearer token")
        return self.identify(token)

    def identify(self, token: str) -> Identity:
        """Raises UnauthorizedError."""
        if self._guests is None:
            raise UnauthorizedError("guests are not allowed here")
        return self._guests.identify(token)
