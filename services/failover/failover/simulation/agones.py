"""Agones: sets keep their number of servers, fleets their sets.

As in its source (pkg/gameserversets/controller.go): a set is looked at when its `replicas` change, when a server of it
changes that is not being deleted, when one is gone, and every 30 s as long as it has one that is not being deleted.
That a server is *being* deleted is no event, and neither is an annotation of the set.
"""

from failover.simulation.agenda import Once
from failover.simulation.api import Api
from failover.simulation.objects import GameServer, GameServerSet
from failover.simulation.scenario import ControlPlane, Fleet
from failover.simulation.timeline import Mark

REACTION = 0.05
AUTOSCALE = 30.0


class Agones:
    """Its controllers."""

    def __init__(self, api: Api, fleets: tuple[Fleet, ...], times: ControlPlane, phase: float) -> None:
        self._api = api
        self._syncs: dict[str, Once] = {}
        self._numbers: dict[str, int] = {}
        """The last server's, of each set."""

        self._fleets = {each.name: each for each in fleets}
        self.began: float | None = None
        """When trouble began: servers that become Ready after it are replacements."""

        api.watch_servers(self._on_server)
        api.agenda.every(times.resync, self._resync, phase)
        api.agenda.every(AUTOSCALE, self._autoscale, phase)

    # Fleets

    def create_fleet(self, name: str, replicas: int, start: float, of: str = "") -> None:
        """A Fleet with its one set."""
        found = GameServerSet(name, self._api.uid(name), replicas, replicas, start, of)
        self._api.sets[name] = found
        self._api.written(found)
        self._ask(name)

    def scale(self, name: str, replicas: int) -> None:
        """Change a Fleet's size; it passes that on to its set."""
        found = self._api.sets[name]
        found.wanted = replicas
        self.resize_set(found, replicas)

    def resize_set(self, found: GameServerSet, replicas: int) -> None:
        """Change a set's size, as its Fleet does. What somebody else makes of it the Fleet puts right at once."""
        found.replicas = replicas
        self._api.written(found)
        self._ask(found.name)
        if replicas != found.wanted:
            self._api.agenda.after(REACTION, lambda: self.resize_set(found, found.wanted))

    def delete_fleet(self, name: str) -> None:
        del self._api.sets[name]
        self._api.changed()

    def _autoscale(self) -> None:
        """FleetAutoscaler, policy Buffer: as many Ready as asked for, beside those that are played on."""
        for fleet in self._fleets.values():
            if fleet.buffer:
                allocated = sum(each.protected for each in self._api.of(fleet.name))
                if (size := allocated + fleet.buffer) != self._api.sets[fleet.name].wanted:
                    self.scale(fleet.name, size)

    # Sets

    def _on_server(self, server: GameServer, gone: bool) -> None:
        if gone or not server.deleting:
            self._ask(server.set)
        if server.state == "Ready" and not gone and not server.suspect:
            self._tell_ready(server)

    def _tell_ready(self, server: GameServer) -> None:
        if server.told:
            return
        server.told = True
        replaces = self.began is not None and server.made >= self.began
        mark = Mark.REPLACED if replaces else None
        self._api.timeline.add("agones", f"Ready on {server.node}", server.name, mark=mark)

    def _resync(self) -> None:
        for name in {each.set for each in self._api.servers.values() if not each.deleting}:
            self._ask(name)

    def _ask(self, name: str) -> None:
        if name not in self._syncs:
            self._syncs[name] = Once(self._api.agenda, lambda: self._sync(name), REACTION)
        self._syncs[name].ask()

    def _sync(self, name: str) -> None:
        found = self._api.sets.get(name)
        if not found:
            return
        servers = self._api.of(name)
        for server in servers:
            if server.state == "Unhealthy" and not server.deleting:
                self._delete(server)
        up = [each for each in servers if not each.deleting and each.state != "Shutdown"]
        spare = sorted((each for each in up if not each.protected), key=lambda each: (each.made, each.name))
        for server in spare[: max(0, len(up) - found.replicas)]:
            self._delete(server)
        for _ in range(found.replicas - len(up)):
            self.create(found)

    def create(self, found: GameServerSet) -> GameServer:
        """One more server of a set, without a node yet."""
        number = self._numbers.get(found.name, 0) + 1
        self._numbers[found.name] = number
        name = f"{found.name}-{number}"
        server = GameServer(name, self._api.uid(name), found.name, self._api.agenda.now)
        self._api.servers[name] = server
        self._api.written(server)
        return server

    def _delete(self, server: GameServer) -> None:
        server.deleting = True
        self._api.written(server)
