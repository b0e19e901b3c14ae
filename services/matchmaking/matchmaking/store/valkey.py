"""The store of many processes: Valkey (or anything else that speaks Redis' protocol).

Nothing is tried again here. A write whose answer was lost may have been carried out, and a compare-and-set that is
blindly repeated would then say that somebody else was first.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from typing import Any, TypeVar
from urllib.parse import urlsplit

from valkey.asyncio import BlockingConnectionPool, Valkey
from valkey.asyncio.client import PubSub
from valkey.backoff import NoBackoff
from valkey.exceptions import ValkeyError
from valkey.retry import Retry

from matchmaking.store import StoreError

T = TypeVar("T")
CONNECT_SECONDS, ANSWER_SECONDS = 2.0, 5.0
CONNECTIONS = 32
PAGE = 500
REPLACE = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if ARGV[3] == '' then redis.call('SET', KEYS[1], ARGV[2])
else redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) end
return 1
"""
DELETE = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
"""
DURABLE = {"appendonly": "yes", "appendfsync": "always"}
"""Settings of a Valkey that has what it has acknowledged, after a crash too."""


class NotDurableError(Exception):
    """The Valkey would forget what it has acknowledged: which setting it has, and which it needs."""


@asynccontextmanager
async def connect(url: str, *, durable: bool = True, seconds: float = ANSWER_SECONDS) -> AsyncIterator["ValkeyStore"]:
    """A store at valkey://[:<password>@]<host>:<port>/<db>, which answers each call within `seconds` or raises.

    Raises StoreError if it can't be reached and, with `durable`, NotDurableError.
    """
    pool = BlockingConnectionPool.from_url(
        url,
        max_connections=CONNECTIONS,
        timeout=seconds,
        socket_connect_timeout=min(CONNECT_SECONDS, seconds),
        socket_timeout=seconds,
        retry=Retry(NoBackoff(), 0),
    )
    client = Valkey(connection_pool=pool)
    try:
        store = ValkeyStore(client, _place(url), seconds)
        if durable:
            await store.check_durable()
        yield store
    finally:
        await client.aclose(close_connection_pool=True)


class ValkeyStore:
    """Implements Store."""

    def __init__(self, client: Valkey, place: str, seconds: float) -> None:
        self._client, self._place, self._seconds = client, place, seconds

    async def check_durable(self) -> None:
        """Raises NotDurableError, and StoreError if it does not say."""
        for name, wanted in DURABLE.items():
            found = await self._answer(self._client.config_get(name))
            value = found.get(name, b"")
            value = value.decode() if isinstance(value, bytes) else value
            if value != wanted:
                raise NotDurableError(f"{self._place}: {name} is {value!r}, and has to be {wanted!r}")

    async def get(self, key: str) -> bytes | None:
        return await self._answer(self._client.get(key))

    async def get_many(self, keys: list[str]) -> list[bytes | None]:
        return list(await self._answer(self._client.mget(keys))) if keys else []

    async def create(self, key: str, value: bytes, seconds: float | None = None) -> bool:
        return bool(await self._answer(self._client.set(key, value, nx=True, px=_milliseconds(seconds))))

    async def replace(self, key: str, old: bytes, new: bytes, seconds: float | None = None) -> bool:
        life = _milliseconds(seconds)
        return bool(await self._script(REPLACE, key, old, new, "" if life is None else life))

    async def put(self, key: str, value: bytes, seconds: float | None = None) -> None:
        await self._answer(self._client.set(key, value, px=_milliseconds(seconds)))

    async def delete(self, key: str, old: bytes | None = None) -> bool:
        if old is None:
            return bool(await self._answer(self._client.delete(key)))
        return bool(await self._script(DELETE, key, old))

    async def keep(self, key: str, seconds: float) -> bool:
        return bool(await self._answer(self._client.pexpire(key, _milliseconds(seconds) or 1)))

    async def keys(self, prefix: str) -> AsyncIterator[str]:
        seen: set[str] = set()
        cursor = 0
        while True:
            # SCAN may tell of a key twice, but not leave out one that is there all the time.
            cursor, page = await self._answer(self._client.scan(cursor, match=_literal(prefix) + "*", count=PAGE))
            for key in (each.decode() for each in page):
                if key not in seen:
                    seen.add(key)
                    yield key
            if not int(cursor):
                return

    async def publish(self, channel: str, message: bytes) -> None:
        await self._answer(self._client.publish(channel, message))

    @asynccontextmanager
    async def listen(self, channel: str) -> AsyncIterator[AsyncIterator[bytes]]:
        listener: PubSub = self._client.pubsub()
        try:
            await self._answer(listener.subscribe(channel))
            if await self._answer(listener.get_message(timeout=self._seconds)) is None:
                raise StoreError(f"{self._place}: no answer to SUBSCRIBE within {self._seconds:g} s")
            yield self._messages(listener)
        finally:
            await listener.aclose()  # type: ignore[no-untyped-call]

    async def _messages(self, listener: PubSub) -> AsyncIterator[bytes]:
        """A connection that is lost in silence would stay silent: it has to answer a ping between two of ours."""
        answered = True
        while True:
            message = await self._answer(listener.get_message(timeout=self._seconds))
            if message is None:
                if not answered:
                    raise StoreError(f"{self._place}: silent for {2 * self._seconds:g} s")
                answered = False
                await self._answer(listener.ping())
                continue
            answered = True
            if message["type"] == "message":
                yield message["data"]
            elif message["type"] == "subscribe":  # the library has connected anew by itself
                raise StoreError(f"{self._place}: the connection of a listener was lost")

    async def _script(self, script: str, key: str, *arguments: bytes | str | int) -> Any:
        return await self._answer(self._client.register_script(script)(keys=[key], args=list(arguments)))

    async def _answer(self, call: Awaitable[T]) -> T:
        try:
            async with asyncio.timeout(2 * self._seconds):
                return await call
        except (ValkeyError, OSError, TimeoutError) as error:
            raise StoreError(f"{self._place}: {type(error).__name__}: {error}") from error


def _milliseconds(seconds: float | None) -> int | None:
    return None if seconds is None else max(1, round(seconds * 1000))


def _literal(prefix: str) -> str:
    """As a glob that means just this."""
    return "".join(f"\\{letter}" if letter in "*?[]\\^-" else letter for letter in prefix)


def _place(url: str) -> str:
    """The URL as it may be told: without its password."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname}:{parts.port or 6379}{parts.path}"
