"""The core: ours, and Open Match's own where there is one (OPEN_MATCH_BIN)."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import grpc
import pytest
import pytest_asyncio

from matchmaking.embedded.local import Local
from tests.cluster.ports import Ports
from tests.services.matchmaking.openmatch import minimatch, scripted
from tests.services.matchmaking.openmatch.ground import INTERVALS, Ground, clients


@pytest_asyncio.fixture(params=["embedded", "minimatch"])
async def core(request: pytest.FixtureRequest, tmp_path: Path, ports: Ports) -> AsyncIterator[Ground]:
    async with AsyncExitStack() as stack:
        script = await stack.enter_async_context(scripted.serve())
        if request.param == "embedded":
            local = Local()
            await stack.enter_async_context(scripted.core(local, script, INTERVALS))
            yield clients(script, local.channel)
        else:
            binary = minimatch.executable()
            if binary is None:
                pytest.skip("OPEN_MATCH_BIN names no folder with Open Match's minimatch")
            port = stack.enter_context(minimatch.running(binary, tmp_path, ports, INTERVALS, script.port))
            yield clients(script, await stack.enter_async_context(grpc.aio.insecure_channel(f"127.0.0.1:{port}")))
    ports.reset()
