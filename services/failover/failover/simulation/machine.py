"""A machine and the kubelet on it: what really runs, whatever the API server believes."""

from failover.simulation.api import Api
from failover.simulation.objects import GameServer, Node
from failover.simulation.scenario import ControlPlane
from failover.simulation.timeline import Mark

LOST_POWER, FROZE = "its machine lost power", "its machine froze"


class Machine:
    """One machine. `stale` is the age at which the operator calls a Lease stale."""

    def __init__(self, api: Api, node: Node, times: ControlPlane, renew: float, stale: float) -> None:
        self.api, self.agenda, self.node = api, api.agenda, node
        self.name = node.name
        self._times, self._renew, self._stale = times, renew, stale
        self.powered, self.hung, self.cut, self.answers = True, False, False, True
        self.silent_since: float | None = None
        """Since when no probe is answered."""

        self.boots = 1

    # What it is

    @property
    def runs(self) -> bool:
        """Its processes go on."""
        return self.powered and not self.hung

    @property
    def talks(self) -> bool:
        """Its kubelet reaches the API server."""
        return self.runs and not self.cut

    # What befalls it

    def die(self) -> None:
        """Lose power: its matches end here and now."""
        self.powered = self.hung = False
        self._silent(True)
        lost = self.lose_matches(LOST_POWER)
        self._tell(f"loses power{lost}", Mark.TROUBLE)

    def revive(self, seconds: float) -> None:
        """Get power again; kubelet is up after `seconds`. One that runs goes on."""
        if self.powered:
            return
        self._tell("is switched on")
        self.agenda.after(seconds, self._booted)

    def partition(self, answers: bool) -> None:
        """Lose the way to the cluster. Players go another way."""
        self.cut = True
        self._silent(not answers)
        self._tell("is cut off from the cluster, its matches go on", Mark.TROUBLE)

    def hang(self) -> None:
        """Stand still."""
        self.hung = True
        self._silent(True)
        self._tell("freezes", Mark.TROUBLE)
        boots = self.boots
        self.agenda.after(self._times.patience, lambda: self._give_up(boots))

    def heal(self) -> None:
        """Be reached again, or go on."""
        if not (self.hung or self.cut):
            return
        self.hung = self.cut = False
        self._silent(not self.powered)
        self._tell("is reachable again")

    def vanish(self) -> None:
        """Be deleted by the cloud."""
        self.powered = False
        self._silent(True)

    # Its kubelet

    def start(self, phase: float) -> None:
        """Renew the Lease from now on, at this machine's own moments."""
        boots = self.boots
        self.agenda.after(phase, lambda: self._beat(boots))

    def sync(self, server: GameServer) -> None:
        """Bring one game server's pod and process together, as far as this machine can."""
        if not self.talks or server.name not in self.api.servers:
            return
        if server.boot != self.boots:
            self._failed(server)
        elif server.deleting:
            self.agenda.after(self._times.end, lambda: self._ended(server))
        elif server.finished:
            self._shut_down(server)
        elif server.runs and server.state == "Scheduled":
            server.state = "Ready"
            self.api.written(server)

    def begin(self, server: GameServer, start: float) -> None:
        """A pod was bound to this machine: its server is up after `start` seconds."""
        server.boot = self.boots
        self.agenda.after(start, lambda: self._up(server, server.boot))

    def lose_matches(self, why: str) -> str:
        """All that are played here. Returns how many, in words."""
        servers = [each for each in self.api.on(self.name) if each.match and not each.match.over]
        for server in servers:
            lose(server, why)
        if not servers:
            return ""
        return ", 1 match on it ends" if len(servers) == 1 else f", {len(servers)} matches on it end"

    def _beat(self, boots: int) -> None:
        if boots != self.boots or not self.powered:
            return
        if self.talks:
            self._renewed()
            for server in self.api.on(self.name):
                self.sync(server)
        self.agenda.after(self._renew, lambda: self._beat(boots))

    def _renewed(self) -> None:
        """The Lease, and with it the node's status when the API server has another one."""
        now, node = self.agenda.now, self.node
        if now - node.lease_at >= self._stale:
            node.fresh_since = now
        node.lease_at = now
        if not node.ready and node.fit:
            node.ready, node.ready_changed = True, now
            self.api.timeline.add(self.name, "is Ready again")
            self.api.written(node)

    def _booted(self) -> None:
        self.powered, self.hung = True, False
        self.boots += 1
        self._silent(False)
        self._beat(self.boots)

    def _up(self, server: GameServer, boots: int) -> None:
        if self.powered and boots == self.boots:
            server.runs = True
            self.sync(server)

    def _failed(self, server: GameServer) -> None:
        """Its containers did not outlive the boot: the pod has failed, and a failed server is replaced."""
        if server.deleting:
            self.api.removed(server)
        elif server.state != "Unhealthy":
            server.state = "Unhealthy"
            self.api.written(server)

    def _shut_down(self, server: GameServer) -> None:
        """The SDK's Shutdown, upon which Agones deletes the server."""
        if server.state != "Shutdown":
            server.state = "Shutdown"
            self.api.written(server)
            server.deleting = True
            self.api.written(server)

    def _ended(self, server: GameServer) -> None:
        if not self.talks:
            return  # the next beat after the partition does it
        if server.match and not server.match.over:
            lose(server, "its game server was deleted")
        self.api.removed(server)

    def _give_up(self, boots: int) -> None:
        if self.hung and boots == self.boots:
            lost = self.lose_matches(FROZE)
            for server in self.api.on(self.name):
                server.finished = server.match is not None
            if lost:
                self._tell(f"has been still for too long{lost}")

    def _silent(self, silent: bool) -> None:
        self.answers = not silent
        if not silent:
            self.silent_since = None
        elif self.silent_since is None:
            self.silent_since = self.agenda.now

    def _tell(self, what: str, mark: Mark | None = None) -> None:
        node = "" if self.node.temporary else self.name
        self.api.timeline.add(self.name, what, mark=mark, node=node)
        self.api.changed()


def lose(server: GameServer, why: str) -> None:
    """Its match ends before its time."""
    if server.match and not server.match.over:
        server.match.over, server.match.lost = True, why
