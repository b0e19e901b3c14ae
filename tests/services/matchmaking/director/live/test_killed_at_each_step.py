"""Each part killed at each step of a match's life: nobody's ticket is lost or matched twice, no server is left over.

One story, told to its end whoever dies: two players are matched, their server's machine falls under suspicion before
they come, they wait again and get another server, nobody comes, and they are free. `-s` shows the steps.
"""

import asyncio
import itertools
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from urllib3.exceptions import HTTPError

from kubeclient.clock import SystemClock
from matchmaking.__main__ import FAILED
from matchmaking.director import record as match_record
from matchmaking.director.record import Phase
from matchmaking.store import StoreError
from matchmaking.store.valkey import ValkeyStore, connect
from matchmaking.tokens.verify import Verifier
from matchmaking.words import MATCH, NONCE, SUSPECT
from tests.cluster.api import ApiError, Json
from tests.cluster.ports import Ports
from tests.cluster.process import Process
from tests.doubles.agones.world import World
from tests.program import ROOT
from tests.services.matchmaking.director.live.core import CORES, core_at, named
from tests.services.matchmaking.director.live.test_two_replicas import Player
from tests.services.matchmaking.director.live.whole import ISSUER, begin_fleet, command, settings
from tests.services.matchmaking.store.server import Server, serving

pytestmark = [pytest.mark.cluster, pytest.mark.slow, pytest.mark.xdist_group("matchmaking-director")]

SECONDS = 180.0
CONNECT_SECONDS = 30.0
"""Longer than parts that die at each step need from a match's being committed to its players' being told."""

quick = pytest.mark.parametrize("connect_seconds", [8.0])
"""Nothing dies between the two."""

SERVERS = 3
AWAY = (OSError, HTTPError, ApiError)
"""How the API server is not there."""

CRASHING = "tests.services.matchmaking.director.live.crashing"


@dataclass
class Part:
    """A process of some roles, begun again whenever it has died."""

    name: str
    command: list[str | Path]
    folder: Path
    numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))
    process: Process | None = None

    def keep_up(self) -> None:
        if self.process and self.process.running:
            return
        if self.process:
            # One that can't begin without its store is begun again, as Kubernetes does.
            assert self.process.returncode in (-signal.SIGKILL, FAILED), self.process.tail()
        name, path = f"{self.name}-{next(self.numbers)}", {"PYTHONPATH": str(ROOT)}
        self.process = Process(name, self.command, self.folder, path).start()

    def stop(self) -> None:
        if self.process:
            self.process.kill()


@dataclass
class Stage:
    world: World
    folder: Path
    file: Path
    valkey: Server
    port: int
    """Of the players' API, whichever process serves it."""

    parts: list[Part] = field(default_factory=list)
    begun: float = field(default_factory=time.monotonic)
    lines: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    """What is not as it should be in the end."""

    def part(self, *roles: str, steps: Path | None = None, victim: Path | None = None) -> Part:
        """With a file of steps it dies, or kills, at each step that is not in it."""
        made = [*command(self.file, self.world, *roles, port=self.port), "--replica", roles[0]]
        if steps:
            trap = ["--steps", steps, *(("--victim", victim) if victim else ())]
            made = [sys.executable, "-m", CRASHING, *trap, *made[3:]]
        self.parts.append(Part("-".join(roles), made, self.folder))
        return self.parts[-1]

    def stop(self) -> None:
        for part in self.parts:
            part.stop()

    async def told(self, what: str, condition: Callable[[], Awaitable[Any]]) -> Any:
        """The first truthy answer, while all parts are kept up."""
        end = time.monotonic() + SECONDS
        while not (found := await condition()):
            assert time.monotonic() < end, f"waited for {what}; {self.left}"
            for part in self.parts:
                part.keep_up()
            await asyncio.sleep(0.05)
        self.lines.append(f"{time.monotonic() - self.begun:5.1f} s  {what}")
        return found


@pytest.fixture
def steps(tmp_path: Path) -> Path:
    """The file of those at which something was killed: none yet."""
    file = tmp_path / "steps"
    file.touch()
    return file


