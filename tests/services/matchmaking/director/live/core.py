"""A core that outlives every process of ours: one of Open Match's kind, or Open Match itself (OPEN_MATCH_BIN)."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from kubeclient.clock import SystemClock
from matchmaking.embedded.intervals import Intervals
from tests.cluster.ports import Ports
from tests.services.matchmaking.openmatch import minimatch, served

INTERVALS = Intervals(registration=0.2, collection=2.0, pending_release=60.0)
CORES = [
    "ours",
    pytest.param("minimatch", marks=pytest.mark.skipif(not minimatch.executable(), reason="OPEN_MATCH_BIN is not set")),
]


@contextmanager
def core_at(kind: str, folder: Path, ports: Ports, evaluator: int) -> Iterator[int]:
    """Its gRPC port. It asks for evaluations at that port of this machine."""
    if kind == "minimatch":
        executable = minimatch.executable()
        assert executable
        with minimatch.running(executable, folder, ports, INTERVALS, evaluator) as port:
            yield port
        return
    port = ports.take()
    begun, done = threading.Event(), threading.Event()
    thread = threading.Thread(target=lambda: asyncio.run(_ours(port, evaluator, begun, done)))
    thread.start()
    try:
        assert begun.wait(10)
        yield port
    finally:
        done.set()
        thread.join()


async def _ours(port: int, evaluator: int, begun: threading.Event, done: threading.Event) -> None:
    address = f"127.0.0.1:{evaluator}"
    core = served.serve(f"127.0.0.1:{port}", evaluator=address, clock=SystemClock(), intervals=INTERVALS)
    async with core:
        begun.set()
        while not done.is_set():
            await asyncio.sleep(0.1)


def named(core: int, functions: int) -> dict[str, Any]:
    """As `openMatch` of the settings."""
    address = f"127.0.0.1:{core}"
    return {
        **dict.fromkeys(("frontend", "backend", "query"), address),
        "functionHost": "127.0.0.1",
        "functionPort": functions,
    }
