"""GameServerSets that Agones has to be told to look at: only their servers' deletion has changed anything of them."""

import hashlib
from collections.abc import Iterator

from failover.decision.observed import Server, ServerSet
from failover.runtime.ages import Ages
from failover.runtime.caches import Caches

PATIENCE_SECONDS = 15
"""Agones may have looked before its own watch told it of the deletion. Then it is told again."""


def to_nudge(caches: Caches, ages: Ages, node: str) -> Iterator[ServerSet]:
    """Sets with servers on that node that are being deleted, and fewer others than they should have.

    What each should carry is of all its servers, wherever: two dead nodes must not undo each other's.
    """
    gone = {(each.server.namespace, each.set) for each in caches.servers_on(node) if each.server.deleting}
    for namespace, name in sorted(gone):
        found = caches.sets.objects.get((namespace, name))
        members = [each.server for each in caches.members_of(namespace, name)]
        if not found or sum(not each.deleting for each in members) >= found.replicas:
            continue
        wanted = _wanted(found.nudge, _digest(members), ages, (namespace, name))
        yield ServerSet(namespace, name, found.version, found.replicas, found.nudge, wanted)


def _wanted(carried: str, digest: str, ages: Ages, key: tuple[str, str]) -> str:
    """`<digest>.<n>`: n is as high as any replica has counted, so that two do not undo each other's."""
    known, _, number = carried.partition(".")
    counted = int(number) if known == digest and number.isdecimal() else 0
    return f"{digest}.{max(counted, int(ages.see(key, digest) // PATIENCE_SECONDS))}"


def _digest(members: list[Server]) -> str:
    going = ",".join(sorted(each.uid for each in members if each.deleting))
    return hashlib.sha256(going.encode()).hexdigest()[:12]
