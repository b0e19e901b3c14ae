"""Calls of the Compute Engine API, each answered with a JSON object or a GceError."""

import json
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import aiohttp

from failover.gce.credentials import Credentials
from failover.gce.error import GceError, of_answer, unanswered

Answer = dict[str, Any]
Observe = Callable[[str, str, float], None]
"""Told of every call: method (`instances.insert`), HTTP status or the kind of failure, seconds."""

AGENT = "homeground-failover"


def unobserved(method: str, code: str, seconds: float) -> None:
    """Nobody counts."""


class Rest:
    """One project's API. Bodies hold start-up data: nothing here logs, and no message quotes what was sent."""

    def __init__(
        self, api: str, project: str, credentials: Credentials, seconds: float, observe: Observe = unobserved
    ) -> None:
        self._root = f"{api.rstrip('/')}/projects/{project}"
        self._credentials, self._seconds, self._observe = credentials, seconds, observe
        self._session: aiohttp.ClientSession | None = None

    async def call(
        self,
        method: str,
        verb: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: object = None,
        seconds: float | None = None,
        secrets: Iterable[str] = (),
    ) -> Answer:
        """The answer's object. `method` is the API's own name, for metrics; `secrets` are kept out of messages."""
        given = {"params": query, "json": body, "timeout": aiohttp.ClientTimeout(total=seconds or self._seconds)}
        status, parsed = await self._send(method, verb, path, given)
        if status == 401:  # carried out by nobody, so it may be sent again with a new token
            self._credentials.discard()
            status, parsed = await self._send(method, verb, path, given)
        if not 200 <= status < 300:
            raise of_answer(status, parsed, secrets)
        if not isinstance(parsed, dict):
            raise unanswered(f"{method}: HTTP {status} without a JSON object", status)
        return parsed

    async def close(self) -> None:
        if self._session:
            await self._session.close()
        self._session = None

    async def _send(self, method: str, verb: str, path: str, given: Mapping[str, Any]) -> tuple[int, object]:
        """Status and body, parsed if it can be."""
        headers = await self._credentials.headers()
        begun, code = time.monotonic(), "cancelled"
        try:
            request = self._opened().request(
                verb, f"{self._root}/{path}", headers=headers, allow_redirects=False, **given
            )
            async with request as response:
                content = await response.read()
            code = str(response.status)
            return response.status, _parsed(content)
        except (aiohttp.ClientError, OSError) as error:
            code = type(error).__name__
            raise _lost(method, error) from None
        finally:
            self._observe(method, code, time.monotonic() - begun)

    def _opened(self) -> aiohttp.ClientSession:
        """Made at the first call, since it belongs to the loop that runs then."""
        if self._session is None:
            self._session = aiohttp.ClientSession(headers={"User-Agent": AGENT})
        return self._session


def _lost(method: str, error: Exception) -> GceError:
    return unanswered(f"{method}: {type(error).__name__}: {error}")


def _parsed(content: bytes) -> object:
    try:
        return json.loads(content)
    except ValueError:
        return None
