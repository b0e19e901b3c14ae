"""The labeller on a real API server: each server gets the site of its node, whatever comes first."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial

import pytest

from kubeclient import configuration
from kubeclient.client import Client
from kubeclient.clock import SystemClock
from kubeclient.connection import Connection
from kubeclient.resources import GAME_SERVERS, NODES, Json
from matchmaking.labeller import Labeller
from matchmaking.words import SITE
from tests.cluster import crds
from tests.cluster.api import ApiError
from tests.cluster.control_plane import ControlPlane

pytestmark = pytest.mark.cluster

OURS, OTHERS = "games-labelled", "games-elsewhere"
SECONDS = 20.0


@pytest.fixture(scope="module")
def plane(control_plane: ControlPlane) -> ControlPlane:
    """One that serves GameServers, with the two namespaces."""
    crds.install(control_plane.api, crds.of_charts(["agones"]))
    for name in (OURS, OTHERS):
        with suppress(ApiError):
            control_plane.api.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    return control_plane


def node(name: str, site: str = "") -> Json:
    return {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "labels": {SITE: site} if site else {}}}


def server(name: str, on: str = "", namespace: str = OURS, **labels: str) -> Json:
    """As Agones leaves one, as far as the labeller looks."""
    pod = {"spec": {"containers": [{"name": "game", "image": "registry.example/game:1.0.0"}]}}
    return {
        "apiVersion": GAME_SERVERS.api_version,
        "kind": GAME_SERVERS.kind,
        "metadata": {"name": name, "namespace": namespace, "labels": labels},
        "spec": {"container": "game", "ports": [], "template": pod},
        "status": {"state": "Scheduled", "nodeName": on} if on else {"state": "Starting"},
    }


@asynccontextmanager
async def labelling(plane: ControlPlane, replicas: int = 1) -> AsyncIterator[tuple[Client, list[Labeller]]]:
    async with Client(Connection(configuration.load(plane.kubeconfig), agent="labeller")) as client:
        labellers = [Labeller(client, SystemClock(), {OURS}) for _ in range(replicas)]
        running = [asyncio.create_task(each.run()) for each in labellers]
        try:
            yield client, labellers
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)


async def until(condition: Callable[[], bool]) -> None:
    """Raises TimeoutError."""
    async with asyncio.timeout(SECONDS):
        while not await asyncio.to_thread(condition):
            await asyncio.sleep(0.05)


def site_of(plane: ControlPlane, name: str, namespace: str = OURS) -> str:
    found = plane.api.get(server(name, namespace=namespace))
    return str(found["metadata"].get("labels", {}).get(SITE, ""))


def is_at(plane: ControlPlane, name: str, site: str) -> bool:
    return site_of(plane, name) == site


def test_a_server_gets_the_site_of_its_node_once_it_is_on_one(plane: ControlPlane) -> None:
    async def run() -> None:
        async with labelling(plane) as (client, (labeller,)):
            await client.create(NODES, node("desk-1", "desk"))
            made = await client.create(GAME_SERVERS, server("placed-late", game="chess"))
            await client.create(GAME_SERVERS, server("placed", "desk-1"))
            await until(partial(is_at, plane, "placed", "desk"))
            assert not site_of(plane, "placed-late")
            await client.replace(GAME_SERVERS, made | {"status": {"state": "Scheduled", "nodeName": "desk-1"}})
            await until(partial(is_at, plane, "placed-late", "desk"))
            assert plane.api.get(made)["metadata"]["labels"]["game"] == "chess"
            await until(lambda: labeller.waiting == 0)
            assert labeller.stale() < SECONDS

    asyncio.run(run())


def test_a_node_that_comes_or_is_labelled_later_counts_then(plane: ControlPlane) -> None:
    async def run() -> None:
        async with labelling(plane) as (client, (labeller,)):
            await client.create(GAME_SERVERS, server("early", "attic-1"))
            await until(lambda: labeller.waiting == 1)
            await client.create(NODES, node("attic-1"))
            await client.merge_patch(NODES, "attic-1", {"metadata": {"labels": {SITE: "attic"}}})
            await until(partial(is_at, plane, "early", "attic"))

    asyncio.run(run())


def test_neither_a_label_that_is_there_nor_another_namespace_is_touched(plane: ControlPlane) -> None:
    async def run() -> None:
        async with labelling(plane) as (client, _):
            await client.create(NODES, node("cellar-1", "cellar"))
            await client.create(GAME_SERVERS, server("pinned", "cellar-1", **{SITE: "moon"}))
            await client.create(GAME_SERVERS, server("foreign", "cellar-1", OTHERS))
            await client.create(GAME_SERVERS, server("after-them", "cellar-1"))
            await until(partial(is_at, plane, "after-them", "cellar"))
            assert site_of(plane, "pinned") == "moon"
            assert not site_of(plane, "foreign", OTHERS)

    asyncio.run(run())


def test_two_replicas_write_the_same_and_servers_that_go_stop_neither(plane: ControlPlane) -> None:
    async def run() -> None:
        async with labelling(plane, replicas=2) as (client, labellers):
            await client.create(NODES, node("loft-1", "loft"))
            names = [f"many-{number}" for number in range(60)]
            await asyncio.gather(*(client.create(GAME_SERVERS, server(each, "loft-1")) for each in names))
            await asyncio.gather(*(client.delete(GAME_SERVERS, each, OURS) for each in names[::3]))
            left = [each for index, each in enumerate(names) if index % 3]
            await until(lambda: all(is_at(plane, each, "loft") for each in left))
            await until(lambda: not any(each.waiting for each in labellers))

    asyncio.run(run())
