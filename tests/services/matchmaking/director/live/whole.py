"""The whole process, its servers, and players who come to it by HTTP."""

import asyncio
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import aiohttp
import yaml

from matchmaking.words import GAME as GAME_LABEL
from matchmaking.words import SITE
from tests.cluster.api import Json
from tests.cluster.process import Process
from tests.cluster.wait import wait_for
from tests.doubles.agones.world import World, fleet, server_spec
from tests.services.matchmaking.tokens.forge import ed25519_pem

ISSUER = "https://play.example"
PORT = re.compile(r"players are served on port (\d+)")


def settings(world: World, folder: Path, name: str = "settings", **more: Any) -> Path:
    """Its file; `more` is added to it."""
    keys = folder / "keys"
    if not keys.is_dir():
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
    file = folder / f"{name}.yaml"
    file.write_text(yaml.safe_dump(content | more))
    return file


def begin_fleet(world: World, size: int, nodes: Sequence[str] = ("machine-1", "machine-2")) -> Json:
    """A Fleet whose servers nobody has told the site of; the nodes know theirs."""
    for name in nodes:
        node = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}}
        world.api.patch(node, {"metadata": {"labels": {SITE: "desk"}}})
    manifest = fleet("lobby", world.namespace, size)
    template = {"metadata": {"labels": {GAME_LABEL: "lobby"}}, "spec": server_spec()}
    return world.api.create(manifest | {"spec": manifest["spec"] | {"template": template}})


def command(file: Path, world: World, *roles: str, port: int = 0) -> list[str | Path]:
    """Of the whole program, or of some of its roles."""
    made: list[str | Path] = [sys.executable, "-m", "matchmaking", "run", "--settings", file, "--status-port", "0"]
    made += ["--port", str(port), "--host", "127.0.0.1", "--kubeconfig", world.control_plane.kubeconfig]
    return made + [part for role in roles for part in ("--role", role)]


def start(name: str, file: Path, world: World, folder: Path) -> Process:
    return Process(name, [*command(file, world), "--replica", name], folder).start()


def port_of(process: Process) -> int:
    return int(wait_for("the port", lambda: _port(process), 30))


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
