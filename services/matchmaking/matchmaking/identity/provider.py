"""An OpenID Connect provider, as far as it is asked for its keys: a stranger, whose answers are small and soon."""

import math
import re
from ipaddress import ip_address
from urllib.parse import urlsplit

import aiohttp
import msgspec
from aiohttp import ClientSession
from msgspec import Struct

from kubeclient.clock import Clock
from kubeclient.timeout import Timeout
from matchmaking.identity import published_keys
from matchmaking.identity.published_keys import KeySetError, PublishedKeys
from matchmaking.settings import Issuer, SettingsError

SECONDS = 5.0
"""For one answer."""

LARGEST = 262_144
"""Bytes of one."""

LEAST_SECONDS, USUAL_SECONDS, MOST_SECONDS = 60.0, 300.0, 3600.0
"""For which keys are kept, whatever their answer asks for; the middle one if it does not."""

MAX_AGE = re.compile(r'(?:^|[,\s])max-age="?(\d{1,10})', re.IGNORECASE)
FRESH = re.compile(r"(?:^|[,\s])no-(?:store|cache)", re.IGNORECASE)


class ProviderError(Exception):
    """It said nothing in time, or nothing that can be used."""


class Published(Struct, frozen=True):
    """Its keys, and for how many seconds they may be kept."""

    keys: PublishedKeys
    seconds: float


class _Configuration(Struct):
    issuer: str
    jwks_uri: str


class Provider:
    """Where its keys are is asked anew after each failure, and each hour."""

    def __init__(self, issuer: Issuer, http: ClientSession, clock: Clock) -> None:
        self._issuer, self._http, self._clock = issuer, http, clock
        self._uri, self._found_at = issuer.jwks_uri, -math.inf

    async def published(self) -> Published:
        """Raises ProviderError."""
        if not self._issuer.jwks_uri and self._clock.monotonic() - self._found_at >= MOST_SECONDS:
            self._uri, self._found_at = await self._discover(), self._clock.monotonic()
        try:
            body, cache_control = await self._get(self._uri)
            keys = published_keys.read(body, self._issuer.algorithms)
        except (ProviderError, KeySetError) as error:
            self._found_at = -math.inf
            raise ProviderError(f"{self._uri!r}: {error}") from error
        return Published(keys, _seconds(cache_control))

    async def _discover(self) -> str:
        """OpenID Connect Discovery 1.0, 4: who answers as another issuer than was asked is not believed."""
        uri = f"{self._issuer.issuer.rstrip('/')}/.well-known/openid-configuration"
        try:
            body, _ = await self._get(uri)
            found = msgspec.json.decode(body, type=_Configuration)
        except (ProviderError, msgspec.MsgspecError, ValueError, RecursionError) as error:
            raise ProviderError(f"{uri}: {error}") from error
        if found.issuer != self._issuer.issuer:
            raise ProviderError(f"{uri} is of the issuer {found.issuer!r}")
        if not may_be_asked(found.jwks_uri, plain=_is_plain(self._issuer.issuer)):
            raise ProviderError(f"{uri} has keys at {found.jwks_uri!r}, which is not https")
        return found.jwks_uri

    async def _get(self, uri: str) -> tuple[bytes, str]:
        """The body, and Cache-Control."""
        try:
            async with Timeout(self._clock, SECONDS), self._http.get(uri, allow_redirects=False) as answer:
                if answer.status != 200:
                    raise ProviderError(f"HTTP {answer.status}")
                return await _body(answer), answer.headers.get("Cache-Control", "")
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise ProviderError(f"no answer ({type(error).__name__})") from error


def session() -> ClientSession:
    """Nothing is unpacked, since a little that is packed can become very much."""
    return ClientSession(
        auto_decompress=False,
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "matchmaking/0.1"},
        timeout=aiohttp.ClientTimeout(total=None),  # by the Clock
    )


def check(issuer: Issuer) -> None:
    """Raises SettingsError for one whose keys could be anyone's: in plain text, anybody on the way answers."""
    name = issuer.issuer
    if not may_be_asked(name, plain=True) or not (name.isascii() and name.isprintable()) or set(name) & set(" |?#"):
        raise SettingsError(f"players.issuers: {name!r} is no https:// address without query and fragment")
    if issuer.jwks_uri and not may_be_asked(issuer.jwks_uri, plain=_is_plain(name)):
        raise SettingsError(f"players.issuers: {name} has its keys at {issuer.jwks_uri!r}: https is needed")


def may_be_asked(uri: str, *, plain: bool) -> bool:
    """By https; and if `plain`, by http on this very machine."""
    try:
        parts = urlsplit(uri)
        host = parts.hostname
    except ValueError:
        return False
    return bool(host) and (parts.scheme == "https" or (plain and parts.scheme == "http" and _is_here(str(host))))


def _is_plain(uri: str) -> bool:
    return urlsplit(uri).scheme == "http"


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


async def _body(answer: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for part in answer.content.iter_chunked(65_536):
        body += part
        if len(body) > LARGEST:
            raise ProviderError(f"more than {LARGEST} bytes")
    return bytes(body)


def _seconds(cache_control: str) -> float:
    if FRESH.search(cache_control):
        return LEAST_SECONDS
    found = MAX_AGE.search(cache_control)
    return min(max(float(found[1]), LEAST_SECONDS), MOST_SECONDS) if found else USUAL_SECONDS
