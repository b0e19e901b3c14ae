"""Who the operator is to Google: a workload's identity or the metadata server's, never a key of its own."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import google.auth
import urllib3
from google.auth.credentials import Credentials as GoogleCredentials
from google.auth.credentials import TokenState
from google.auth.exceptions import GoogleAuthError, TransportError
from google.auth.transport.urllib3 import Request

from failover.gce.error import GceError, unanswered
from failover.gce.redaction import redacted
from failover.provider import ErrorClass

SCOPE = "https://www.googleapis.com/auth/compute"
TOKEN_SECONDS = 10.0
"""For one request to the token's source: a metadata server answers in milliseconds, a token exchange in one second."""


class Credentials(Protocol):
    """Whatever authorises calls."""

    async def headers(self) -> Mapping[str, str]:
        """What to send with a call. Raises GceError."""

    def discard(self) -> None:
        """The API refused them (401): fetch new ones for the next call."""


class Anonymous:
    """For a double."""

    async def headers(self) -> Mapping[str, str]:
        return {}

    def discard(self) -> None:
        pass


def application_default() -> GoogleCredentials:
    """What GOOGLE_APPLICATION_CREDENTIALS names (workload identity federation), else the metadata server's.

    Blocks. Set GOOGLE_CLOUD_PROJECT: without it google-auth asks another API for a project that nobody needs here.
    """
    credentials, _ = google.auth.default(scopes=[SCOPE], request=_request())
    return credentials


class ApplicationDefault:
    """Tokens of google-auth, which blocks: it is loaded and refreshed in a thread, one at a time."""

    def __init__(self, load: Callable[[], GoogleCredentials] = application_default) -> None:
        self._load = load
        self._loaded: GoogleCredentials | None = None
        self._refused: str | None = None
        self._lock = asyncio.Lock()

    async def headers(self) -> Mapping[str, str]:
        """An Authorization header. Raises GceError: RETRY if the source of tokens is out of reach, else DENIED."""
        async with self._lock:
            if self._token(TokenState.FRESH) is None:
                await self._renew()
            token = self._token(TokenState.FRESH, TokenState.STALE)
        if token is None:
            raise unanswered("the source of tokens gave one that has expired")
        return {"Authorization": f"Bearer {token}"}

    def discard(self) -> None:
        self._refused = self._loaded.token if self._loaded else None

    async def _renew(self) -> None:
        try:
            await asyncio.to_thread(self._fetch)
        except Exception as error:
            # A token goes stale minutes before it expires: until then it is better than none.
            if self._token(TokenState.STALE) is None:
                raise _refusal(error) from None

    def _fetch(self) -> None:
        self._loaded = self._loaded or self._load()
        self._loaded.refresh(_request())  # type: ignore[no-untyped-call]
        self._refused = None  # the metadata server gives the same one again until it nearly expires

    def _token(self, *states: TokenState) -> str | None:
        """The token, if it is in one of these states and was not refused."""
        found = self._loaded
        if found is None or found.token_state not in states or found.token == self._refused:
            return None
        return str(found.token)


def _request() -> Any:
    pool = urllib3.PoolManager(timeout=urllib3.Timeout(TOKEN_SECONDS), retries=False)
    return Request(pool)  # type: ignore[no-untyped-call]


def _refusal(error: Exception) -> GceError:
    """google-auth's messages quote what the source answered, so they are cut like GCE's own."""
    message = f"no token: {type(error).__name__}: {error}"
    passing = not isinstance(error, GoogleAuthError) or isinstance(error, TransportError) or error.retryable
    return unanswered(message) if passing else GceError(ErrorClass.DENIED, redacted(message))
