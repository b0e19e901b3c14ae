"""Suspicion acts at once, on what can be taken back: no new match goes to a machine that may be dead."""

from failover.decision.action import Action, ClearSuspect, MarkSuspect
from failover.decision.situation import Situation


def clear(case: Situation) -> Action | None:
    """A node that is heard of takes matches again."""
    if not case.heard or case.suspect:
        return None
    for server in case.seen.servers:
        if server.suspect and not server.deleting:
            return ClearSuspect(server.namespace, server.name, server.uid, server.version)
    return None


def mark(case: Situation) -> Action | None:
    """Agones looks at no node condition: a Ready server of a dead machine is handed out until its pod is gone.

    Every allocation selector of ours requires the label's absence. Those with players keep theirs: nobody is sent
    there any more anyway.
    """
    if not case.suspect and not case.down:
        return None
    for server in case.seen.servers:
        if server.disposable and not server.suspect:
            return MarkSuspect(server.namespace, server.name, server.uid, server.version)
    return None
