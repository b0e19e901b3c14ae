"""A project of Compute Engine for each test, and our provider on it."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest_asyncio

from failover.gce.credentials import Anonymous
from failover.gce.provider import GceProvider
from failover.gce.settings import GceSettings
from tests.doubles.gce.double import GceDouble
from tests.services.failover.gce.attempt import Connect, settings


@pytest_asyncio.fixture
async def double() -> AsyncIterator[GceDouble]:
    async with GceDouble() as running:
        yield running


@pytest_asyncio.fixture
async def connect() -> AsyncIterator[Connect]:
    async with AsyncExitStack() as stack:

        def connected(to: GceSettings) -> GceProvider:
            made = GceProvider(to, Anonymous())
            stack.push_async_callback(made.close)
            return made

        yield connected


@pytest_asyncio.fixture
async def provider(double: GceDouble, connect: Connect) -> GceProvider:
    return connect(settings(double))
