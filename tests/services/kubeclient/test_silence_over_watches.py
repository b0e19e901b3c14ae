"""A kind that nobody writes: however often its watches break, it is never older than a watch may be silent."""

import asyncio

import pytest

from kubeclient.client import Client
from kubeclient.reflector import INACTIVITY_SECONDS, SHORT_SECONDS, Reflector
from kubeclient.resources import NODES
from tests.doubles.clock import VirtualClock
from tests.doubles.kubernetes.api_server import ApiServer
from tests.doubles.kubernetes.wire import Wire

pytestmark = pytest.mark.asyncio


@pytest.mark.parametrize("after", [1, 30, 59, 71])
async def test_a_silence_goes_on_over_watches(after: float) -> None:
    """The cache's readers stop at 90 seconds: a watch that broke after 59 would stop them for half a minute."""
    clock = VirtualClock()
    server = ApiServer(clock)
    reflector = Reflector(Client(Wire(server), clock), clock, NODES, lambda obj: obj)
    running = asyncio.create_task(reflector.run())
    await reflector.synced.wait()
    oldest = 0.0
    for _ in range(8):
        await clock.sleep(after)
        oldest = max(oldest, reflector.staleness())
        for watch in server.watches():
            watch.break_off()
        for _ in range(8):
            await clock.sleep(10)
            oldest = max(oldest, reflector.staleness())
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await server.close()
    assert oldest <= INACTIVITY_SECONDS + SHORT_SECONDS + 1
