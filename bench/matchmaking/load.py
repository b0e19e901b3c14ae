"""`python -m bench.matchmaking.load WHO URL full|half|waiting [NUMBER]`: one contestant under one load.

In a process of its own, which prints what came of it as JSON.
"""

import asyncio
import itertools
import random
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import grpc
import msgspec
from msgspec import Struct

from bench.matchmaking.contestants import CHOOSY, DUEL, Contestant, Ours, Unmatched, contestant

PLAYERS = 600
"""Who play at full load: as soon as one has a server, they want another."""

WARM_SECONDS, SECONDS, HALF_SECONDS = 4.0, 12.0, 20.0
SETTLE_SECONDS, WATCHED_SECONDS, TOUCH_SECONDS = 60.0, 240.0, 10.0
WAITING = 5000


class Outcome(Struct):
    """Of one run."""

    matches: float
    """A second."""

    p50: float
    p99: float
    cpu: float
    """Seconds of this process a match: the load's own are among them, and are the same for all."""

    calls: float
    """Of the Kubernetes API, a match."""

    refused: int
    """Tickets that could not be made, or ended without a match; their players came again."""


class Memory(Struct):
    """MiB, second by second."""

    resident: list[float]


@dataclass
class Crowd:
    """Players who want another match as soon as they have one: a closed loop."""

    who: Contestant
    waits: list[float] = field(default_factory=list)
    refused: int = 0
    numbers: "itertools.count[int]" = field(default_factory=itertools.count)

    async def player(self, begins_in: float) -> None:
        await asyncio.sleep(begins_in)
        while True:
            begun = time.monotonic()
            try:
                await self.who.play(f"player-{next(self.numbers)}")
            except (grpc.aio.AioRpcError, Unmatched):
                self.refused += 1
            else:
                self.waits.append(time.monotonic() - begun)


async def full(who: Contestant, players: float = PLAYERS) -> Outcome:
    crowd = Crowd(who)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(crowd.player(2 * number / players)) for number in range(int(players))]
        await asyncio.sleep(WARM_SECONDS)
        crowd.waits.clear()
        who.calls.clear()
        crowd.refused = 0
        start, cpu = time.monotonic(), time.process_time()
        await asyncio.sleep(SECONDS)
        spent = time.process_time() - cpu
        found = outcome(crowd.waits, time.monotonic() - start, spent, who.calls.total(), crowd.refused)
        for each in tasks:
            each.cancel()
    return found


async def half(who: Contestant, matches: float) -> Outcome:
    """An open loop: two players a match, who come by chance, whatever became of those before."""
    waits: list[float] = []
    refused: list[int] = []

    async def player(number: int, counted: bool) -> None:
        begun = time.monotonic()
        try:
            await who.play(f"player-{number}")
        except (grpc.aio.AioRpcError, Unmatched):
            refused.append(number)
        else:
            if counted:
                waits.append(time.monotonic() - begun)

    async with asyncio.TaskGroup() as group:
        start = time.monotonic()
        cpu = time.process_time()
        for number, at in enumerate(_arrivals(2 * matches)):
            await asyncio.sleep(start + at - time.monotonic())
            group.create_task(player(number, at >= WARM_SECONDS))
        if number % 2 == 0:  # else the last one would have nobody to play with
            group.create_task(player(number + 1, counted=False))
    share = HALF_SECONDS / (WARM_SECONDS + HALF_SECONDS)
    spent = (time.process_time() - cpu) * share
    return outcome(waits, HALF_SECONDS, spent, who.calls.total() * share, len(refused))


def _arrivals(rate: float) -> Iterator[float]:
    chance, at = random.Random(1), 0.0
    while (at := at + chance.expovariate(rate)) < WARM_SECONDS + HALF_SECONDS:
        yield at


async def waiting(who: Contestant) -> Memory:
    """Tickets that no match is possible for, and whose players keep asking."""
    assert isinstance(who, Ours)
    records = [await who.enter(f"player-{number}", skill=float(number)) for number in range(WAITING)]
    resident: list[float] = []
    touched = time.monotonic()
    for second in range(int(SETTLE_SECONDS + WATCHED_SECONDS)):
        await asyncio.sleep(1)
        if time.monotonic() - touched > TOUCH_SECONDS:
            touched = time.monotonic()
            for each in records:
                await who.queue.touch(each)
        if second >= SETTLE_SECONDS:
            resident.append(_resident())
    found = [await who.queue.find(each.id) for each in records]
    assert all(each and not each.match for each in found), "some of them did not wait"
    return Memory(resident)


def _resident() -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))


def outcome(waits: list[float], seconds: float, cpu: float, calls: float, refused: int) -> Outcome:
    found = sorted(waits)
    matches = len(found) / 2
    return Outcome(
        matches / seconds,
        found[len(found) // 2],
        found[int(len(found) * 0.99)],
        cpu / matches,
        calls / matches,
        refused,
    )


async def main(name: str, url: str, load: str, number: float = 0.0) -> None:
    async with contestant(name, url, CHOOSY if load == "waiting" else DUEL) as who:
        match load:
            case "full":
                found: Outcome | Memory = await full(who, number or PLAYERS)
            case "half":
                found = await half(who, number)
            case _:
                found = await waiting(who)
        print(msgspec.json.encode(found).decode(), flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3], float(sys.argv[4]) if sys.argv[4:] else 0.0))
