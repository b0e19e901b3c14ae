"""What the other operators here have in common: they wait for NotReady, and let any machine that asks join."""

from collections.abc import Callable

from failover.provider import ErrorClass
from failover.simulation.cluster import Cluster
from failover.simulation.objects import Node
from failover.simulation.timeline import Mark

VM, ZONE, TYPE = "temporary-1", "zone-a", "n2-standard-8"


class Peer:
    """One home node's keeper. A subclass says what is done once the node is NotReady."""

    name = ""

    def __init__(self, cluster: Cluster, home: str) -> None:
        self.cluster, self.agenda, self.api, self.home = cluster, cluster.agenda, cluster.api, home
        self._begun = self._plays = False
        cluster.api.watch(self.look)

    def not_ready(self) -> None:
        """The home node just became NotReady."""
        raise NotImplementedError

    def crash(self) -> None:
        raise NotImplementedError("peers are compared at their best")

    def restart(self) -> None:
        raise NotImplementedError("peers are compared at their best")

    def node(self) -> Node:
        return self.api.nodes[self.home]

    def look(self) -> None:
        """Something changed."""
        self._approve()
        if not self.node().ready and not self._begun:
            self._begun = True
            self.not_ready()
        temporary = self.api.nodes.get(VM)
        if temporary and temporary.ready and not temporary.quarantined and not self._plays:
            self._plays = True
            self.tell(f"{VM} may play", Mark.JOINED)

    def _approve(self) -> None:
        """kube-controller-manager does, for a token of kubeadm's default group, whatever the name."""
        for request in self.api.requests.get(VM, ()):
            if not request.approved:
                self.cluster.cloud.approved(request, VM)

    def insert(self, answered: Callable[[ErrorClass | None], None]) -> None:
        self.api.tokens.add(VM)
        self.tell(f"ask for {VM}", Mark.REQUESTED)
        self.cluster.cloud.insert(VM, ZONE, TYPE, self.home, answered)

    def open(self) -> None:
        """Let it play, as soon as it is Ready."""
        temporary = self.api.nodes[VM]
        temporary.quarantined = False
        self.api.written(temporary)

    def taint(self) -> None:
        """Out of service: the pod garbage collector then removes what was on the node, matches and all."""
        home = self.node()
        home.out_of_service = True
        self.tell(f"taint {self.home} out of service", Mark.SOFT_FAILOVER)
        self.api.written(home)

    def tell(self, what: str, mark: Mark | None = None) -> None:
        self.cluster.timeline.add(self.name, what, mark=mark, node=self.home if mark else "")
