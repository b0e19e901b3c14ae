"""Calls to a management controller, by Redfish's two ways of saying who asks (DSP0266, 13.3)."""

import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import aiohttp
import msgspec
from msgspec import Meta, Struct

Json = dict[str, Any]
SESSIONS = "/redfish/v1/SessionService/Sessions"
LIMIT = 1 << 20
"""Bytes of an answer. A ComputerSystem has some 10,000."""


class RedfishError(Exception):
    """Nothing was learned: why. Never with what was sent."""


class Credentials(Struct, frozen=True):
    """Who asks."""

    username: Annotated[str, Meta(pattern=r"\A[^:]+\Z")]  # RFC 7617
    password: str

    def __repr__(self) -> str:
        return "Credentials()"


class RedfishSession:
    """Calls with credentials: sent each time, or exchanged for a token that is given back (controllers keep few)."""

    def __init__(self, http: aiohttp.ClientSession, credentials: Credentials) -> None:
        self._http, self._credentials = http, credentials
        basic = aiohttp.encode_basic_auth(credentials.username, credentials.password, "utf-8")
        self._headers = {"Authorization": basic}
        self._location = ""

    async def begin(self) -> None:
        """Exchange the credentials. Raises RedfishError if there is no session to be had."""
        self._headers = {}
        body = {"UserName": self._credentials.username, "Password": self._credentials.password}
        status, headers, _ = await self.call("POST", SESSIONS, body)
        token = headers.get("X-Auth-Token", "")
        if status not in (200, 201) or not token:
            raise RedfishError(f"no session: HTTP {status}")
        self._headers = {"X-Auth-Token": token}
        path = urlsplit(headers.get("Location", "")).path  # some controllers put their own name before it
        self._location = path if path.startswith(f"{SESSIONS}/") else ""

    async def end(self) -> None:
        """Give the token back. One that can't be ends by itself, some time."""
        if self._location:
            with suppress(RedfishError):
                await self.call("DELETE", self._location)

    async def call(self, method: str, path: str, body: Json | None = None) -> tuple[int, Mapping[str, str], bytes]:
        """Status, headers and body. No redirection is followed: credentials go where they were meant to, or nowhere.

        Raises RedfishError when no whole answer came: the request may have been carried out.
        """
        headers = self._headers | {"Accept": "application/json", "OData-Version": "4.0"}
        try:
            async with self._http.request(method, path, json=body, headers=headers, allow_redirects=False) as answer:
                return answer.status, answer.headers, await _content(answer)
        except TimeoutError:
            raise RedfishError("no answer in time") from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise RedfishError(f"no answer: {error or type(error).__name__}") from None


@asynccontextmanager
async def opened(
    url: str, credentials: Path, authority: str, lasting: bool, seconds: float
) -> AsyncIterator[RedfishSession]:
    """A connection for a few calls of so many seconds each; `lasting` exchanges the credentials for a token first.

    Raises RedfishError for files that can't be used.
    """
    known = _credentials(credentials)
    connector = aiohttp.TCPConnector(ssl=_tls(authority))
    timeout, jar = aiohttp.ClientTimeout(total=seconds), aiohttp.DummyCookieJar()
    async with aiohttp.ClientSession(url, connector=connector, timeout=timeout, cookie_jar=jar) as http:
        session = RedfishSession(http, known)
        if lasting:
            await session.begin()
        try:
            yield session
        finally:
            await session.end()


async def _content(answer: aiohttp.ClientResponse) -> bytes:
    content = bytearray()
    async for chunk in answer.content.iter_any():
        content += chunk
        if len(content) > LIMIT:
            raise RedfishError(f"more than {LIMIT} bytes")
    return bytes(content)


def _credentials(path: Path) -> Credentials:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Credentials)
    except OSError as error:
        raise RedfishError(f"{path}: {error.strerror}") from None
    except ValueError:  # msgspec's errors are: they, too, might quote what is there
        raise RedfishError(f"{path}: not JSON with username and password") from None


def _tls(authority: str) -> ssl.SSLContext:
    """Believes this authority, or the system's. Nobody is believed unchecked."""
    try:
        return ssl.create_default_context(cafile=authority or None)
    except ssl.SSLError:
        raise RedfishError(f"{authority}: no certificate") from None
    except OSError as error:
        raise RedfishError(f"{authority}: {error.strerror}") from None
