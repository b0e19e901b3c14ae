"""Suspicion acts at once, on what can be taken back: no new match goes to a machine that may be dead."""

from collections.abc import Iterable

from failover.decision.action import Action, ClearSuspect, MarkSuspect
from failover.decision.observed import Server
from failover.decision.situation import Situation
from failover.record import AttemptState

STANDING_IN = (AttemptState.OPEN, AttemptState.DRAINING)
"""Before, no server is there; after, what is left goes anyway."""


def clear(case: Situation) -> Action | None:
    """What is heard of takes matches again: the node, and the machines that stand in for it."""
    for server in _heard_of(case):
        if server.suspect and not server.deleting:
            return ClearSuspect(server.namespace, server.name, server.uid, server.version)
    return None


def mark(case: Situation) -> Action | None:
    """Agones looks at no node condition: a Ready server of a dead machine is handed out until its pod is gone.

    Every allocation selector of ours requires the label's absence. Those with players keep theirs: nobody is sent
    there any more anyway.
    """
    for server in _doubted(case):
        if server.disposable and not server.suspect:
            return MarkSuspect(server.namespace, server.name, server.uid, server.version)
    return None


def _heard_of(case: Situation) -> Iterable[Server]:
    if case.heard and not case.suspect:
        yield from case.seen.servers
    for _, host in case.attempts(*STANDING_IN):
        if host.heard:
            yield from host.servers


def _doubted(case: Situation) -> Iterable[Server]:
    if case.suspect or case.down:
        yield from case.seen.servers
    for _, host in case.attempts(*STANDING_IN):
        if host.suspect:
            yield from host.servers
