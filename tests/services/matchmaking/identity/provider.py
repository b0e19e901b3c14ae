"""An OpenID Connect provider on a real port of this machine, which counts what it is asked and can misbehave."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.services.matchmaking.identity.signer import Signer

DISCOVERY, KEYS = "/.well-known/openid-configuration", "/keys"
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Provider:
    """`answers` are those it gives in place of its own, by path."""

    signers: list[Signer] = field(default_factory=list)
    more_keys: list[Any] = field(default_factory=list)
    """Published beside those of the signers."""

    path: str = ""
    """Of the issuer, as providers of many realms have it."""

    cache_control: str = "public, max-age=3600"
    answers: dict[str, Handler] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    port: int = 0
    forgotten: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when it ends: what an answer that never comes may wait for."""

    _runner: web.AppRunner | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def issuer(self) -> str:
        return self.address + self.path

    async def start(self) -> None:
        app = web.Application()
        app.router.add_route("*", "/{anything:.*}", self._answer)
        self._runner = web.AppRunner(app, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        self.forgotten.set()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.asked[request.path] += 1
        if request.path in self.answers:
            return await self.answers[request.path](request)
        if request.path == self.path.rstrip("/") + DISCOVERY:
            return web.json_response({"issuer": self.issuer, "jwks_uri": self.address + KEYS})
        if request.path == KEYS:
            keys = [each.jwk() for each in self.signers] + self.more_keys
            return web.json_response({"keys": keys}, headers={"Cache-Control": self.cache_control})
        return web.Response(status=404)


@asynccontextmanager
async def serving(*signers: Signer, **how: Any) -> AsyncIterator[Provider]:
    provider = Provider(list(signers), **how)
    await provider.start()
    try:
        yield provider
    finally:
        await provider.stop()
