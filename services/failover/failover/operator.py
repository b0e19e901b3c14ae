"""`failover run`: the operator, put together from its settings."""

import asyncio
import logging
import os
import signal
import socket
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

from failover import redfish, signing_request
from failover.config import Config
from failover.decision.observed import RecordView, Request, Surroundings
from failover.gce.credentials import Anonymous
from failover.gce.provider import GceProvider
from failover.gce.settings import API, GceSettings
from failover.probe import Prober
from failover.provider import Place, Provider
from failover.record import Attempt
from failover.runtime import surroundings, views
from failover.runtime.caches import Caches
from failover.runtime.machines import Machines
from failover.runtime.metrics import Metrics
from failover.runtime.observer import Signs
from failover.runtime.operator import Operator, Parts
from failover.runtime.performer import Cloud, Performer
from failover.runtime.surroundings import Budget, Site
from failover.runtime.telling import Telling
from failover.runtime.triggers import Home
from failover.runtime.vigil import Vigil
from failover.settings import Gce, Settings, load
from failover.startup import StartupSettings
from failover.token import Key
from kubeclient import configuration
from kubeclient.client import Call, Client
from kubeclient.clock import Clock, SystemClock
from kubeclient.connection import Connection
from kubeclient.election import Election
from kubeclient.events import EventRecorder
from kubeclient.resources import Json
from kubeclient.status_page import StatusPage

AGENT = "failover/0.1"
LATE_SHARE = 0.5
"""Of `suspect_after`: a Lease this old is late, and its machine is asked, so that the answer is there in time."""

log = logging.getLogger(__name__)


