"""A running match with free seats, in a whole process: who comes later plays there, and takes no other server."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from matchmaking.words import JOINED, MATCH
from tests.cluster.api import Json
from tests.cluster.ports import Ports
from tests.doubles.agones.world import World
from tests.services.matchmaking.director.live.core import CORES, core_at, named
from tests.services.matchmaking.director.live.whole import begin_fleet, play, port_of, settings, start
from tests.services.matchmaking.store.server import serving

pytestmark = [pytest.mark.cluster, pytest.mark.xdist_group("matchmaking-director")]

SECONDS = 90


@contextmanager
def process(kind: str, world: World, ports: Ports, folder: Path) -> Iterator[int]:
    """The players' port of one replica beside that core."""
    functions = ports.take()
    mode = {"game": "lobby", "name": "brawl", "namespace": world.namespace, "port": "game", "teams": 2}
    mode |= {"playersPerTeam": 2, "minPlayers": 2, "fewerAfterSeconds": 0.5, "backfill": True}
    with serving(folder, ports) as valkey, core_at(kind, folder, ports, functions) as core:
        file = settings(world, folder, openMatch=named(core, functions), store=valkey.url, modes=[mode])
        running = start("matchmaking", file, world, folder)
        try:
            yield port_of(running)
            running.check()
        finally:
            running.kill()


async def story(port: int, world: World) -> tuple[list[Any], list[Any]]:
    """What the first two were told, and the two who came once those had joined."""
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as http, asyncio.timeout(SECONDS):
        first = [
            told for party in await asyncio.gather(*(play(http, "lobby/brawl") for _ in range(2))) for told in party
        ]
        await asyncio.to_thread(join, world, first[0]["server"]["match"])
        late = [
            told for party in await asyncio.gather(*(play(http, "lobby/brawl") for _ in range(2))) for told in party
        ]
        return first, late


def join(world: World, match: str) -> None:
    """As the game server says by the SDK once a player is there."""
    (server,) = (each for each in world.servers("Allocated") if each["metadata"]["labels"].get(MATCH) == match)
    world.api.patch(server, {"metadata": {"labels": {JOINED: "true"}}})


@pytest.mark.parametrize("kind", CORES)
def test_who_comes_later_plays_with_those_who_are_there(kind: str, world: World, ports: Ports, tmp_path: Path) -> None:
    made = begin_fleet(world, 3)
    world.wait_status(made, replicas=3, readyReplicas=3)
    with process(kind, world, ports, tmp_path) as port:
        first, late = asyncio.run(story(port, world))
        everyone: list[Json] = [each["server"] for each in first + late]
        assert {each["match"] for each in everyone} == {first[0]["server"]["match"]}
        assert (
            len({(each["team"], each["seat"]) for each in everyone}) == len({each["token"] for each in everyone}) == 4
        )
        assert len(world.servers("Allocated")) == 1
