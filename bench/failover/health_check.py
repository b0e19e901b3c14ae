"""medik8s NodeHealthCheck with its defaults, and the quickest remedy there is for it.

Ready False or Unknown for 300 s makes a remediation. What that does is up to a template; here it is the best case:
fencing through the machine's service processor is acknowledged in 10 s (fence-agents-remediation), then the node is
tainted out of service; a machine in the cloud is asked for at the same moment (machine-deletion-remediation does so
where a machine API is there) and joins without any delay of its own.
"""

from bench.failover.peer import VM, Peer
from failover.provider import ErrorClass
from failover.simulation.cluster import Cluster

UNHEALTHY, FENCING = 300.0, 10.0


class HealthCheck(Peer):
    name = "nhc"

    def not_ready(self) -> None:
        self.agenda.after(UNHEALTHY, self._remedy)
        self.api.watch(self._open_at_once)

    def _remedy(self) -> None:
        if not self.node().ready:
            self.insert(self._accepted)
            self.agenda.after(FENCING, self.taint)

    def _accepted(self, error: ErrorClass | None) -> None:
        assert error is None

    def _open_at_once(self) -> None:
        """It registers without a quarantine."""
        temporary = self.api.nodes.get(VM)
        if temporary and temporary.quarantined:
            self.open()


def health_check(cluster: Cluster) -> list[HealthCheck]:
    return [HealthCheck(cluster, "home-1")]