class Program:
    """One replica with all that it needs. `run` returns when it was asked to stop, or has lost the lead.

    Without a `provider` it is that of the settings, without a `prober` one that asks over the network.
    """

    def __init__(
        self,
        settings: Settings,
        client: Client,
        clock: Clock,
        *,
        provider: Provider | None = None,
        prober: Prober | None = None,
    ) -> None:
        self.settings, self.client, self.clock = settings, client, clock
        self.provider, self._prober = provider, prober or Prober(settings.probes, clock)
        self.metrics = Metrics()
        self.caches = Caches(client, clock)
        self.budget, self.site = Budget(), Site(clock, settings.decision)
        self.identity = f"{socket.gethostname()}_{os.getpid()}"
        self.recorder = EventRecorder(client, clock, component="homeground.dev/failover", instance=self.identity)
        self.key: Key | None = None
        self.lost = asyncio.Event()
        self._ask = self._vigil()
        self.signs = Signs(
            clock,
            self.caches,
            probe=self._ask.probe,
            dark_for=self._ask.dark_for,
            powered_off=self._ask.powered_off,
            requests_of=self._requests_of,
            around=self._around,
        )
        self.election = Election(
            client,
            clock,
            namespace=settings.namespace,
            name="failover",
            identity=self.identity,
            on_lost=self.lost.set,
        )
        self.operator = self._operator()

    async def run(self, stopped: asyncio.Event) -> None:
        """Work until `stopped` is set or the lead is lost, and tell how it goes."""
        async with StatusPage(self.settings.port, self.metrics.registry, self.missing, self._refresh) as page:
            log.info("serving /livez, /readyz and /metrics on port %d", page.port)
            await self.work(stopped)

    async def work(self, stopped: asyncio.Event) -> None:
        """As `run`, without the page, and so without a port."""
        work = asyncio.create_task(self._work())
        ends = [asyncio.create_task(each.wait()) for each in (stopped, self.lost)]
        done, _ = await asyncio.wait({work, *ends}, return_when=asyncio.FIRST_COMPLETED)
        for task in (work, *ends):
            task.cancel()
        await asyncio.gather(work, *ends, return_exceptions=True)
        if self.provider:
            await self.provider.close()
        if work in done:
            work.result()  # raises what ended it

    async def _work(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self.recorder.run())
            group.create_task(self._ask.run())
            if self.settings.leader_election:
                group.create_task(self.election.run())
                group.create_task(self._when_elected())
            group.create_task(self.operator.run())

    async def _when_elected(self) -> None:
        await self.election.elected.wait()
        self.operator.look_at_everything()

    def missing(self) -> str:
        """What is not ready yet; empty when all is."""
        waiting = [name for name, each in self.caches.all.items() if not each.synced.is_set()]
        return ", ".join(waiting or self.caches.stale())

    # Its parts

    def _operator(self) -> Operator:
        operator: Operator
        gce = self.settings.gce
        cloud = self._cloud(gce, lambda place: self._changed(operator, place)) if gce else None
        telling = Telling(self.clock, self.caches, self.recorder, self.metrics)
        performer = Performer(self.client, self.settings.decision, self.signs, cloud, told=telling.told)
        self._telling = telling
        operator = Operator(
            Parts(
                client=self.client,
                clock=self.clock,
                config=self.settings.decision,
                caches=self.caches,
                signs=self.signs,
                budget=self.budget,
                performer=performer,
                cloud=cloud,
                may_act=lambda: self.election.leading or not self.settings.leader_election,
                failed=self.metrics.reconcile_errors.inc,
            )
        )
        self._ask.news = lambda node: operator.queue.add(Home(node))
        return operator

    def _changed(self, operator: Operator, place: Place) -> None:
        """Something new is known of a machine: look at whose it is."""
        for (_, name), obj in self.caches.records.objects.items():
            if any(each.vm_name == place.name for each in views.record(obj).status.attempts):
                operator.queue.add(Home(name))

    def _cloud(self, gce: Gce, changed: Callable[[Place], None]) -> Cloud:
        self.provider = self.provider or _google(self.settings.decision, gce)
        self.key = Key.read(Path(gce.token_key_file))
        startup = StartupSettings(
            server=gce.server,
            certificate_authority=Path(gce.certificate_authority_file).read_text(encoding="utf-8"),
            project=gce.project,
            site=gce.site,
            node_labels=gce.node_labels,
        )
        return Cloud(Machines(self.provider, self.clock, changed), self.key, startup)

    def _vigil(self) -> Vigil:
        nodes = self.settings.nodes
        asks = {name: partial(self._prober.probe, node.address, node.public_endpoint) for name, node in nodes.items()}
        powers = {name: redfish.asking(node.redfish, self.clock) for name, node in nodes.items() if node.redfish}
        return Vigil(self.clock, self._late, asks, powers)

    def _late(self) -> set[str]:
        """Nodes to ask: not Ready, or with a Lease that is late."""
        limit = LATE_SHARE * self.settings.decision.suspect_after
        found = self.caches.nodes.objects.items()
        return {name for (_, name), obj in found if not views.is_ready(obj) or self.signs.beats.of(name) >= limit}

    def _requests_of(self, record: RecordView, attempt: Attempt, items: Iterable[Json]) -> tuple[Request, ...]:
        if self.key is None:
            return ()
        token_id = self.key.token(record.uid, attempt.number).id
        return signing_request.of(token_id, attempt.vm_name, items)

    def _around(self, name: str) -> Surroundings:
        nodes = surroundings.home_nodes(self.caches.nodes.objects.values(), self._stale())
        used = self.budget.used(self.caches.records.objects.values())
        return surroundings.around(name, nodes, self.site, used)

    def _stale(self) -> set[str]:
        limit = self.settings.decision.suspect_after
        return {name for _, name in self.caches.nodes.objects if self.signs.beats.of(name) >= limit}

    def _refresh(self) -> None:
        records = {name: views.record(obj).status for (_, name), obj in self.caches.records.objects.items()}
        self._telling.refresh(records, self.election.leading)


def _google(config: Config, gce: Gce) -> GceProvider:
    own = GceSettings(
        project=gce.project,
        zones=tuple(dict.fromkeys(place.zone for place in config.places)),
        cluster=config.cluster,
        image_project=gce.image_project,
        image_family=gce.image_family,
        network=gce.network,
        subnetwork=gce.subnetwork,
        disk_gb=gce.disk_gb,
        tags=gce.tags,
        api=gce.api or API,
    )
    return GceProvider(own, Anonymous() if gce.api else None)


async def run(settings: Settings, kubeconfig: Path | None) -> None:
    """Until SIGTERM or SIGINT, or until the lead is lost: then the next replica has it, and this one starts anew."""
    stopped = asyncio.Event()
    metrics_of: list[Metrics] = []
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)

    def observed(call: Call) -> None:
        for metrics in metrics_of:
            metrics.api.labels(call.verb, str(call.resource), str(call.status)).observe(call.seconds)

    clock = SystemClock()
    connection = Connection(configuration.load(kubeconfig), agent=AGENT)
    async with Client(connection, clock, observe=observed) as client:
        program = Program(settings, client, clock)
        metrics_of.append(program.metrics)
        await program.run(stopped)


def main(settings: Path, kubeconfig: Path | None = None) -> int:
    """The exit code. Raises SettingsError, KeyFileError, ConfigurationError for what can't work."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    asyncio.run(run(load(settings), kubeconfig))
    return 0
