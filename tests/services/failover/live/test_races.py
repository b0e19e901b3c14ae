"""An allocation and the operator's deletion of one server at the same moment, on a real API server: one wins.

10,000 of them: FAILOVER_RACES=10000.
"""

import asyncio
import os
import random
from collections import Counter
from collections.abc import Awaitable

import pytest

from failover.decision.action import DeleteServer
from failover.runtime.performer import delete_server
from kubeclient import configuration
from kubeclient.client import Client
from kubeclient.connection import Connection
from kubeclient.error import ApiError
from kubeclient.resources import GAME_SERVERS, Json
from tests.cluster import crds
from tests.cluster.api import Api
from tests.cluster.control_plane import ControlPlane

pytestmark = [pytest.mark.cluster, pytest.mark.slow]

RACES = int(os.environ.get("FAILOVER_RACES", "2000"))
AT_ONCE, SHARE = 8, 0.2
NAMESPACE = "races"
HEAD_START_SECONDS, STEP_SECONDS = 0.004, 0.0002


class Handicap:
    """Who wins often gets a worse start, so that both win often, however fast the machine is."""

    def __init__(self) -> None:
        self._draw, self._bias = random.Random(1), 0.0

    def lead(self) -> float:
        """Seconds that the allocation is ahead of the deletion; less than none, and it is behind."""
        return self._bias + self._draw.uniform(-HEAD_START_SECONDS, HEAD_START_SECONDS)

    def note(self, winner: str) -> None:
        self._bias += -STEP_SECONDS if winner == "allocated" else STEP_SECONDS


async def _race(client: Client, name: str, handicap: Handicap) -> str:
    server = await client.create(GAME_SERVERS, _server(name))
    lead = handicap.lead()
    allocated, deleted = await asyncio.gather(
        _after(-lead, _allocate(client, server)), _after(lead, _delete(client, server))
    )
    left = await client.find(GAME_SERVERS, name, NAMESPACE)
    assert allocated != deleted, f"{name}: allocated {allocated}, deleted {deleted}"
    assert (left is not None) == allocated
    if left:
        await client.delete(GAME_SERVERS, name, NAMESPACE)
    winner = "allocated" if allocated else "deleted"
    handicap.note(winner)
    return winner


async def _after(seconds: float, call: Awaitable[bool]) -> bool:
    await asyncio.sleep(max(seconds, 0))  # a head start, not a wait for anything
    return await call


async def _allocate(client: Client, server: Json) -> bool:
    """What Agones does: an update of the version that it knows."""
    return await _won(client.replace(GAME_SERVERS, server | {"status": {"state": "Allocated"}}))


async def _delete(client: Client, server: Json) -> bool:
    metadata = server["metadata"]
    action = DeleteServer(NAMESPACE, metadata["name"], metadata["uid"], metadata["resourceVersion"])
    return await _won(delete_server(client, action))


async def _won(call: Awaitable[object]) -> bool:
    """Whether it was carried out; False when the other one was before it. Raises ApiError for anything else."""
    try:
        await call
    except ApiError as error:
        if error.conflict or error.missing:
            return False
        raise
    return True


def _server(name: str) -> Json:
    pod = {"spec": {"containers": [{"name": "game", "image": "registry.example/game:1.0.0"}]}}
    return {
        "apiVersion": GAME_SERVERS.api_version,
        "kind": GAME_SERVERS.kind,
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {"container": "game", "ports": [], "template": pod},
        "status": {"state": "Ready"},
    }


async def _all(control_plane: ControlPlane) -> Counter[str]:
    handicap, won = Handicap(), Counter[str]()
    numbers = iter(range(RACES))
    async with Client(Connection(configuration.load(control_plane.kubeconfig), agent="test", connections=16)) as client:

        async def runner() -> None:
            for number in numbers:
                won[await _race(client, f"server-{number}", handicap)] += 1

        await asyncio.gather(*(runner() for _ in range(AT_ONCE)))
    return won


def test_of_an_allocation_and_a_deletion_exactly_one_wins(control_plane: ControlPlane, api: Api) -> None:
    crds.install(api, crds.of_charts(["agones"]))
    api.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}})
    won = asyncio.run(_all(control_plane))
    assert won.total() == RACES
    assert min(won["allocated"], won["deleted"]) >= SHARE * RACES, won
