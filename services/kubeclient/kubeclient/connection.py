"""The transport of a real program: HTTP over a bounded number of connections, by aiohttp."""

import asyncio
import ssl
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlencode

import aiohttp
from yarl import URL

from kubeclient.configuration import Configuration, ConfigurationError
from kubeclient.error import NoAnswerError
from kubeclient.transport import Answer, Request

CONNECTIONS = 8
"""At once, for calls; further ones wait. A watch has a connection of its own beside these: it must never wait for a
call, nor calls for watches, which keep theirs for minutes."""

CONNECT_SECONDS = 5.0
IDLE_SECONDS = 15.0
"""Then an unused connection is closed: one that a lost route has killed is not found out until it is used."""

LINGER_SECONDS = 0.25
"""For connections that were cut off: aiohttp no longer knows of them while their TLS ends, and asks for this pause
(its documentation: "Graceful Shutdown")."""


class Connection:
    """One API server, as one identity."""

    def __init__(self, configuration: Configuration, *, agent: str, connections: int = CONNECTIONS) -> None:
        """`agent` names the program, as `failover/0.1`: its first part is the manager of the fields it writes."""
        self._configuration, self._agent, self._connections = configuration, agent, connections
        self._sessions: dict[bool, aiohttp.ClientSession] = {}
        self._cut_off = False
        """Something was cancelled before its answer came."""

    async def send(self, request: Request) -> Answer:
        async with self._request(request, watch=False) as response:
            try:
                body = await response.read()
            except (aiohttp.ClientError, OSError) as error:
                raise _unanswered(request, error) from error
            return Answer(response.status, body, response.headers.get("Retry-After", ""))

    @asynccontextmanager
    async def open(self, request: Request) -> AsyncIterator["ResponseStream"]:
        async with self._request(request, watch=True) as response:
            yield ResponseStream(request, response)

    async def close(self) -> None:
        sessions, self._sessions = list(self._sessions.values()), {}
        for session in sessions:
            await session.close()
        if self._cut_off:
            await asyncio.sleep(LINGER_SECONDS)

    @asynccontextmanager
    async def _request(self, request: Request, *, watch: bool) -> AsyncIterator[aiohttp.ClientResponse]:
        query = f"?{urlencode(request.query)}" if request.query else ""
        opening = self._session(watch).request(
            request.method,
            URL(self._configuration.url + request.path + query, encoded=True),
            data=request.body or None,
            headers=self._headers(request),
            allow_redirects=False,  # whoever it leads to would be shown our token
            server_hostname=self._configuration.server_name,
        )
        try:
            response = await opening
        except (aiohttp.ClientError, OSError, ssl.SSLError) as error:
            raise _unanswered(request, error) from error
        except asyncio.CancelledError:
            self._cut_off = True
            raise
        async with response:
            try:
                yield response
            finally:
                _hang_up(response)

    def _headers(self, request: Request) -> dict[str, str]:
        headers = {"Accept": "application/json", "User-Agent": self._agent}
        if request.content_type:
            headers["Content-Type"] = request.content_type
        if token := self._configuration.token:
            try:
                headers["Authorization"] = f"Bearer {token.read()}"
            except ConfigurationError as error:
                raise NoAnswerError(f"{request.method} {request.path} was not sent: {error}") from error
        return headers

    def _session(self, watch: bool) -> aiohttp.ClientSession:
        """Made when first used: aiohttp binds it to the loop that runs then."""
        if watch not in self._sessions:
            connector = aiohttp.TCPConnector(
                limit=0 if watch else self._connections,
                keepalive_timeout=IDLE_SECONDS,
                ssl=self._configuration.tls or True,
            )
            self._sessions[watch] = aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                # How long a call may take in all is the Client's to say, by its Clock.
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS),
            )
        return self._sessions[watch]


class ResponseStream:
    """The answer to a watch."""

    def __init__(self, request: Request, response: aiohttp.ClientResponse) -> None:
        self._request, self._response = request, response

    @property
    def status(self) -> int:
        return self._response.status

    async def chunks(self) -> AsyncGenerator[bytes]:
        try:
            async for chunk in self._response.content.iter_any():
                yield chunk
        except (aiohttp.ClientError, OSError) as error:
            raise _unanswered(self._request, error) from error


def _hang_up(response: aiohttp.ClientResponse) -> None:
    """Drop the connection of an answer that was not read to its end, as a watch that is cancelled.

    A polite end of TLS waits for the server's part of it; aiohttp forgets that such a connection is still open, and so
    does a loop that ends meanwhile.
    """
    if response.connection and response.connection.transport:
        response.connection.transport.abort()


def _unanswered(request: Request, error: Exception) -> NoAnswerError:
    return NoAnswerError(f"{request.method} {request.path}: {error or type(error).__name__}")
