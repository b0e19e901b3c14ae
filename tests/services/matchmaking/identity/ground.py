"""What knows the players of a provider, while it keeps that provider's keys up."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from matchmaking.identity import UnauthorizedError
from matchmaking.identity import oidc as oidc_module
from matchmaking.identity.oidc import Oidc
from matchmaking.settings import Issuer
from tests.doubles.clock import VirtualClock
from tests.services.matchmaking.identity.provider import KEYS, Provider
from tests.services.matchmaking.identity.signer import ALGORITHMS, AUDIENCE, Signer, claims

REAL_SECONDS = 20.0


@asynccontextmanager
async def knowing(provider: Provider, clock: VirtualClock, **settings: Any) -> AsyncIterator[Oidc]:
    """It has not heard any keys yet."""
    given: dict[str, Any] = {"issuer": provider.issuer, "audiences": [AUDIENCE], "algorithms": ALGORITHMS} | settings
    oidc = Oidc(Issuer(**given), clock)
    running = asyncio.create_task(oidc.run())
    try:
        yield oidc
        assert not running.done(), running
    finally:
        running.cancel()
        await asyncio.wait([running])


async def heard(oidc: Oidc) -> None:
    """Its keys, at the time that it is."""
    await eventually(lambda: oidc.staleness() == 0)


async def eventually(condition: Callable[[], object]) -> None:
    """In real time, which sockets take; the clock stands."""
    async with asyncio.timeout(REAL_SECONDS):
        while not condition():
            await asyncio.sleep(0.001)


def token(provider: Provider, signer: Signer, clock: VirtualClock, **changed: Any) -> str:
    return signer.sign(claims(provider.issuer, clock.now().timestamp(), **changed))


async def asked_in_between(provider: Provider, clock: VirtualClock) -> int:
    """How often for keys, once everything that is on its way has come: a request of ours comes behind it."""
    await clock.settle()
    async with aiohttp.ClientSession() as http, http.get(f"{provider.address}/last") as answer:
        await answer.read()
    await clock.settle()
    return provider.asked[KEYS]


async def failed(caplog: pytest.LogCaptureFixture, times: int) -> float:
    """The seconds that it waits since, once it has failed so often: nothing of it is on its way then."""
    waits: list[float] = []

    def told() -> bool:
        of_it = [record.args for record in caplog.records if record.name == oidc_module.__name__]
        waits[:] = [args[1] for args in of_it if isinstance(args, tuple) and isinstance(args[1], float)]
        return len(waits) == times

    await eventually(told)
    return waits[-1]


def is_known(oidc: Oidc, shown: str) -> bool:
    try:
        return bool(oidc.identify(shown))
    except UnauthorizedError:
        return False


def refused(oidc: Oidc, shown: str) -> str:
    """Why."""
    with pytest.raises(UnauthorizedError) as caught:
        oidc.identify(shown)
    return caught.value.reason