@pytest.fixture
def connect_seconds() -> float:
    return CONNECT_SECONDS


@pytest.fixture(params=CORES)
def stage(
    request: pytest.FixtureRequest, world: World, ports: Ports, tmp_path: Path, connect_seconds: float
) -> Iterator[Stage]:
    functions, port = ports.take(), ports.take()
    made = begin_fleet(world, SERVERS)
    with ExitStack() as stack:
        valkey = stack.enter_context(serving(tmp_path, ports))
        core = stack.enter_context(core_at(request.param, tmp_path, ports, functions))
        mode = {"game": "lobby", "name": "duel", "namespace": world.namespace, "port": "game", "teams": 2}
        mode |= {"playersPerTeam": 1, "minPlayers": 2, "connectWindowSeconds": connect_seconds}
        file = settings(world, tmp_path, openMatch=named(core, functions), store=valkey.url, modes=[mode])
        world.wait_status(made, replicas=SERVERS, readyReplicas=SERVERS)
        found = Stage(world, tmp_path, file, valkey, port)
        stack.callback(found.stop)
        yield found


def test_the_director(stage: Stage, steps: Path) -> None:
    """After each kind of write, and so before the next."""
    stage.part("director", steps=steps)
    stage.part("frontend", "functions")
    killed_at = tell("director", steps, stage)
    wanted = {"create match proposed", "POST gameserverallocations", "AssignTickets", "DELETE gameservers"}
    assert wanted <= killed_at
    assert len(killed_at) >= 15


def test_the_frontend(stage: Stage, steps: Path) -> None:
    stage.part("frontend", steps=steps)
    stage.part("director", "functions")
    killed_at = tell("frontend", steps, stage)
    assert {"create player", "create ticket waiting", "CreateTicket", "replace ticket waiting"} <= killed_at


@quick
def test_the_match_functions(stage: Stage, steps: Path) -> None:
    """When they are asked, and when they have answered: as functions, and as the evaluator."""
    stage.part("functions", steps=steps)
    stage.part("director", "frontend")
    killed_at = tell("functions", steps, stage)
    assert killed_at == {"Run asked", "Run answered", "Evaluate asked", "Evaluate answered"}


def test_the_api_server(stage: Stage, steps: Path, tmp_path: Path) -> None:
    """Before each kind of write of the director's."""
    victim = tmp_path / "victim"
    stage.part("director", steps=steps, victim=victim)
    stage.part("frontend", "functions")
    api_server = stage.world.control_plane.processes["kube-apiserver"]
    stage.parts.append(Again(lambda: api_server, api_server.start, victim))
    killed_at = tell("API server", steps, stage)
    assert len(killed_at) >= 15


def test_the_store(stage: Stage, steps: Path, tmp_path: Path) -> None:
    """Before each kind of write of the director's."""
    victim = tmp_path / "victim"
    stage.part("director", steps=steps, victim=victim)
    stage.part("frontend", "functions")
    stage.parts.append(Again(lambda: stage.valkey.process, stage.valkey.start, victim))
    killed_at = tell("store", steps, stage)
    assert len(killed_at) >= 15


class Again(Part):
    """What is killed from elsewhere, begun again with what it has on its disk."""

    def __init__(self, process: Callable[[], Process], start: Callable[[], object], victim: Path) -> None:
        super().__init__("again", [], Path())
        self._of, self._start, self._victim = process, start, victim
        victim.write_text(str(process().pid))

    def keep_up(self) -> None:
        if not self._of().running:
            self._start()
            self._victim.write_text(str(self._of().pid))

    def stop(self) -> None:
        """It is not the stage's."""


