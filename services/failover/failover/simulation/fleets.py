"""Fleets as a replica sees them: what of each is stranded, on the move, or yet to come."""

from failover.decision.observed import PROTECTED
from failover.decision.overflow import PATIENCE_SECONDS, SUFFIX, FleetView, Overflow
from failover.record import AttemptState
from failover.simulation.api import Api
from failover.simulation.memory import Memory
from failover.simulation.objects import GameServer

TEMPLATE = "1"
"""Digest of every Fleet's template: none changes here."""


class Fleets:
    """One look, at `now`."""

    def __init__(self, api: Api, memory: Memory, now: float) -> None:
        self._api, self._memory, self._now = api, memory, now

    def view(self, name: str) -> FleetView:
        """A Fleet of fixed size, with what of it is stranded."""
        return FleetView(
            "games",
            name,
            TEMPLATE,
            self._stranded(name),
            self._overflow(name),
            moving=self._moving(name),
            lacking=self._lacking(name),
        )

    def replacing(self, node: str) -> bool:
        """Fleets with servers on a node lack some."""
        names = {each.set for each in self._api.on(node) if not each.deleting}
        games = {self._api.sets[name].of or name for name in names}
        return any(self._lacking(each) + self._lacking(each + SUFFIX) for each in games)

    def _moving(self, fleet: str) -> bool:
        """It has servers that nobody plays on on a node that drains."""
        draining = {
            each.vm_name
            for record in self._api.records.values()
            for each in record.status.attempts
            if each.state is AttemptState.DRAINING
        }
        draining |= {each.name for each in self._api.records.values() if each.status.home_epoch}
        return any(each.disposable for each in self._api.of(fleet) if each.node in draining)

    def _lacking(self, name: str) -> int:
        """Servers of a set that are neither Ready nor played on. What has not come for a minute does not come."""
        found = self._api.sets.get(name)
        if found is None:
            return 0
        lacking = max(0, found.wanted - sum(_serves(each) for each in self._api.of(name)))
        before, since = self._memory.lacking.get(name, (lacking, self._now))
        since = since if before == lacking else self._now
        self._memory.lacking[name] = lacking, since
        return lacking if self._now - since < PATIENCE_SECONDS else 0

    def _stranded(self, fleet: str) -> int:
        names = (fleet, fleet + SUFFIX)
        return sum(self._is_stranded(each) for each in self._api.servers.values() if each.set in names)

    def _is_stranded(self, server: GameServer) -> bool:
        """A node that is not there is not Ready; a server that is on none is not stranded."""
        node = self._api.nodes.get(server.node)
        return server.protected and bool(server.node) and not (node and node.ready)

    def _overflow(self, fleet: str) -> Overflow | None:
        found = self._api.sets.get(fleet + SUFFIX)
        if found is None:
            return None
        return Overflow(found.uid, found.version, found.wanted, TEMPLATE, len(self._api.of(found.name)))


def _serves(server: GameServer) -> bool:
    return not server.deleting and server.state in ("Ready", *PROTECTED)
