"""What befalls the cluster, from outside: power, networks, clouds, people."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from failover.simulation.cluster import Cluster
from failover.simulation.scenario import Happening
from failover.simulation.timeline import Mark

WHO = "person"
TROUBLE = ("die", "power_off", "partition", "detour", "hang", "plan")
"""What servers are replaced for."""


class Stoppable(Protocol):
    """A replica of an operator."""

    def crash(self) -> None: ...

    def restart(self) -> None: ...


class Happenings:
    """Plays a scenario's events, each at its time."""

    def __init__(self, cluster: Cluster, replicas: Sequence[Stoppable]) -> None:
        self._cluster, self._replicas = cluster, replicas
        for each in cluster.scenario.events:
            cluster.agenda.at(each.at, lambda each=each: self._play(each))  # type: ignore[misc]

    def _play(self, happening: Happening) -> None:
        kind = happening.kinds[0]
        if kind in TROUBLE:
            self._cluster.agones.began = self._cluster.agenda.now
        play: Callable[[Any], None] = getattr(self, f"_{kind}")
        play(getattr(happening, kind))
        self._cluster.api.changed()

    # Machines

    def _die(self, node: str) -> None:
        self._cluster.machines[node].die()

    def _power_off(self, node: str) -> None:
        self._cluster.powered_off.add(node)
        self._die(node)

    def _revive(self, node: str) -> None:
        self._cluster.powered_off.discard(node)
        self._cluster.machines[node].revive(self._cluster.home(node).restart)

    def _partition(self, node: str) -> None:
        self._cluster.machines[node].partition(answers=False)

    def _detour(self, node: str) -> None:
        self._cluster.machines[node].partition(answers=True)

    def _hang(self, node: str) -> None:
        self._cluster.machines[node].hang()

    def _heal(self, node: str) -> None:
        self._cluster.machines[node].heal()

    # People

    def _plan(self, node: str) -> None:
        self._annotate(node, "asks for the planned failover of", Mark.TROUBLE, planned=True)

    def _unplan(self, node: str) -> None:
        self._annotate(node, "takes back the planned failover of", planned=False)

    def _exclude(self, node: str) -> None:
        self._annotate(node, "excludes", excluded=True)

    def _include(self, node: str) -> None:
        self._annotate(node, "no longer excludes", excluded=False)

    def _maintain(self, maintenance: Any) -> None:
        what = f"until {maintenance.until:g} maintains"
        self._annotate(maintenance.node, what, maintenance_until=maintenance.until)

    def _confirm_dead(self, node: str) -> None:
        """Who sees it dead says in which incident: the one that is on record."""
        record = self._cluster.api.records.get(node)
        if record is None:
            self._cluster.timeline.add(WHO, f"has no NodeFailover to confirm that {node} is dead")
            return
        record.confirmed_dead = record.status.incident
        self._cluster.timeline.add(WHO, f"confirms that {node} is dead")
        self._cluster.api.written(record)

    def _annotate(self, node: str, what: str, mark: Mark | None = None, **fields: object) -> None:
        obj = self._cluster.api.nodes[node]
        for name, value in fields.items():
            setattr(obj, name, value)
        self._cluster.timeline.add(WHO, f"{what} {node}", mark=mark, node=node if mark else "")
        self._cluster.api.written(obj)

    # The cloud

    def _preempt(self, node: str) -> None:
        for vm in self._cluster.cloud.living():
            if vm.owner == node:
                self._cluster.cloud.take(vm, "was taken away by the cloud")

    def _stockout(self, zone: str) -> None:
        self._cluster.cloud.stockouts.add(zone)
        self._cluster.timeline.add("cloud", f"has no more machines in {zone}")

    def _restock(self, zone: str) -> None:
        self._cluster.cloud.stockouts.discard(zone)
        self._cluster.timeline.add("cloud", f"has machines in {zone} again")

    def _cloud_error(self, error: Any) -> None:
        self._cluster.cloud.break_down(error.kind, error.seconds)
        self._cluster.timeline.add("cloud", f"answers every call with {error.kind} for {error.seconds:g} s")

    # The operator

    def _crash(self, number: int) -> None:
        self._replicas[number - 1].crash()

    def _restart(self, number: int) -> None:
        self._replicas[number - 1].restart()

    def _pause(self, reason: str) -> None:
        self._cluster.paused.append(reason)
        self._cluster.timeline.add(WHO, f"pauses the operator: {reason}")

    def _resume(self, reason: str) -> None:
        self._cluster.paused = [each for each in self._cluster.paused if each != reason]
        self._cluster.timeline.add(WHO, f"lets the operator go on: {reason} is over")
