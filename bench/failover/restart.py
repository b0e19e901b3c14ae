"""What most would do first: switch the machine off and on again. It mends a machine that hangs, and no other.

By NodeHealthCheck with its defaults and a fence agent that reboots; or by the machine itself, with a hardware watchdog
(systemd's RuntimeWatchdogSec) that a machine which hangs no longer feeds.
"""

from bench.failover.health_check import FENCING, UNHEALTHY
from bench.failover.peer import Peer
from failover.simulation.cluster import Cluster

WATCHDOG = 20.0


class Restart(Peer):
    name = "restart"

    def not_ready(self) -> None:
        self.agenda.after(UNHEALTHY + FENCING, self.switch_off_and_on)

    def switch_off_and_on(self) -> None:
        """The players have left by then: they wait for 30 s."""
        if not (machine := self.cluster.machines[self.home]).talks:
            machine.vanish()
            machine.revive(self.cluster.home(self.home).restart)


class Watchdog(Restart):
    """It sees nothing but that the machine stands still."""

    name = "watchdog"

    def __init__(self, cluster: Cluster, home: str) -> None:
        super().__init__(cluster, home)
        self._bites = False

    def not_ready(self) -> None:
        """It is no part of Kubernetes."""

    def look(self) -> None:
        super().look()
        if self.cluster.machines[self.home].hung and not self._bites:
            self._bites = True
            self.agenda.after(WATCHDOG, self.switch_off_and_on)


def restart(cluster: Cluster) -> list[Restart]:
    return [Restart(cluster, "home-1")]


def watchdog(cluster: Cluster) -> list[Restart]:
    return [Watchdog(cluster, "home-1")]
