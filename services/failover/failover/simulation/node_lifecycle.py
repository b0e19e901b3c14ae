"""kube-controller-manager's part: nodes that are silent become NotReady, and pods that nobody can end are removed."""

from collections.abc import Mapping

from failover.simulation.api import Api
from failover.simulation.machine import Machine, lose
from failover.simulation.objects import GameServer, Node
from failover.simulation.scenario import ControlPlane
from failover.simulation.timeline import Mark

WHO = "kube-controller-manager"


class NodeLifecycle:
    """The node controller. By its own clock, as often as it looks: a Lease's age begins when it was seen to move."""

    def __init__(self, api: Api, times: ControlPlane, phase: float) -> None:
        self._api, self._times = api, times
        self._seen: dict[str, tuple[float, float]] = {}
        """Of each node: its Lease's time, and when that was new."""

        api.agenda.every(times.monitor, self._look, phase)

    def _look(self) -> None:
        now = self._api.agenda.now
        for node in self._api.nodes.values():
            moved, since = self._seen.get(node.name, (-1.0, now))
            if moved != node.lease_at:
                since = now
            self._seen[node.name] = node.lease_at, since
            if node.ready and now - since > self._times.grace:
                self._not_ready(node)

    def _not_ready(self, node: Node) -> None:
        node.ready, node.ready_changed = False, self._api.agenda.now
        home = "" if node.temporary else node.name
        self._api.timeline.add(WHO, f"{node.name} is NotReady", mark=Mark.NOT_READY, node=home)
        self._api.written(node)


class PodCollector:
    """The taint manager and the pod garbage collector: they remove pods without asking their machine."""

    def __init__(self, api: Api, machines: Mapping[str, Machine], times: ControlPlane, phase: float) -> None:
        self._api, self._machines, self._times = api, machines, times
        self._orphans: dict[str, float] = {}
        """Nodes with pods and without a Node object, and since when."""

        api.agenda.every(times.pod_gc, self._collect, phase)

    def _collect(self) -> None:
        now = self._api.agenda.now
        nodes = {each.node for each in self._api.servers.values() if each.node}
        orphans = nodes - set(self._api.nodes)
        self._orphans = {name: self._orphans.get(name, now) for name in orphans}
        for name in sorted(nodes):
            node = self._api.nodes.get(name)
            if node is None and now - self._orphans[name] >= self._times.orphan:
                self._remove(name, "its node was deleted")
            elif node and node.out_of_service and not node.ready:
                self._remove(name, "its node was declared out of service")

    def _remove(self, node: str, why: str) -> None:
        for server in self._api.on(node):
            self._give_up(server, why)
            self._api.timeline.add(WHO, f"removes pods of {node}: {why}", server.name)
            self._api.removed(server)

    def _give_up(self, server: GameServer, why: str) -> None:
        """A machine that lives ends the process as soon as it hears of it; its players have lost their match now."""
        lose(server, why)
