"""A replica's calls to the cloud: each is under way for a while, and then told of in its memory."""

from collections.abc import Callable, Iterable

from failover.decision.observed import Machine
from failover.provider import ErrorClass
from failover.record import Attempt
from failover.simulation.cluster import Cluster
from failover.simulation.memory import Memory
from failover.simulation.timeline import Mark

AGAIN = 2.0
"""Seconds after which a machine is looked at, or a call repeated, that the cloud was not done with."""


class CloudCalls:
    """Of one life of a replica. After an error nothing is known of the machine."""

    def __init__(self, cluster: Cluster, memory: Memory, who: str, wake: Callable[[], None]) -> None:
        self._cluster, self._memory, self._who, self._wake = cluster, memory, who, wake

    def insert(self, home: str, attempt: Attempt) -> None:
        name, zone = attempt.vm_name, attempt.zone
        self._memory.machines[name] = Machine.UNKNOWN
        self._begin(f"ask for {name} in {zone}", name, Mark.REQUESTED, home)
        self._cluster.cloud.insert(name, zone, attempt.machine_type, home, lambda error: self._made(name, error))

    def delete(self, name: str) -> None:
        """Under way until the machine is gone."""
        self._begin(f"delete machine {name}", name)
        self._cluster.cloud.delete(name, lambda error: self._deleted(name, error))

    def clear(self, name: str) -> None:
        """Remove the token from its metadata."""
        self._begin(f"clear the metadata of {name}", name)
        self._cluster.agenda.after(self._cluster.cloud.times.call, lambda: self._cleared(name))

    def list(self, names: Iterable[str]) -> None:
        """What the cloud's list tells of all that no call is about now."""
        for name in names:
            if name not in self._memory.busy:
                self._memory.machines[name] = self._truth(name)
        self._wake()

    def _begin(self, what: str, name: str, mark: Mark | None = None, home: str = "") -> None:
        self._cluster.timeline.add(self._who, what, mark=mark, node=home, detail=True)
        self._memory.busy.add(name)

    def _made(self, name: str, error: ErrorClass | None) -> None:
        self._memory.machines[name] = Machine.UNKNOWN if error else self._truth(name)
        self._memory.failed[name] = str(error) if error else ""
        self._end("insert", name, error)

    def _deleted(self, name: str, error: ErrorClass | None) -> None:
        self._memory.machines[name] = self._truth(name)
        if error or self._memory.machines[name] is Machine.ABSENT:
            self._end("delete", name, error)
        else:
            self._cluster.agenda.after(AGAIN, lambda: self._deleted(name, self._cluster.cloud.error))

    def _cleared(self, name: str) -> None:
        if not self._cluster.cloud.error:
            self._memory.cleared.add(name)
        self._end("clear", name, self._cluster.cloud.error)

    def _truth(self, name: str) -> Machine:
        """What the cloud tells now."""
        if self._cluster.cloud.error:
            return Machine.UNKNOWN
        return Machine.PRESENT if self._cluster.cloud.find(name) else Machine.ABSENT

    def _end(self, call: str, name: str, error: ErrorClass | None) -> None:
        """A call that is to be repeated waits a moment: the shell's doing, not the decision's."""
        if error:
            self._cluster.timeline.add(self._who, f"{call} {name}: the cloud says {error}", detail=call != "insert")
        self._cluster.agenda.after(AGAIN if error is ErrorClass.RETRY else 0, lambda: self._free(name))

    def _free(self, name: str) -> None:
        self._memory.busy.discard(name)
        self._wake()
