"""Stranded matches: Agones counts Allocated servers of a dead node as replicas, so their Fleet makes no others.

A Fleet of ours with the same template makes up for them. The Fleet that Git owns is never touched; allocation selects
by the game's label, so both serve. An autoscaled fleet needs none: it sizes itself by what is Ready.

The same Fleet lends a server to a drain: one more is made before the first is deleted, so that none is ever missing.
"""

from dataclasses import dataclass

from failover.decision.action import Action, ChangeOverflow, CreateOverflow, DeleteOverflow

SUFFIX = "-overflow"
PATIENCE_SECONDS = 60.0
"""That a server is waited for. What has not come by then does not come: there is no room for it."""


@dataclass(frozen=True, slots=True)
class Overflow:
    """The Fleet of ours that is there. `template` is a digest; `servers` counts its GameServers in any state."""

    uid: str
    version: str
    replicas: int
    template: str
    servers: int


@dataclass(frozen=True, slots=True)
class FleetView:
    """A Fleet of fixed size, and how many Allocated and Reserved servers of it and of its overflow are stranded."""

    namespace: str
    name: str
    template: str
    stranded: int
    overflow: Overflow | None = None
    deleting: bool = False
    moving: bool = False
    """Servers that nobody plays on are to leave a node that drains."""

    lacking: int = 0
    """How many of its own are neither Ready nor played on, as long as they may yet come: 0 when they don't."""


def decide(fleet: FleetView) -> Action | None:
    """As many servers more as are stranded or lent; none too many; and at last no Fleet of ours.

    It shrinks when the Fleet has the servers again that it made up for, not before.
    """
    there, wanted = fleet.overflow, 0 if fleet.deleting else fleet.stranded + fleet.moving
    if there and not fleet.deleting:
        wanted = max(wanted, min(there.replicas, fleet.lacking))
    if there is None:
        return CreateOverflow(fleet.namespace, fleet.name, wanted) if wanted else None
    if wanted != there.replicas or (wanted and there.template != fleet.template):
        return ChangeOverflow(fleet.namespace, fleet.name, there.version, wanted)
    if not wanted and not there.servers:
        # Deleting a Fleet deletes its servers, those with players too: so only once there are none at all.
        return DeleteOverflow(fleet.namespace, fleet.name, there.uid, there.version)
    return None
