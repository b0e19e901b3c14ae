"""Players whom an OpenID Connect provider vouches for, by its ID tokens.

Such a player is `<issuer without https://>|<sub>`, as `accounts.example/realms/one|248289761001`. An issuer has no `|`,
so that no two players of two issuers are one, whatever a `sub` is; and a guest has none at all. An issuer on the same
machine, which may be asked by http, keeps its `http://`.
"""

import asyncio
import logging
import math
from collections.abc import Mapping
from typing import Any, Never

import jwt
import msgspec
from jwt import PyJWK
from jwt.types import Options
from msgspec import Struct

from kubeclient.backoff import Backoff
from kubeclient.clock import Clock
from kubeclient.timeout import Timeout
from matchmaking.identity import Identity, UnauthorizedError, provider
from matchmaking.identity.provider import Provider, ProviderError
from matchmaking.identity.published_keys import PublishedKeys
from matchmaking.settings import Issuer

LARGEST = 8192
"""Bytes of a token."""

LONGEST_SUBJECT = 255
LEEWAY_SECONDS = 10.0
EARLY_SECONDS = 10.0
"""Keys are asked for no sooner than this after the last time, however many tokens are by a key that is not known."""

TYPES = ("", "JWT")
"""Header `typ` of an ID token. Others are of the same issuer, key and audience, and for other ends: `logout+jwt`."""

OPTIONS: Options = {
    "require": ["iss", "aud", "sub", "exp", "iat"],
    # The time is the clock's to say, not the machine's.
    "verify_exp": False,
    "verify_iat": False,
    "verify_nbf": False,
}

log = logging.getLogger(__name__)


class Claims(Struct, frozen=True):
    """Those of an ID token that are looked at here. Times are in seconds since the epoch."""

    sub: str
    aud: str | list[str]
    exp: float
    iat: float
    nbf: float = 0.0
    azp: str = ""
    events: Any = None
    """Of a logout token (OpenID Connect Back-Channel Logout 1.0, 2.4), which has no `typ` at some providers."""


class Oidc:
    """One issuer. `run` never returns; cancel it. Before it has heard the keys for the first time nobody is known."""

    def __init__(self, issuer: Issuer, clock: Clock) -> None:
        """Raises SettingsError for an issuer that can't be asked safely."""
        provider.check(issuer)
        self._issuer, self._clock = issuer, clock
        self._keys: PublishedKeys = {}
        self._wanted = asyncio.Event()
        self._backoff = Backoff(first=1.0, cap=60.0)
        self._jwt = jwt.PyJWT()
        self.error = "not asked yet"
        """Why its keys may be other ones by now; empty when they were heard."""

        self._heard_at = -math.inf

    @property
    def issuer(self) -> str:
        return self._issuer.issuer

    def staleness(self) -> float:
        """Seconds since it last told its keys; infinite before it first did."""
        return self._clock.monotonic() - self._heard_at

    def identify(self, token: str) -> Identity:
        """Raises UnauthorizedError, with the reason in words of our own: a token may hold any."""
        if len(token) > LARGEST:
            raise UnauthorizedError("too large")
        if not token.isascii():
            raise UnauthorizedError("not ASCII")
        try:
            claims = msgspec.convert(self._verified(token), Claims)
        except jwt.PyJWTError as error:
            raise UnauthorizedError(type(error).__name__) from error
        except msgspec.ValidationError as error:
            raise UnauthorizedError("claims of another type") from error
        self._check(claims)
        return Identity(subject(self.issuer, claims.sub))

    async def run(self) -> Never:
        """Keep the keys up, as long as their answer says they last; a failure leaves those that were heard last."""
        async with provider.session() as http:
            known = Provider(self._issuer, http, self._clock)
            while True:
                await self._refresh(known)

    async def _refresh(self, known: Provider) -> None:
        self._wanted.clear()
        began = self._clock.monotonic()
        try:
            published = await known.published()
        except ProviderError as error:
            self.error, seconds = str(error), self._backoff.next()
            log.warning("%s: its keys stay as they were; again in %.1f s: %s", self.issuer, seconds, error)
            await self._clock.sleep(seconds)
            return
        if not published.keys:
            log.warning("%s publishes no key that can be used: nobody of it is let in", self.issuer)
        self._keys, self._heard_at, self.error = published.keys, self._clock.monotonic(), ""
        self._backoff.reset()
        await self._pause(published.seconds, began + EARLY_SECONDS)

    async def _pause(self, seconds: float, earliest: float) -> None:
        """Until the seconds are over, or a key is missed; then not before `earliest`."""
        try:
            async with Timeout(self._clock, seconds):
                await self._wanted.wait()
        except TimeoutError:
            return
        await self._clock.sleep(earliest - self._clock.monotonic())

    def _verified(self, token: str) -> dict[str, Any]:
        """Raises PyJWTError and UnauthorizedError."""
        return self._jwt.decode(
            token,
            self._key(jwt.get_unverified_header(token)),
            algorithms=self._issuer.algorithms,
            audience=self._issuer.audiences,
            issuer=self._issuer.issuer,
            options=OPTIONS,
        )

    def _key(self, header: Mapping[str, Any]) -> PyJWK:
        """The header says which of the keys we have is tried, and no more: `jku`, `jwk` and `x5u` are not looked at."""
        if "crit" in header:
            raise UnauthorizedError("an extension that is critical")
        if header.get("typ", "") not in TYPES:
            raise UnauthorizedError("another type of token")
        if header.get("alg") not in self._issuer.algorithms:
            raise UnauthorizedError("another algorithm")
        if not header.get("kid"):
            raise UnauthorizedError("no key id")
        key = self._keys.get((header["kid"], header["alg"]))
        if key is None:
            self._wanted.set()
            raise UnauthorizedError("unknown key")
        return key

    def _check(self, claims: Claims) -> None:
        """Written so that what is not a number holds nowhere."""
        now = self._clock.now().timestamp()
        among_others = isinstance(claims.aud, list) and len(claims.aud) > 1
        printable = claims.sub.isascii() and claims.sub.isprintable()
        for reason, holds in (
            ("expired", now - LEEWAY_SECONDS < claims.exp < math.inf),
            ("issued in the future", -math.inf < claims.iat <= now + LEEWAY_SECONDS),
            ("not yet valid", claims.nbf <= now + LEEWAY_SECONDS),
            ("for another party", not among_others or claims.azp in self._issuer.audiences),
            ("no ID token", claims.events is None),
            ("no subject", printable and 0 < len(claims.sub) <= LONGEST_SUBJECT),
        ):
            if not holds:
                raise UnauthorizedError(reason)


def subject(issuer: str, sub: str) -> str:
    """The id of a player: another one for each issuer and `sub`."""
    return f"{issuer.removeprefix('https://')}|{sub}"