async def story(stage: Stage) -> None:
    async with aiohttp.ClientSession() as http, connect(stage.valkey.url) as store:
        players = [Player(http, [stage.port] * 2, 0) for _ in range(2)]
        playing = [asyncio.create_task(play(each)) for each in players]
        try:
            await stage.told("both are told of a server", lambda: _done(playing))
            first = [each.result() for each in playing]
            server = await stage.told("it has their match", lambda: agreed(stage, players[0], first))
            await stage.told("its machine is under suspicion", lambda: suspected(stage, server))
            again = [asyncio.create_task(told_of(*each)) for each in zip(players, first, strict=True)]
            await stage.told("both are told of another", lambda: _done(again))
            second = [each.result() for each in again]
            await stage.told("it has their match", lambda: agreed(stage, players[0], second))
            assert {each["id"] for each in second} == {each["id"] for each in first}, "they keep their tickets"
            await stage.told("nobody has come, and nothing is left", lambda: is_over(stage, store))
        finally:
            for each in asyncio.all_tasks() - {asyncio.current_task()}:
                each.cancel()


async def play(player: Player) -> Json:
    """With an idempotency key, whatever answers there are in between."""
    while (guest := await player.ask("POST", "/v1/guests"))[0] != 201:
        await asyncio.sleep(0.1)
    player.token = guest[1]["token"]
    request: Json = {"json": {"mode": "lobby/duel"}, "headers": {"Idempotency-Key": "tonight"}}
    while (made := await player.ask("POST", "/v1/tickets", **request))[0] != 201:
        assert made[0] >= 500 or made[1]["type"].endswith("/busy"), made
        await asyncio.sleep(0.1)
    return await told_of(player, made[1] | {"server": {"match": ""}})


async def told_of(player: Player, before: Json) -> Json:
    """What the player is told of the ticket once it is in another match than before."""
    while True:
        status, found = await player.ask("GET", f"/v1/tickets/{before['id']}?wait=1")
        assert status == 200 or status >= 500, found
        if found.get("server", before["server"])["match"] != before["server"]["match"]:
            return dict(found)
        await asyncio.sleep(0.1)


async def _done(tasks: "list[asyncio.Task[Any]]") -> bool:
    for each in tasks:
        if each.done():
            each.result()
    return all(each.done() for each in tasks)


async def agreed(stage: Stage, player: Player, told: list[Json]) -> Json | None:
    """The one server that has their match, where their two seats and tokens count. None: it can't be asked now."""
    places = [each["server"] for each in told]
    (match,) = {each["match"] for each in places}
    assert len({(each["team"], each["seat"]) for each in places}) == 2
    status, keys = await player.ask("GET", "/.well-known/jwks.json")
    with suppress(*AWAY):
        (server,) = (each for each in stage.world.servers("Allocated") if _labels(each).get(MATCH) == match)
        assert SUSPECT not in _labels(server)
        name, notes = server["metadata"]["name"], server["metadata"]["annotations"]
        if status >= 500:
            return None
        for each in places:
            door = Verifier(ISSUER, stage.world.namespace, name, notes[NONCE], keys)
            door.verify(each["token"], SystemClock().now().timestamp())
        return server
    return None


async def suspected(stage: Stage, server: Json) -> bool:
    with suppress(*AWAY):
        stage.world.api.patch(server, {"metadata": {"labels": {SUSPECT: "true"}}})
        return True
    return False


async def is_over(stage: Stage, store: ValkeyStore) -> bool:
    """Nothing is allocated, or kept for a player; what is on record is final, and is forgotten later."""
    with suppress(StoreError, *AWAY):
        kept = {key: await store.get(key) async for key in store.keys("")}
        stage.left = [each for each in kept if each.startswith(("ticket/", "player/", "place/"))]
        stage.left += [each["metadata"]["name"] for each in stage.world.servers("Allocated")]
        records = [match_record.decode(raw) for key, raw in kept.items() if raw and key.startswith("match/")]
        stage.left += [each.id for each in records if each.phase not in (Phase.ABANDONED, Phase.ENDED)]
        return not stage.left
    return False


def _labels(server: Json) -> Json:
    return dict(server["metadata"].get("labels") or {})


def tell(what: str, steps: Path, stage: Stage) -> set[str]:
    """The story, told to its end: the steps at which that was killed."""
    asyncio.run(story(stage))
    found = steps.read_text().splitlines()
    sys.stdout.write("\n".join([f"\n{what}, killed at:", *found, *stage.lines, ""]))
    return set(found)
