"""What the control plane comes to believe of a machine, change by change: to hold one machine against another."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from tests.cluster.api import Api, Json, Object, Ref

READY = "node Ready"


@dataclass
class Timeline:
    """One node and one pod on it, from the first `look` on; to be asked often."""

    api: Api
    node: str
    pod: Object
    now: dict[str, str] = field(default_factory=dict)
    """Every fact at the last look."""

    changes: list[set[str]] = field(default_factory=list)
    """What each look found changed, for looks that did."""

    silent_for: dict[str, float] = field(default_factory=dict)
    """Seconds since the last heartbeat, by the machine's clock, at each change of the Ready condition."""

    def look(self) -> dict[str, str]:
        """Write down what is new since the last look; all facts."""
        # The pod first: the node controller writes the node before its pods, so a change of the pod seen here is later.
        pod, node = self.api.get(self.pod), self.api.call("GET", f"/api/v1/nodes/{self.node}")
        now = dict(facts_of_node(node)) | dict(facts_of_pod(pod))
        keys = {*now, *self.now} if self.now else ()
        changed = {f"{key}: {now.get(key, 'none')}" for key in keys if now.get(key) != self.now.get(key)}
        if changed:
            self.changes.append(changed)
        if now[READY] != self.now.get(READY):
            renewed = datetime.fromisoformat(lease(self.api, self.node)["renewTime"])
            self.silent_for[now[READY]] = (datetime.now(UTC) - renewed).total_seconds()
        self.now = now
        return now

    @property
    def everything(self) -> set[str]:
        """All changes. After the first, which is the machine's, their order is that of controllers side by side."""
        return set().union(*self.changes)


def facts_of_node(node: Json) -> Iterator[tuple[str, str]]:
    """Conditions by type, taints by key and effect."""
    for condition in node["status"].get("conditions", ()):
        yield f"node {condition['type']}", f"{condition['status']} {condition['reason']}"
    for taint in node["spec"].get("taints", ()):
        yield f"taint {taint['key']}:{taint['effect']}", "there"


def facts_of_pod(pod: Json) -> Iterator[tuple[str, str]]:
    """Phase, deletion, readiness of containers, and conditions by type."""
    status = pod["status"]
    yield "pod", f"{status['phase']}{', being deleted' if 'deletionTimestamp' in pod['metadata'] else ''}"
    for container in status.get("containerStatuses", ()):
        yield f"container {container['name']}", f"ready {container['ready']}, {container['restartCount']} restarts"
    for condition in status.get("conditions", ()):
        yield f"pod {condition['type']}", f"{condition['status']} {condition.get('reason', '')}".strip()


def lease(api: Api, node: str) -> Json:
    """The spec of the node's Lease, its heartbeat."""
    spec: Json = api.get(Ref("coordination.k8s.io/v1", "Lease", node, "kube-node-lease"))["spec"]
    return spec
