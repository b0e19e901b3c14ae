"""`failover simulate`: the real decision in a simulated cluster, second by second and the same every time.

The parts around it (Kubernetes' node controller, Agones, a scheduler, a cloud, players) are as short as they can be and
still do what theirs do when a machine dies. No clock is read and nothing is sent: a day takes a second.
"""

from collections.abc import Callable, Sequence

from failover.simulation.cluster import Cluster
from failover.simulation.happenings import Happenings, Stoppable
from failover.simulation.reading import config
from failover.simulation.replica import Replica
from failover.simulation.scenario import Scenario

Watcher = Callable[[Cluster], None]
Operators = Callable[[Cluster], Sequence[Stoppable]]


def ours(cluster: Cluster) -> Sequence[Replica]:
    """The replicas that the scenario asks for."""
    replicas: list[Replica] = []
    for number in range(1, cluster.scenario.operator.replicas + 1):
        replicas.append(Replica(cluster, number, replicas))
    return replicas


def play(
    scenario: Scenario, seed: int = 0, watcher: Watcher | None = None, operators: Operators | None = None
) -> Cluster:
    """The whole scenario. What came of it is in the cluster's timeline and in what is left of it.

    `watcher` is shown the cluster after each change; `operators` puts others in ours' place, to compare.
    """
    cluster = Cluster(scenario, config(scenario), seed)
    if watcher:
        cluster.api.watch(lambda: watcher(cluster))
    Happenings(cluster, (operators or ours)(cluster))
    cluster.agenda.run(scenario.lasts)
    cluster.capacity.measure()
    return cluster
