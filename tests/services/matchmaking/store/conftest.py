"""Both stores: the one of a process, and a real Valkey."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from kubeclient.clock import SystemClock
from matchmaking.store import Store
from matchmaking.store.memory import MemoryStore
from matchmaking.store.valkey import connect
from tests.cluster.ports import Ports
from tests.services.matchmaking.store.server import Server, serving


@pytest.fixture(scope="package")
def shared_server(tmp_path_factory: pytest.TempPathFactory, ports: Ports) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("valkey"), ports) as server:
        yield server


@pytest.fixture
def server(tmp_path: Path, ports: Ports) -> Iterator[Server]:
    """One of the test's own, to be killed."""
    with serving(tmp_path, ports) as server:
        yield server


@pytest_asyncio.fixture(params=["memory", "valkey"])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[Store]:
    if request.param == "memory":
        yield MemoryStore(SystemClock())
        return
    shared: Server = request.getfixturevalue("shared_server")
    async with connect(shared.url) as found:
        async for key in found.keys(""):
            await found.delete(key)
        yield found
