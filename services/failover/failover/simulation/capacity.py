"""How many matches could be played: those that are, and the servers that one could begin on and really would."""

from collections.abc import Mapping

from failover.simulation.api import Api
from failover.simulation.machine import Machine
from failover.simulation.objects import GameServer
from failover.simulation.timeline import Mark

WHO = "capacity"


class Capacity:
    """Measured after each change. The target is what there was in the beginning."""

    def __init__(self, api: Api, machines: Mapping[str, Machine]) -> None:
        self._api, self._machines = api, machines
        self.target = self.lowest = self.now = self.count()
        self.lowest_at = 0.0
        self.short_seconds = 0.0
        """How long it was below the target, in all."""

        self._since = 0.0
        api.watch(self.measure)

    def count(self) -> int:
        return sum(map(self._counts, self._api.servers.values()))

    def measure(self) -> None:
        """Look, and say so when it is whole again."""
        count, time = self.count(), self._api.agenda.now
        if self.now < self.target:
            self.short_seconds += time - self._since
        self._since = time
        if count != self.now:
            whole = self.now < self.target <= count
            text = f"{count} of {self.target}" + (": whole again" if whole else "")
            self._api.timeline.add(WHO, text, mark=Mark.FULL if whole else None, detail=not whole)
        self.now = count
        if count < self.lowest:
            self.lowest, self.lowest_at = count, time

    def _counts(self, server: GameServer) -> bool:
        machine = self._machines.get(server.node)
        if machine is None or not machine.runs:
            return False
        if server.match:
            return not server.match.over
        ready = server.state == "Ready" and not server.deleting and not server.suspect
        return ready and machine.talks and server.boot == machine.boots
