"""The operator that ours replaces (mizuamedesu/hybrid-node-operator), by its algorithm and its own timings.

Written anew from what its handlers do, in order; none of its defects is simulated, and every call of it succeeds:

1. A node's NotReady event makes a record; 30 s later the node is looked at once more (NODE_FLAPPING_GRACE_SECONDS).
2. Machines are listed, a token and a CA hash made, the machine asked for; its operation is polled every 2 s.
3. The start-up script sleeps 5 s before `kubeadm join`.
4. The Node *object* is polled for every 10 s, then labelled, which is when game servers may go there.
5. 300 s later, if the home node is still NotReady, it is tainted out of service.
6. Only then do pods go, in kube-controller-manager's next round (20 s at most), and Agones makes others.

Its loop of 60 s takes part in recovery alone, which is not measured.
"""

from bench.failover.peer import VM, Peer
from failover.provider import ErrorClass
from failover.simulation.cluster import Cluster

GRACE, OPERATION_POLL, SCRIPT_SLEEP, NODE_POLL, ACTIVE_SLEEP = 30.0, 2.0, 5.0, 10.0, 300.0
CALLS = 0.3
"""List, token, CA hash: three short calls, one after the other."""


class Former(Peer):
    name = "former"

    def not_ready(self) -> None:
        self.agenda.after(GRACE, self._after_grace)

    def _after_grace(self) -> None:
        if not self.node().ready:
            self.agenda.after(CALLS, lambda: self.insert(self._accepted))

    def _accepted(self, error: ErrorClass | None) -> None:
        """The operation is done; the next poll finds out."""
        assert error is None
        late = -self.cluster.cloud.times.operation % OPERATION_POLL
        self.agenda.after(late, self._find_node)

    def _find_node(self) -> None:
        if VM not in self.api.nodes:
            self.agenda.after(NODE_POLL, self._find_node)
            return
        self.open()
        self.agenda.after(ACTIVE_SLEEP, self._after_sleep)

    def _after_sleep(self) -> None:
        if not self.node().ready:
            self.taint()


def former(cluster: Cluster) -> list[Former]:
    """In a cluster whose machines boot by its start-up script."""
    return [Former(cluster, "home-1")]
