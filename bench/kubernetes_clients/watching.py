"""What becomes of each client's watch when something happens to it, in words that are judged from what it did."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bench.kubernetes_clients.contestant import Contestant
from bench.kubernetes_clients.ground import Ground
from kubeclient.resources import NODES
from tests.doubles.kubernetes.routes import flag
from tests.doubles.kubernetes.watches import Watch

PATIENCE_SECONDS = 12
"""Four times the silence that those who can are told to bear."""

STORM = 50
"""Requests in that time that nobody needs."""

BIG = 300_000


def close(ground: Ground, watch: Watch) -> None:
    watch.close()
    ground.put("late")


def break_off(ground: Ground, watch: Watch) -> None:
    watch.break_off()
    ground.put("late")


def expire(ground: Ground, watch: Watch) -> None:
    """What it has not been told yet is forgotten, a deletion among it."""
    watch.expire()
    ground.server.remove(NODES, "gone")
    ground.put("late")
    ground.server.storage.compact()


def hang(ground: Ground, watch: Watch) -> None:
    watch.pause()
    ground.put("late")


def grow(ground: Ground, _: Watch) -> None:
    """A line that is longer than the buffer of a stream reader."""
    ground.put("late", BIG)


SCENARIOS: dict[str, Callable[[Ground, Watch], None]] = {
    "the server ends it": close,
    "the connection breaks": break_off,
    "410, a deletion missed": expire,
    "it hangs": hang,
    f"an object of {BIG // 1000} kB": grow,
}


@dataclass(frozen=True)
class Outcome:
    """`lines` is what the client said after it had happened, `asked` how many requests it made from then on."""

    lines: list[dict[str, Any]]
    asked: int

    def words(self, scenario: str) -> str:
        told = {(line.get("kind"), line.get("name")) for line in self.lines}
        storm = f", {self.asked} requests in {PATIENCE_SECONDS} s" if self.asked > STORM else ""
        end = self._end()
        if not told & {("ADDED", "late"), ("MODIFIED", "late")}:
            return f"**{end or 'silence'}**{storm}"
        if "deletion" in scenario and ("DELETED", "gone") not in told:
            return f"**goes on, the deletion is never told**{storm}"
        return f"goes on{storm}" if not end else f"goes on, then {end}"

    def _end(self) -> str:
        last = self.lines[-1] if self.lines else {}
        if "error" in last:
            status = f" {last['status']}" if last["status"] else ""
            return f"raises {last['error']}{status}"
        return "ends" if "ended" in last else ""


async def outcome(contestant: Contestant, scenario: str) -> str:
    """Try it."""
    async with Ground() as ground:
        for name in ("first", "gone"):
            ground.put(name)
        async with contestant.running("watch", ground.url) as process:
            lines: list[dict[str, Any]] = []
            reading = asyncio.create_task(_read(process, lines))
            watch = await _watch(ground)
            ground.put("first", filler=1)
            await _until(lambda: {"kind": "MODIFIED", "name": "first"} in lines)
            seen, asked = len(lines), len(ground.server.calls)
            SCENARIOS[scenario](ground, watch)
            await _settled(lines, seen, scenario)
            result = Outcome(lines[seen:], len(ground.server.calls) - asked).words(scenario)
        await reading
    return result


async def bookmarks(contestant: Contestant) -> str:
    """Whether it asks for them."""
    async with Ground() as ground, contestant.running("watch", ground.url):
        ground.put("first")
        watch = await _watch(ground)
        return "yes" if flag(watch.call.query, "allowWatchBookmarks") else "**no**"


async def _settled(lines: list[dict[str, Any]], seen: int, scenario: str) -> None:
    """Wait until all is told that could be, or the client has ended, or patience has."""
    end = asyncio.get_running_loop().time() + PATIENCE_SECONDS
    wanted = {"late", "gone"} if "deletion" in scenario else {"late"}
    while asyncio.get_running_loop().time() < end:
        told = {line.get("name") for line in lines[seen:]}
        if wanted <= told or any("error" in line or "ended" in line for line in lines[seen:]):
            return
        await asyncio.sleep(0.05)


async def _read(process: asyncio.subprocess.Process, lines: list[dict[str, Any]]) -> None:
    assert process.stdout
    async for line in process.stdout:
        lines.append(json.loads(line))


async def _watch(ground: Ground) -> Watch:
    await _until(lambda: ground.server.watches(NODES))
    return ground.server.watches(NODES)[0]


async def _until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0.02)
