"""`python driver.py CONTESTANT TASK [URL]`: one client does one thing, in a process of its own, and says how it went.

The process has the peers' packages and ours, nothing else of the repository. It prints JSON, a line at a time.
"""

import asyncio
import importlib
import json
import sys
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from pathlib import Path
from typing import Any, Protocol

ROUNDS = 5
QUIET_SECONDS = 3
"""How long a silence may be, for whoever lets one say so."""


class Contestant(Protocol):
    """What each module of `contestants` has. Names of objects are of Nodes."""

    def nodes(self, url: str) -> AsyncGenerator[list[tuple[str, str]]]:
        """All of them, in one call, again and again over one connection: name, and status of the condition Ready."""

    def watch(self, url: str, quiet: float) -> AsyncIterator[tuple[str, str]]:
        """List, then type and name of each change, the way its documentation shows, with its best options."""

    async def delete(self, url: str, name: str, version: str) -> object:
        """Delete it, if it still is of this resourceVersion."""

    async def json_patch(self, url: str, name: str, version: str) -> object:
        """Test that it still is of this resourceVersion, by a JSON patch."""


def say(**what: object) -> None:
    print(json.dumps(what), flush=True)


def resident() -> float:
    """MiB of this process in memory."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))


async def carry_out(contestant: Contestant, task: str, url: str, arguments: list[str]) -> None:
    match task:
        case "nodes":
            async with aclosing(contestant.nodes(url)) as lists:
                found = await anext(lists)
                begun = time.process_time()
                for _ in range(ROUNDS):
                    found = await anext(lists)
                seconds = time.process_time() - begun
            say(seconds=seconds / ROUNDS / len(found), nodes=found)
        case "watch":
            async for kind, name in contestant.watch(url, QUIET_SECONDS):
                say(kind=kind, name=name)
            say(ended=True)
        case _:
            await getattr(contestant, task)(url, *arguments)
            say(done=True)


def main(name: str, task: str, url: str = "", *arguments: str) -> None:
    before, begun = resident(), time.process_time()
    contestant: Any = importlib.import_module(f"contestants.{name}")
    if task == "import":
        say(seconds=time.process_time() - begun, before=before, after=resident())
        return
    try:
        asyncio.run(carry_out(contestant, task, url, list(arguments)))
    except Exception as error:
        text = str(getattr(error, "reason", "") or error).split("\n")[0]
        say(error=type(error).__name__, status=status_of(error), text=text[:120])


def status_of(error: object) -> int:
    """The HTTP status of an error, wherever this client keeps it."""
    for path in (("status", "code"), ("status",), ("response", "status_code")):
        found: Any = error
        for part in path:
            found = getattr(found, part, None)
        if isinstance(found, int):
            return found
    return 0


if __name__ == "__main__":
    main(*sys.argv[1:])
