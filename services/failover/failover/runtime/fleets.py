"""Fleets as they are seen: what of each is stranded, on the move, or yet to come."""

import hashlib
import json

from failover import words
from failover.decision.observed import PROTECTED
from failover.decision.overflow import PATIENCE_SECONDS, SUFFIX, FleetView, Overflow
from failover.record import AttemptState
from failover.runtime import views
from failover.runtime.ages import Ages
from failover.runtime.caches import Caches
from failover.runtime.views import Located
from kubeclient.resources import Json


def view(caches: Caches, ages: Ages, namespace: str, name: str) -> FleetView | None:
    """None for an autoscaled Fleet, for one of ours, and for one that is gone without a Fleet of ours left."""
    fleet = caches.fleets.objects.get((namespace, name))
    ours = caches.fleets.objects.get((namespace, f"{name}{SUFFIX}"))
    ours = ours if ours and _is_ours(ours) else None
    if (fleet is None and ours is None) or (fleet and _is_ours(fleet)):
        return None
    autoscaled = any(key[0] == namespace and each == name for key, each in caches.autoscalers.objects.items())
    gone = fleet is None or autoscaled or "deletionTimestamp" in fleet["metadata"]
    return FleetView(
        namespace=namespace,
        name=name,
        template=template(fleet) if fleet else "",
        stranded=stranded(caches, namespace, name),
        overflow=_overflow(caches, ours) if ours else None,
        deleting=gone,
        moving=moving(caches, namespace, name),
        lacking=lacking(caches, ages, namespace, name),
    )


def stranded(caches: Caches, namespace: str, name: str) -> int:
    """Servers with players, of this Fleet or of its overflow, on nodes that are not Ready."""
    return sum(
        views.stranded(each) and not _is_ready(caches, each.node)
        for family in (name, f"{name}{SUFFIX}")
        for each in caches.servers_of(namespace, family)
    )


def moving(caches: Caches, namespace: str, name: str) -> bool:
    """Whether it has servers that nobody plays on on a node that drains."""
    nodes = draining(caches)
    return any(each.server.disposable and each.node in nodes for each in caches.servers_of(namespace, name))


def draining(caches: Caches) -> set[str]:
    """Temporary nodes, and home nodes in a planned failover."""
    return {node for obj in caches.records.objects.values() for node in drained_for(obj)}


def drained_for(record: Json) -> set[str]:
    """Of one NodeFailover."""
    status = views.record(record).status
    found = {each.vm_name for each in status.attempts if each.state is AttemptState.DRAINING}
    return found | ({record["metadata"]["name"]} if status.home_epoch else set())


def replacing(caches: Caches, ages: Ages, node: str) -> bool:
    """Whether Fleets with servers on a node lack some that may yet come: then a drain waits with its next."""
    here = {
        (each.server.namespace, each.fleet.removesuffix(SUFFIX))
        for each in caches.servers_on(node)
        if not each.server.deleting
    }
    return any(
        lacking(caches, ages, namespace, name) + lacking(caches, ages, namespace, name + SUFFIX)
        for namespace, name in here
    )


def lacking(caches: Caches, ages: Ages, namespace: str, name: str) -> int:
    """How many servers of a Fleet are neither Ready nor played on, as long as they may yet come."""
    fleet = caches.fleets.objects.get((namespace, name))
    if fleet is None:
        return 0
    serving = sum(map(_serves, caches.servers_of(namespace, name)))
    found: int = max(0, fleet["spec"].get("replicas", 0) - serving)
    return found if ages.see((namespace, name), found) < PATIENCE_SECONDS else 0


def _serves(each: Located) -> bool:
    return not each.server.deleting and each.server.state in ("Ready", *PROTECTED)


def template(fleet: Json) -> str:
    """A digest of what its servers are made of."""
    spec = fleet["spec"]
    text = json.dumps([spec.get("template"), spec.get("scheduling"), spec.get("strategy")], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _overflow(caches: Caches, ours: Json) -> Overflow:
    metadata = ours["metadata"]
    servers = len(caches.servers_of(metadata["namespace"], metadata["name"]))
    replicas = ours["spec"].get("replicas", 0)
    return Overflow(metadata["uid"], metadata["resourceVersion"], replicas, template(ours), servers)


def _is_ours(fleet: Json) -> bool:
    return words.OVERFLOW in (fleet["metadata"].get("labels") or {})


def _is_ready(caches: Caches, node: str) -> bool:
    """A node that is not there is not Ready; a server that is on none is not stranded."""
    if not node:
        return True
    found = caches.nodes.objects.get(("", node))
    return found is not None and views.is_ready(found)
