"""A Fleet that Git owns, as the overflow decision sees it."""

import hashlib
import json

from failover import words
from failover.decision.overflow import SUFFIX, FleetView, Overflow
from failover.kubernetes.resources import Json
from failover.runtime import views
from failover.runtime.caches import Caches


def view(caches: Caches, namespace: str, name: str) -> FleetView | None:
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
    )


def stranded(caches: Caches, namespace: str, name: str) -> int:
    """Servers with players, of this Fleet or of its overflow, on nodes that are not Ready."""
    families = (name, f"{name}{SUFFIX}")
    return sum(
        views.stranded(each) and not _is_ready(caches, each.node)
        for each in caches.located()
        if each.server.namespace == namespace and each.fleet in families
    )


def template(fleet: Json) -> str:
    """A digest of what its servers are made of."""
    spec = fleet["spec"]
    text = json.dumps([spec.get("template"), spec.get("scheduling"), spec.get("strategy")], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _overflow(caches: Caches, ours: Json) -> Overflow:
    metadata = ours["metadata"]
    namespace, name = metadata["namespace"], metadata["name"]
    servers = sum((each.server.namespace, each.fleet) == (namespace, name) for each in caches.located())
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
