"""kube-scheduler: pods of game servers onto nodes with room."""

from collections.abc import Mapping

from failover.simulation.agenda import Once
from failover.simulation.api import Api
from failover.simulation.machine import Machine
from failover.simulation.objects import Node

REACTION = 0.05


class Scheduler:
    """Spreads: the node with the fewest servers first. One that is full, or closed in any way, gets none."""

    def __init__(self, api: Api, machines: Mapping[str, Machine]) -> None:
        self._api, self._machines = api, machines
        self._once = Once(api.agenda, self.run, REACTION)
        api.watch(self._once.ask)

    def run(self) -> None:
        """Bind what can be bound."""
        waiting = [each for each in self._api.servers.values() if not each.node and not each.deleting]
        for server in waiting:
            node = self._place()
            if node is None:
                return
            server.node, server.state = node.name, "Scheduled"
            machine = self._machines[node.name]
            machine.begin(server, self._api.sets[server.set].start)
            self._api.written(server)

    def _place(self) -> Node | None:
        counts: dict[str, int] = {}
        for server in self._api.servers.values():
            counts[server.node] = counts.get(server.node, 0) + 1
        nodes = [each for each in self._api.nodes.values() if _open(each) and counts.get(each.name, 0) < each.room]
        return min(nodes, key=lambda each: (counts.get(each.name, 0), each.name), default=None)


def _open(node: Node) -> bool:
    return node.ready and not (node.unschedulable or node.quarantined or node.out_of_service)
