"""Everything in one process, as a user starts it: players come by HTTP, and get servers of a real API server."""

import asyncio
import json
import os
import signal
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from kubeclient.clock import SystemClock
from matchmaking.tokens.verify import TokenRefusedError, Verifier
from matchmaking.words import MATCH, NONCE, SITE
from tests.cluster.wait import wait_for
from tests.doubles.agones.world import World
from tests.services.matchmaking.director.live.whole import ISSUER, begin_fleet, play, port_of, settings, start

pytestmark = [pytest.mark.cluster, pytest.mark.xdist_group("matchmaking-director")]

DUELLISTS, SQUADS, CREWS, SERVERS = 100, 15, 4, 70
"""Players of one-on-one, matches of two against two in pairs, and of five against five; and servers for all of them."""

PLAYERS = 200
END_SECONDS = 15


@pytest.fixture
def port(world: World, tmp_path: Path) -> Iterator[int]:
    """Of a process that serves players; its servers are Ready, and labelled by nobody but itself."""
    made = begin_fleet(world, SERVERS)
    process = start("matchmaking", settings(world, tmp_path), world, tmp_path)
    try:
        world.wait_status(made, replicas=SERVERS, readyReplicas=SERVERS)
        yield port_of(process)
        process.check()
        os.kill(process.pid, signal.SIGTERM)
        wait_for("it to end as it was told to", lambda: process.returncode is not None, END_SECONDS)
        assert process.returncode == 0, process.tail()
    finally:
        process.kill()


async def everyone(port: int) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}", connector=connector) as http:
        duels = [play(http, "lobby/duel") for _ in range(DUELLISTS)]
        squads = [play(http, "lobby/squad", friends=1) for _ in range(2 * SQUADS)]
        crews = [play(http, "lobby/crew", friends=friends) for friends in [4] * 4 + [0] * 20]
        parties = await asyncio.gather(*duels, *squads, *crews)
        async with http.get("/.well-known/jwks.json") as answer:
            keys = json.loads(await answer.read())
    return [told for party in parties for told in party], keys


def test_all_players_get_a_place_and_a_token_that_only_works_there(world: World, port: int) -> None:
    told, keys = asyncio.run(everyone(port))
    assert {each["state"] for each in told} == {"assigned"}
    matches: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for each in told:
        matches[each["server"]["match"]].append(each)
    sizes = sorted(len(players) for players in matches.values())
    assert sizes == [2] * (DUELLISTS // 2) + [4] * SQUADS + [10] * CREWS
    assert len(told) == PLAYERS
    servers = {each["metadata"]["labels"][MATCH]: each for each in world.servers("Allocated")}
    assert servers.keys() == matches.keys()
    now = SystemClock().now().timestamp()
    doors = {
        match: Verifier(ISSUER, world.namespace, each["metadata"]["name"], each["metadata"]["annotations"][NONCE], keys)
        for match, each in servers.items()
    }
    for match, players in matches.items():
        seats = {(each["server"]["team"], each["server"]["seat"]) for each in players}
        assert len(seats) == len(players)
        assert servers[match]["metadata"]["labels"][SITE] == "desk"
        address = f"{servers[match]['status']['address']}:{servers[match]['status']['ports'][0]['port']}"
        for each in players:
            assert each["server"]["addresses"] == [address]
            for other, door in doors.items():
                if other != match:
                    with pytest.raises(TokenRefusedError):
                        door.verify(each["server"]["token"], now)
            assert doors[match].verify(each["server"]["token"], now).sub == each["player"]
