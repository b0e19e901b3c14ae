"""One API server a test, by turns: the double without and with HTTP, and the real one that both are held to."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
import pytest_asyncio

from kubeclient import configuration
from kubeclient.client import Client
from kubeclient.clock import SystemClock
from kubeclient.connection import Connection
from tests.cluster import crds
from tests.cluster.conftest import control_plane, ports  # noqa: F401 - fixtures
from tests.cluster.control_plane import ControlPlane
from tests.doubles.clock import VirtualClock
from tests.doubles.kubernetes.api_server import ApiServer
from tests.doubles.kubernetes.kinds import KINDS
from tests.doubles.kubernetes.served import Served
from tests.doubles.kubernetes.wire import client_of
from tests.doubles.kubernetes.world import WIDGET, WIDGET_CRD, World

AGENT = "contract/0.1"
REAL = pytest.param("real", marks=[pytest.mark.cluster, pytest.mark.xdist_group("control-plane")])


@pytest_asyncio.fixture(params=["wire", "served", REAL])
async def world(request: pytest.FixtureRequest) -> AsyncIterator[World]:
    async with AsyncExitStack() as stack:
        if request.param == "real":
            plane: ControlPlane = request.getfixturevalue("control_plane")
            plane.check()
            crds.install(plane.api, [WIDGET_CRD])
            connection = Connection(configuration.of_kubeconfig(plane.kubeconfig), agent=AGENT)
            world = World(await stack.enter_async_context(Client(connection)), SystemClock(), plane)
            yield world
            await world.clean()
        elif request.param == "served":
            server = ApiServer(SystemClock(), [*KINDS, WIDGET])
            served = await stack.enter_async_context(Served(server))
            connection = Connection(configuration.Configuration(served.url), agent=AGENT)
            yield World(await stack.enter_async_context(Client(connection)), SystemClock())
        else:
            clock = VirtualClock()
            server = ApiServer(clock, [*KINDS, WIDGET])
            stack.push_async_callback(server.close)
            yield World(await stack.enter_async_context(client_of(server)), clock)
