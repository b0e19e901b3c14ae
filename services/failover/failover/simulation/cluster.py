"""One cluster, as a scenario describes it, with every part but the operator."""

from random import Random

from failover.config import Config
from failover.simulation.agenda import Agenda
from failover.simulation.agones import Agones
from failover.simulation.api import Api
from failover.simulation.capacity import Capacity
from failover.simulation.cloud import Cloud
from failover.simulation.machine import Machine
from failover.simulation.matchmaker import Matchmaker
from failover.simulation.node_lifecycle import NodeLifecycle, PodCollector
from failover.simulation.objects import GameServer, Node
from failover.simulation.scenario import HomeNode, Scenario
from failover.simulation.scheduler import Scheduler
from failover.simulation.timeline import Timeline


class Cluster:
    """The world. Everything whose moment nobody knows, such as when a Lease is renewed, comes of the seed."""

    def __init__(self, scenario: Scenario, config: Config, seed: int) -> None:
        self.scenario, self.config = scenario, config
        self.random = Random(seed)
        self.agenda = Agenda()
        self.timeline = Timeline(self.agenda)
        self.api = Api(self.agenda, self.timeline)
        self.machines: dict[str, Machine] = {}
        times = scenario.control_plane
        for home in scenario.nodes:
            self._add(home)
        self.agones = Agones(self.api, scenario.fleets, times, self._phase(times.resync))
        self.scheduler = Scheduler(self.api, self.machines)
        self.api.watch_servers(self._to_kubelet)
        self._fill()
        self.cloud = Cloud(self.api, self.machines, scenario, config)
        NodeLifecycle(self.api, times, self._phase(times.monitor))
        PodCollector(self.api, self.machines, times, self._phase(times.pod_gc))
        self.capacity = Capacity(self.api, self.machines)
        self.players = Matchmaker(self.api, self.machines, scenario.matches, self.random)
        self.powered_off: set[str] = set()
        """Home nodes of which Redfish says that they have no power."""

        self.paused: list[str] = []

    @property
    def homes(self) -> list[str]:
        return [each.name for each in self.scenario.nodes]

    def home(self, name: str) -> HomeNode:
        return next(each for each in self.scenario.nodes if each.name == name)

    def _to_kubelet(self, server: GameServer, gone: bool) -> None:
        """The machine that a server is on watches it. A pod that is on none goes as soon as it is deleted."""
        if gone:
            return
        if machine := self.machines.get(server.node):
            machine.sync(server)
        elif server.deleting and not server.node:
            self.agenda.after(0, lambda: self.api.removed(server))

    def _phase(self, period: float) -> float:
        return round(self.random.uniform(0, period), 3)

    def _add(self, home: HomeNode) -> None:
        """A home node that has been there for long."""
        node = Node(home.name, self.api.uid(home.name), home.room, home.site, address=f"{home.name}.home.example")
        self.api.nodes[node.name] = node
        machine = Machine(self.api, node, self.scenario.control_plane, home.renew, self.config.suspect_after)
        self.machines[node.name] = machine
        machine.start(self._phase(home.renew))

    def _fill(self) -> None:
        """All fleets whole, before the beginning."""
        for fleet in self.scenario.fleets:
            size = fleet.replicas or fleet.buffer
            self.agones.create_fleet(fleet.name, size, fleet.start)
            for _ in range(size):
                self.agones.create(self.api.sets[fleet.name])
        self.scheduler.run()
        for server in self.api.servers.values():
            server.state, server.runs, server.told = "Ready", True, True
