"""Two replicas that share a Valkey, beside a core of Open Match's kind: one is killed while players wait on both."""

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from matchmaking.words import MATCH
from tests.cluster.ports import Ports
from tests.cluster.wait import wait_for
from tests.doubles.agones.world import World
from tests.services.matchmaking.director.live.core import CORES, core_at, named
from tests.services.matchmaking.director.live.whole import begin_fleet, port_of, settings, start
from tests.services.matchmaking.store.server import serving

pytestmark = [pytest.mark.cluster, pytest.mark.xdist_group("matchmaking-director")]

PLAYERS, SERVERS = 24, 16
SECONDS = 90.0
CLEAN_SECONDS = 60
"""What the dead one had allocated for nobody is given back once its match is abandoned, after half a minute."""


class Player:
    """Comes to one replica, and to the other when that one does not answer."""

    def __init__(self, http: aiohttp.ClientSession, ports: list[int], first: int) -> None:
        self._http, self._ports, self._at = http, ports, first
        self.token = ""

    async def ask(self, method: str, path: str, **more: Any) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        headers |= more.pop("headers", {})
        while True:
            url = f"http://127.0.0.1:{self._ports[self._at]}{path}"
            try:
                async with self._http.request(method, url, headers=headers, **more) as answer:
                    return answer.status, await answer.json()
            except aiohttp.ClientError:
                self._at = 1 - self._at
                await asyncio.sleep(0.1)

    async def play(self) -> Any:
        """With an idempotency key: asking again, of whichever replica, is the same ticket."""
        _, guest = await self.ask("POST", "/v1/guests")
        self.token = guest["token"]
        ticket: Any = {}
        status = 0
        while status != 201:
            request = {"json": {"mode": "lobby/duel"}, "headers": {"Idempotency-Key": "tonight"}}
            status, ticket = await self.ask("POST", "/v1/tickets", **request)
            if status != 201:
                await asyncio.sleep(0.5)
        while ticket["state"] == "waiting":
            status, ticket = await self.ask("GET", f"/v1/tickets/{ticket['id']}?wait=5")
            assert status == 200, ticket
        return ticket


async def everyone(ports: list[int], kill: Any) -> list[Any]:
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as http, asyncio.timeout(SECONDS):
        players = [Player(http, ports, number % 2) for number in range(PLAYERS)]
        playing = [asyncio.create_task(each.play()) for each in players]
        await asyncio.wait(playing, return_when=asyncio.FIRST_COMPLETED)
        kill()
        return list(await asyncio.gather(*playing))


@pytest.mark.parametrize("kind", CORES)
def test_a_replica_that_is_killed_costs_no_player_their_match(
    kind: str, world: World, ports: Ports, tmp_path: Path
) -> None:
    functions, others = ports.take(), ports.take()
    made = begin_fleet(world, SERVERS)
    with serving(tmp_path, ports) as valkey, core_at(kind, tmp_path, ports, functions) as core:
        replicas = []
        for name, port in (("stays", functions), ("dies", others)):
            file = settings(world, tmp_path, name, openMatch=named(core, port), store=valkey.url)
            replicas.append(start(name, file, world, tmp_path))
        stays, dies = replicas
        try:
            world.wait_status(made, replicas=SERVERS, readyReplicas=SERVERS)
            told = asyncio.run(everyone([port_of(each) for each in replicas], dies.kill))
            matches = Counter(each["server"]["match"] for each in told)
            wait_for(
                "a server a match, and no other", lambda: _allocated(world) == Counter(set(matches)), CLEAN_SECONDS
            )
            stays.check()
        finally:
            for each in replicas:
                each.kill()
    assert {each["state"] for each in told} == {"assigned"}
    assert set(matches.values()) == {2}


def _allocated(world: World) -> Counter[str]:
    """Servers by match."""
    return Counter(each["metadata"]["labels"][MATCH] for each in world.servers("Allocated"))
