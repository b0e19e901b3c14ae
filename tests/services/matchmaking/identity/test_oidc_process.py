"""The whole process, whose provider is down when it begins."""

import asyncio
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from kubeclient.client import Client
from kubeclient.clock import SystemClock
from kubeclient.error import NoAnswerError
from kubeclient.transport import Answer, Request, Stream
from matchmaking.api.server import Listen
from matchmaking.process import Process, running
from matchmaking.settings import Issuer, Players, Settings, Site, Tokens
from tests.services.matchmaking.api.ground import DUEL
from tests.services.matchmaking.identity.ground import REAL_SECONDS
from tests.services.matchmaking.identity.provider import KEYS, serving
from tests.services.matchmaking.identity.signer import AUDIENCE, claims, signer
from tests.services.matchmaking.tokens.forge import ISSUER, ed25519_pem

pytestmark = pytest.mark.asyncio


class NoKubernetes:
    """Players are known without it."""

    async def send(self, request: Request) -> Answer:
        raise NoAnswerError(f"{request.path} is not there")

    @asynccontextmanager
    async def open(self, request: Request) -> AsyncIterator[Stream]:
        raise NoAnswerError(f"{request.path} is not there")
        yield

    async def close(self) -> None: ...


async def test_guests_play_meanwhile_and_players_once_it_is_back(tmp_path: Path) -> None:
    (tmp_path / "only").write_bytes(ed25519_pem())
    clock = SystemClock()
    async with serving(signer()) as provider:
        settings = Settings(
            cluster="test",
            modes=(DUEL,),
            sites=(Site(name="attic", kind="home"),),
            tokens=Tokens(issuer=ISSUER, keys=str(tmp_path)),
            players=Players(
                guests=True, issuers=(Issuer(issuer=provider.issuer, audiences=(AUDIENCE,), algorithms=("ES256",)),)
            ),
        )
        anna = signer().sign(claims(provider.issuer, clock.now().timestamp()))
        await provider.stop()
        async with (
            running(settings, clock, Listen("127.0.0.1"), Client(NoKubernetes())) as process,
            aiohttp.ClientSession(f"http://127.0.0.1:{process.port}") as http,
        ):
            assert await status(http, "POST", "/v1/guests") == 201
            assert silence(process, provider.issuer) == math.inf
            assert await status(http, "GET", "/v1/match", anna) == 401
            await provider.start()
            async with asyncio.timeout(REAL_SECONDS):
                while await status(http, "GET", "/v1/match", anna) == 401:
                    await asyncio.sleep(0.02)
            assert await status(http, "GET", "/v1/match", anna) == 404, "in no match, but somebody"
            assert provider.asked[KEYS] == 1
            assert 0.0 <= silence(process, provider.issuer) < REAL_SECONDS


def silence(process: Process, issuer: str) -> float:
    """As it is told to Prometheus."""
    process.refresh()
    name = "matchmaking_identity_provider_silence_seconds"
    return process.metrics.registry.get_sample_value(name, {"issuer": issuer}) or 0.0


async def status(http: aiohttp.ClientSession, method: str, path: str, token: str = "") -> int:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with http.request(method, path, headers=headers) as answer:
        return answer.status
