"""Ours, as long as its nudge is no more than an annotation: Agones does not look at those of a GameServerSet.

It counts again what a set has when one of its servers changes, and every 30 s (pkg/gameserversets/controller.go).
"""

from failover.decision import action as do
from failover.simulation.cluster import Cluster
from failover.simulation.performing import Performing
from failover.simulation.replica import Replica


class Quiet(Performing):
    def nudge(self, _: str, action: do.Nudge) -> None:
        found = self._api.sets[action.name]
        found.nudge = action.value
        self._api.written(found)


class Unheard(Replica):
    hands = Quiet


def unheard(cluster: Cluster) -> list[Replica]:
    return [Unheard(cluster, 1, [])]
