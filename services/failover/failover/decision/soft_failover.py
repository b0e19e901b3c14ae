"""NotReady: what no player is on goes at once, and the Fleets make new ones elsewhere."""

from collections.abc import Iterable

from failover.decision.action import Action, DeleteServer, Nudge
from failover.decision.observed import Server
from failover.decision.situation import Situation


def delete(case: Situation) -> Action | None:
    """Delete servers of every state but Allocated and Reserved, each in the version that it was seen in.

    Allocation is an update, so it and the deletion exclude each other through etcd: one of them wins. Should the
    machine be alive behind a partition, it loses servers that nobody played on.
    """
    if not case.down or not case.status.open:
        return None
    return delete_free(case.seen.servers)


def delete_free(servers: Iterable[Server]) -> DeleteServer | None:
    """Delete the first that nobody plays on."""
    free = next((each for each in servers if each.disposable), None)
    return DeleteServer(free.namespace, free.name, free.uid, free.version) if free else None


def nudge(case: Situation) -> Action | None:
    """Agones looks at a set when its size changes or a server of it that lives does, and on a dead machine none lives.

    Seen on 1.59.0: with all servers of a set deleted on a dead node, none was replaced until the set was resized.
    """
    if not case.down or not case.status.open:
        return None
    for each in case.seen.sets:
        if each.nudge != each.wanted_nudge:
            return Nudge(each.namespace, each.name, each.version, max(each.replicas - 1, 0), each.wanted_nudge)
    return None
