"""Everything that the operator has to do with, in one process and in virtual time."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import msgspec

from failover.config import Config, MachineType
from failover.operator import Program
from failover.probe import Prober, ProbeSettings
from failover.settings import Gce, HomeNode, Settings
from kubeclient.backoff import Backoff
from kubeclient.client import Client
from kubeclient.reflector import INACTIVITY_SECONDS
from kubeclient.transport import Transport
from tests.doubles.clock import VirtualClock
from tests.doubles.kubernetes.watches import Watch
from tests.services.failover.properties.agones import Agones
from tests.services.failover.properties.api import Api
from tests.services.failover.properties.cloud import Cloud, Link, Vm
from tests.services.failover.properties.control_plane import ControlPlane
from tests.services.failover.properties.joining import BOOT, Joining
from tests.services.failover.properties.machine import DRIVER, HANDLER, Machine, home
from tests.services.failover.properties.matches import LONGEST, Matches
from tests.services.failover.properties.process import Process, track
from tests.services.failover.properties.safety import Safety
from tests.services.failover.properties.scheduler import Scheduler
from tests.services.failover.properties.trouble import CALM, OPERATORS, Trouble

TURN = 0.5
"""Seconds between two turns of the world."""

DECISION = Config(
    cluster="test",
    places=tuple(MachineType(zone=zone, machine_type="m") for zone in ("a", "b")),
    suspect_after=5,
    healthy_delay=8,
    calm_delay=2,
    settle=3,
    hedge_after=20,
    join_timeout=45,
    temporary_grace=10,
    backoff=1,
    backoff_limit=20,
    stop_backoff=15,
    longest_session=LONGEST,
    max_machines=3,
    outage_cooldown=10,
    runtime_handler=HANDLER,
    storage_driver=DRIVER,
)


@dataclass(frozen=True)
class Shape:
    """What a site is like. `unelected` lets its second operator act whoever leads."""

    homes: int = 3
    replicas: int = 5
    bind_delay: float = 1.0
    unelected: bool = False
    decision: Config = DECISION


class Site:
    """In `folder` are the files that the settings name: `token-key` and `ca.pem`."""

    def __init__(self, folder: Path, shape: Shape) -> None:
        self.shape = shape
        self.clock = VirtualClock(limit=100_000)
        self.api = Api(self.clock)
        self.machines: dict[str, Machine] = {}
        self.matches = Matches(self.api, self.machines.get)
        self.safety = Safety(self.api, self.machines, self.matches, shape.decision)
        self.matches.ended_early = self.safety.match_ended
        self.cloud = Cloud(self.clock, self._boot, self.safety.machine_deleted)
        self.trouble = Trouble(self.clock, self.safety.disturbed, self._end)
        self.agones, self.control_plane = Agones(self.api), ControlPlane(self.api)
        self.scheduler = Scheduler(self.api, shape.bind_delay)
        self.api.faults.choose, self.cloud.choose = self.trouble.of_call, self.trouble.of_cloud
        self._joining: list[Joining] = []
        self._due: list[tuple[float, Callable[[], object]]] = []
        self._settings = _settings(folder, shape)
        elected, unelected = self._process("1"), self._process("2", leader_election=False)
        self.operators = [elected, unelected] if shape.unelected else [elected]
        for number in range(shape.homes):
            self._add(Machine(self.api, home(f"home-{number + 1}"), self._lost))
        self.agones.add_fleet("game", shape.replicas)

    @property
    def homes(self) -> list[Machine]:
        return list(self.machines.values())[: self.shape.homes]

    async def live(self) -> None:
        """Never returns."""
        while True:
            self._do_what_is_due()
            for machine in list(self.machines.values()):
                if machine.registered or machine in self.homes:
                    machine.work()
            self._joining = [each for each in self._joining if not each.work()]
            self.control_plane.work()
            self.scheduler.work()
            self.agones.work()
            self.matches.work()
            self.safety.work()
            await self.clock.sleep(TURN)

    def begin_on(self, node: str, lasts: float) -> bool:
        """A match on a node whose name begins so, if any of its servers may be had; whether there was one."""
        found = [each for each in self.matches.selectable() if each["status"]["nodeName"].startswith(node)]
        for server in found[:1]:
            self.matches.begin_on(server, lasts)
        return bool(found)

    # What befalls operators

    def kill(self, pick: int, seconds: float) -> None:
        """One of them, to be started again after so many seconds."""
        process = self._operator(pick)
        process.kill()
        self._later(seconds, process.start)

    def stop(self, pick: int) -> None:
        self._operator(pick).stop()
        self.safety.disturbed(CALM)

    def watches(self, pick: int) -> list[Watch]:
        """Those that one of them has open."""
        self.safety.disturbed(CALM)
        return self.api.watches(client=self._operator(pick).name)

    def silence(self, pick: int, seconds: float) -> None:
        """The watches of one of them say nothing for so long, and then all that they held back."""
        paused = self.watches(pick)
        for watch in paused:
            watch.pause()
        self.safety.disturbed(min(seconds, INACTIVITY_SECONDS) + CALM)

        def resume() -> None:
            for watch in paused:
                watch.resume()

        self._later(seconds, resume)

    def calm(self) -> None:
        """Nothing goes wrong any more with anything that the operator asks, and it runs."""
        self.trouble.clear()
        self.cloud.lag = 0
        due, self._due = self._due, []
        for _, do in due:
            do()
        for process in self.operators:
            process.start()

    def _later(self, seconds: float, do: Callable[[], object]) -> None:
        self.safety.disturbed(seconds + CALM)
        self._due.append((self.clock.monotonic() + seconds, do))

    def _operator(self, pick: int) -> Process:
        return self.operators[pick % len(self.operators)]

    def _do_what_is_due(self) -> None:
        now = self.clock.monotonic()
        for each in [each for each in self._due if each[0] <= now]:
            self._due.remove(each)
            each[1]()

    # The world's own

    async def connect(self, host: str, port: int) -> None:  # noqa: ARG002
        """To a home machine, as the operator asks it: by its name in the cluster, or `public-` and its name."""
        machine = self.machines[host.removeprefix("public-")]
        reached = machine.reached if host.startswith("public-") else machine.reached and not machine.cut
        if not reached:
            await asyncio.Event().wait()

    def _end(self, call: str) -> None:
        """For good: no time passes as long as they go on."""
        self.safety.found(f"the same again and again: {call}")
        for process in self.operators:
            process.kill()

    def _boot(self, vm: Vm) -> None:
        machine = Machine(self.api, {"metadata": {"name": vm.place.name}}, self._lost)
        vm.off = machine.power_off
        self._add(machine)
        self._joining.append(Joining(self.api, vm, machine, self.clock.monotonic() + BOOT))

    def _add(self, machine: Machine) -> None:
        self.machines[machine.name] = machine

    def _lost(self, pod: str, by_kubelet: bool) -> None:
        self.matches.lost(pod, by_kubelet=by_kubelet)

    def _process(self, number: str, *, leader_election: bool = True) -> Process:
        name = f"{OPERATORS}-{number}"
        settings = msgspec.structs.replace(self._settings, leader_election=leader_election)
        prober = Prober(settings.probes, self.clock, self.connect)

        def program(line: Transport) -> Program:
            client = Client(line, self.clock)
            return Program(settings, client, self.clock, provider=Link(self.cloud, name), prober=prober)

        return Process(name, self.api, program, self.safety.found)


def play(folder: Path, shape: Shape, work: Callable[[Site], Awaitable[None]]) -> Site:
    """Have the operators run a site, and `work` do the rest: the same each time."""
    random.seed(0)

    async def run() -> Site:
        loop = asyncio.get_running_loop()
        track(loop)
        site = Site(folder, shape)
        loop.set_exception_handler(lambda _, context: site.safety.found(_told(context)))
        living = asyncio.create_task(site.live())
        working = asyncio.ensure_future(work(site))
        try:
            for process in site.operators:
                process.start()
            await asyncio.wait({living, working}, return_when=asyncio.FIRST_COMPLETED)
            if living.done():
                living.result()
            await working
        finally:
            for process in site.operators:
                process.kill()
            for task in (living, working):
                task.cancel()
            await asyncio.gather(living, working, return_exceptions=True)
            await site.cloud.close()
            await site.api.close()
            await asyncio.sleep(0)
        return site

    with patch.object(Backoff, "next", _next):
        return asyncio.run(run())


def _told(context: dict[str, Any]) -> str:
    return f"{context['message']}: {context.get('exception')!r}"


_drawn = Backoff.next


def _next(self: Backoff) -> float:
    """Drawn by what all else is drawn by, and so the same each time."""
    self.draw = random.Random(random.random())
    return _drawn(self)


def _settings(folder: Path, shape: Shape) -> Settings:
    names = [f"home-{number + 1}" for number in range(shape.homes)]
    return Settings(
        decision=shape.decision,
        nodes={name: HomeNode(address=name, public_endpoint=f"public-{name}") for name in names},
        probes=ProbeSettings(public_ports=(7000,), tries=1, bound=0.5),
        gce=Gce(
            project="project",
            image_project="project",
            image_family="node",
            network="network",
            subnetwork="subnetwork",
            disk_gb=10,
            site="cloud",
            server="https://api.example:6443",
            certificate_authority_file=str(folder / "ca.pem"),
            token_key_file=str(folder / "token-key"),
        ),
    )
