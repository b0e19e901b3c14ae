"""Many home machines with many game servers, each group of machines one kwok process: kill it and they all die."""

import asyncio
import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread

from failover import words
from kubeclient import configuration
from kubeclient.client import Client
from kubeclient.connection import Connection
from kubeclient.resources import GAME_SERVERS, Json
from tests.cluster import crds
from tests.cluster.api import Api, ApiError
from tests.cluster.control_plane import ControlPlane
from tests.cluster.machine import STAGES, kwok
from tests.cluster.process import Process, Processes

GROUP = "test.example/group"
LEASE_SECONDS = 16
"""Renewed every 4 s."""

AT_ONCE = 16
PROBE_SECONDS = 0.1


class NoAgones(Processes):
    """Its kinds alone: the servers are what they are, and nobody makes new ones."""

    def __init__(self, control_plane: ControlPlane) -> None:
        self._api = control_plane.api
        self.processes: dict[str, Process] = {}

    def start(self) -> None:
        crds.install(self._api, crds.of_charts(["agones"]))


def machines(control_plane: ControlPlane, group: str) -> Process:
    """The kubelets of every node of that group."""
    flags = [f"--manage-nodes-with-label-selector={GROUP}={group}", f"--node-lease-duration-seconds={LEASE_SECONDS}"]
    return kwok(control_plane, f"machines-{group}", [STAGES / "node.yaml", STAGES / "pod.yaml"], flags)


def server(namespace: str, name: str, node: str, state: str) -> Json:
    pod = {"spec": {"containers": [{"name": "game", "image": "registry.example/game:1.0.0"}]}}
    return {
        "apiVersion": GAME_SERVERS.api_version,
        "kind": GAME_SERVERS.kind,
        "metadata": {"name": name, "namespace": namespace, "labels": {words.GAME: "lobby"}},
        "spec": {"container": "game", "ports": [], "template": pod},
        "status": {"state": state, "nodeName": node},
    }


def seed(control_plane: ControlPlane, servers: Sequence[Json]) -> None:
    """Create them all, some at once."""

    async def made() -> None:
        config = configuration.load(control_plane.kubeconfig)
        waiting = iter(servers)
        async with Client(Connection(config, agent="seed", connections=AT_ONCE)) as client:

            async def one_after_another() -> None:
                for each in waiting:
                    await client.create(GAME_SERVERS, each)

            await asyncio.gather(*(one_after_another() for _ in range(AT_ONCE)))

    asyncio.run(made())


@dataclass(frozen=True)
class Usage:
    """What a process and its calls cost between two looks."""

    seconds: float
    cpu_percent: float
    memory_mib: float
    calls_a_minute: float

    def __str__(self) -> str:
        return f"{self.cpu_percent:.1f} % CPU, {self.memory_mib:.0f} MiB, {self.calls_a_minute:.0f} calls a minute"


@dataclass
class Meter:
    """`calls` tells how many a process has made so far."""

    process: Process
    calls: Callable[[], float]
    _at: float = field(default_factory=time.monotonic)
    _cpu: float = 0.0
    _calls: float = 0.0
    last: Usage = Usage(0, 0, 0, 0)

    def elapsed(self) -> float:
        return time.monotonic() - self._at

    def __post_init__(self) -> None:
        self._cpu, self._calls = self.process.cpu_seconds, self.calls()

    def read(self) -> Usage:
        """Since the last time."""
        now, cpu, calls = time.monotonic(), self.process.cpu_seconds, self.calls()
        seconds = now - self._at
        self.last = Usage(
            seconds, 100 * (cpu - self._cpu) / seconds, resident(self.process), 60 * (calls - self._calls) / seconds
        )
        self._at, self._cpu, self._calls = now, cpu, calls
        return self.last


def resident(process: Process) -> float:
    """MiB (proc(5))."""
    lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:")) / 1024


@contextmanager
def bystander(api: Api) -> Iterator[list[float]]:
    """Somebody else's calls: the seconds that each took."""
    taken: list[float] = []
    ended = Event()

    def ask() -> None:
        for number in itertools.count():
            begun = time.monotonic()
            name = f"bystander-{number % 10}"
            manifest = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "default"}}
            try:
                api.apply(manifest | {"data": {"number": str(number)}})
            except ApiError:
                taken.append(float("inf"))
            else:
                taken.append(time.monotonic() - begun)
            if ended.wait(PROBE_SECONDS):
                return

    thread = Thread(target=ask)
    thread.start()
    try:
        yield taken
    finally:
        ended.set()
        thread.join()
