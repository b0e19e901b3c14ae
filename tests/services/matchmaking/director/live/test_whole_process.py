"""Everything in one process, as a user starts it: players come by HTTP, and get servers of a real API server."""

import asyncio
import json
import os
import re
import signal
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml

from kubeclient.clock import SystemClock
from matchmaking.tokens.verify import TokenRefusedError, Verifier
from matchmaking.words import GAME as GAME_LABEL
from matchmaking.words import MATCH, NONCE, SITE
from tests.cluster.process import Process
from tests.cluster.wait import wait_for
from tests.doubles.agones.world import World, fleet, server_spec
from tests.services.matchmaking.tokens.forge import ed25519_pem

pytestmark = [pytest.mark.cluster, pytest.mark.xdist_group("matchmaking-director")]

ISSUER = "https://play.example"
PORT = re.compile(r"players are served on port (\d+)")
DUELLISTS, SQUADS, CREWS, SERVERS = 100, 15, 4, 70
"""Players of one-on-one, matches of two against two in pairs, and of five against five; and servers for all of them."""

PLAYERS = 200
END_SECONDS = 15


def settings(world: World, folder: Path) -> Path:
    keys = folder / "keys"
    keys.mkdir()
    (keys / "first").write_bytes(ed25519_pem())
    mode = {"game": "lobby", "namespace": world.namespace, "port": "game", "teams": 2}
    content = {
        "cluster": "test",
        "modes": [
            mode | {"name": "duel", "playersPerTeam": 1, "minPlayers": 2},
            mode | {"name": "squad", "playersPerTeam": 2, "minPlayers": 4},
            mode | {"name": "crew", "playersPerTeam": 5, "minPlayers": 10},
        ],
        "sites": [{"name": "desk", "kind": "home"}],
        "players": {"guests": True},
        "limits": {"perAddress": "100000/minute"},
        "tokens": {"issuer": ISSUER, "keys": str(keys)},
    }
    file = folder / "settings.yaml"
    file.write_text(yaml.safe_dump(content))
    return file


@pytest.fixture
def port(world: World, tmp_path: Path) -> Iterator[int]:
    """Of a process that serves players; its servers are Ready, and labelled by nobody but itself."""
    for name in ("machine-1", "machine-2"):
        node = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}}
        world.api.patch(node, {"metadata": {"labels": {SITE: "desk"}}})
    manifest = fleet("lobby", world.namespace, SERVERS)
    template = {"metadata": {"labels": {GAME_LABEL: "lobby"}}, "spec": server_spec()}
    made = world.api.create(manifest | {"spec": manifest["spec"] | {"template": template}})
    command = [sys.executable, "-m", "matchmaking", "--settings", str(settings(world, tmp_path)), "--port", "0"]
    command += ["--host", "127.0.0.1", "--kubeconfig", str(world.control_plane.kubeconfig)]
    process = Process("matchmaking", command, tmp_path).start()
    try:
        world.wait_status(made, replicas=SERVERS, readyReplicas=SERVERS)
        yield int(wait_for("the port", lambda: _port(process), 30))
        process.check()
        os.kill(process.pid, signal.SIGTERM)
        wait_for("it to end as it was told to", lambda: process.returncode is not None, END_SECONDS)
        assert process.returncode == 0, process.tail()
    finally:
        process.kill()


def _port(process: Process) -> str:
    process.check()
    found = PORT.search(process.log.read_text())
    return found.group(1) if found else ""


async def play(http: aiohttp.ClientSession, mode: str, friends: int = 0) -> list[dict[str, Any]]:
    """A party from nothing to a server: what each of its players was told."""
    guests = []
    for _ in range(friends + 1):
        async with http.post("/v1/guests") as answer:
            guests.append(await answer.json())
    headers = [{"Authorization": f"Bearer {guest['token']}"} for guest in guests]
    body = {"mode": mode, "party": [{"token": guest["token"]} for guest in guests[1:]]}
    async with http.post("/v1/tickets", json=body, headers=headers[0]) as answer:
        assert answer.status == 201, await answer.text()
        ticket = await answer.json()
    told = []
    for guest, header in zip(guests, headers, strict=True):
        async with asyncio.timeout(50):
            while True:
                async with http.get(f"/v1/tickets/{ticket['id']}?wait=20", headers=header) as answer:
                    found = await answer.json()
                if found["state"] != "waiting":
                    break
        told.append(found | {"player": guest["player"]})
    return told


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
