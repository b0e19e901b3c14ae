"""A home machine dies while players come: what is dead is handed to nobody, and who was sent there comes first.

The real operator and the real matchmaking, beside a core of Open Match's kind and a Valkey.
"""

import asyncio
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from failover import words
from matchmaking import ticket_record
from matchmaking.store.valkey import connect
from matchmaking.words import JOINED, MATCH
from tests.cluster.api import Json
from tests.cluster.ports import Ports
from tests.cluster.process import Process
from tests.services.failover.live.ground import Ground
from tests.services.matchmaking.director.live import whole
from tests.services.matchmaking.director.live.core import core_at, named
from tests.services.matchmaking.store.server import Server, serving

pytestmark = [pytest.mark.cluster, pytest.mark.slow, pytest.mark.xdist_group("failover")]

SERVERS = 30
BEFORE, AFTER = 8, 10
"""Matches that begin before the machine dies, and from then on."""

PAUSE_SECONDS = 0.5
"""Between two matches."""

JOINING = 3
"""Of so many matches, one is joined at once; nobody comes to the others."""

SUSPICION_SECONDS = 1.0
SECONDS = 120.0


@dataclass
class Told:
    """What one player was told, and when."""

    ticket: str = ""
    servers: list[tuple[float, str]] = field(default_factory=list)
    """Moment and match, of every change."""


@dataclass
class Evening:
    place: Ground
    http: aiohttp.ClientSession
    told: list[Told] = field(default_factory=list)
    matches: list[str] = field(default_factory=list)
    """As they were told of."""

    where: dict[str, str] = field(default_factory=dict)
    """Node by match."""

    suspected: dict[str, float] = field(default_factory=dict)
    """When a server of the node was marked for the first time."""

    over: bool = False

    @property
    def joined(self) -> set[str]:
        return set(self.matches[::JOINING])

    async def play(self) -> None:
        """Ask, and go on asking until the evening is over, as a client does whose server does not answer."""
        told = Told()
        self.told.append(told)
        async with self.http.post("/v1/guests") as answer:
            headers = {"Authorization": f"Bearer {(await answer.json())['token']}"}
        async with self.http.post("/v1/tickets", json={"mode": "lobby/duel"}, headers=headers) as answer:
            assert answer.status == 201, await answer.text()
            told.ticket = (await answer.json())["id"]
        while not self.over:
            async with self.http.get(f"/v1/tickets/{told.ticket}?wait=1", headers=headers) as answer:
                found = await answer.json()
            match = found.get("server", {}).get("match")
            if match and (not told.servers or told.servers[-1][1] != match):
                await self._see(match, told)
            if found["state"] != "waiting":
                await asyncio.sleep(0.1)

    async def watch(self) -> None:
        while not self.over:
            for each in await asyncio.to_thread(self.place.servers):
                node = each.get("status", {}).get("nodeName", "")
                self.where[match_of(each)] = node
                if words.SUSPECT in each["metadata"]["labels"]:
                    self.suspected.setdefault(node, time.monotonic())
            await asyncio.sleep(0.02)

    async def _see(self, match: str, told: Told) -> None:
        at = time.monotonic()
        await until(lambda: match in self.where)
        told.servers.append((at, match))
        if match in self.matches:
            return
        self.matches.append(match)
        if match in self.joined:
            await asyncio.to_thread(self._join, match)

    def _join(self, match: str) -> None:
        """As the game server says by the SDK."""
        (server,) = (each for each in self.place.servers() if match_of(each) == match)
        self.place.api.patch(server, {"metadata": {"labels": {JOINED: "true"}}})


@pytest.fixture
def matchmaking(place: Ground, ports: Ports, tmp_path: Path) -> Iterator[tuple[Server, Process]]:
    """Its store, and its process, whose servers are all Ready."""
    functions = ports.take()
    manifest = whole.begin_fleet(place.world, SERVERS, nodes=())
    with ExitStack() as stack:
        valkey = stack.enter_context(serving(tmp_path, ports))
        core = stack.enter_context(core_at("ours", tmp_path, ports, functions))
        sites = [{"name": "home", "kind": "home"}, {"name": "cloud", "kind": "cloud"}]
        more: Json = {"openMatch": named(core, functions), "store": valkey.url, "sites": sites, "nodeFailovers": True}
        place.world.wait_status(manifest, replicas=SERVERS, readyReplicas=SERVERS)
        process = whole.start("matchmaking", whole.settings(place.world, tmp_path, **more), place.world, tmp_path)
        stack.callback(process.kill)
        yield valkey, process


def test_a_machine_that_dies_costs_nobody_their_evening(place: Ground, matchmaking: tuple[Server, Process]) -> None:
    valkey, process = matchmaking
    place.operator(suspectAfter=2)
    asyncio.run(evening(place, whole.port_of(process), valkey.url))
    process.check()


async def evening(place: Ground, port: int, store: str) -> None:
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}", connector=connector) as http, asyncio.timeout(SECONDS):
        night = Evening(place, http)
        watching = asyncio.create_task(night.watch())
        playing = await come(night, BEFORE)
        await until(lambda: all(told.servers for told in night.told))
        victim = night.where[night.matches[0]]  # so that a match is under way on it
        await asyncio.to_thread(place.die, victim)
        playing += await come(night, AFTER)
        await until(lambda: victim in night.suspected)
        await until(lambda: all(told.servers and not stranded(night, told, victim)[-1] for told in night.told))
        priorities = await asyncio.gather(*(priority(store, told.ticket) for told in night.told))
        night.over = True
        await asyncio.gather(*playing, watching)
    assert any(any(stranded(night, told, victim)) for told in night.told), f"nobody was sent to {victim} in vain"
    suspected = night.suspected[victim]
    for told, urgent in zip(night.told, priorities, strict=True):
        late = [at - suspected for at, match in told.servers if night.where[match] == victim]
        assert all(seconds < SUSPICION_SECONDS for seconds in late), f"{victim} was handed out: {late}"
        again = any(stranded(night, told, victim))
        assert (urgent, len(told.servers)) == (int(again), 1 + again), "who was sent in vain comes first, nobody else"
    left = {match_of(each) for each in await asyncio.to_thread(place.servers, state="Allocated")}
    assert night.joined <= left, "a match under way is never taken away"


def stranded(night: Evening, told: Told, victim: str) -> list[bool]:
    """Of each match that a player was told of: whether the machine died before anybody had come to it."""
    return [night.where[match] == victim and match not in night.joined for _, match in told.servers]


async def come(night: Evening, matches: int) -> "list[asyncio.Task[None]]":
    """Players for so many, two at a time."""
    tasks = []
    for _ in range(matches):
        tasks += [asyncio.create_task(night.play()) for _ in range(2)]
        await asyncio.sleep(PAUSE_SECONDS)
    return tasks


async def until(condition: Any) -> None:
    while not condition():
        await asyncio.sleep(0.05)


async def priority(store: str, ticket: str) -> int:
    async with connect(store) as records:
        raw = await records.get(ticket_record.key(ticket))
    assert raw, ticket
    return ticket_record.decode(raw).priority


def match_of(server: Json) -> str:
    return str(server["metadata"]["labels"].get(MATCH, ""))
