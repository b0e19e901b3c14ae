"""What the operator may do at all (RBAC), and what a machine that joins by its token may.

Least of everything: it writes Secrets without ever reading one, and reads what it must know of nodes and game servers.
RBAC can't tell one node from another, so guard.py says the rest. Plain manifests: cdk8s would give cluster-scoped ones
the chart's namespace.
"""

from collections.abc import Sequence
from typing import Any

from homeground.failover import BOOTSTRAPPERS, LABELS, NAME, NAMESPACE
from homeground.manifest import Component, Manifest, ManifestChart

RBAC = "rbac.authorization.k8s.io"
KUBELET_SIGNER = "kubernetes.io/kube-apiserver-client-kubelet"
READ = ("get", "list", "watch")

Grant = dict[str, Any]


def _grant(group: str, resources: Sequence[str], verbs: Sequence[str], names: Sequence[str] = ()) -> Grant:
    grant = {"apiGroups": [group], "resources": list(resources), "verbs": list(verbs)}
    return grant | ({"resourceNames": list(names)} if names else {})


EVERYWHERE = [
    _grant("", ["nodes"], [*READ, "patch", "delete"]),
    _grant("", ["pods"], ["list", "watch"]),
    _grant("storage.k8s.io", ["csinodes"], READ),
    _grant("agones.dev", ["gameservers"], [*READ, "patch", "delete"]),
    _grant("agones.dev", ["gameserversets"], [*READ, "patch"]),
    _grant("agones.dev", ["fleets"], [*READ, "create", "update", "delete"]),
    _grant("autoscaling.agones.dev", ["fleetautoscalers"], READ),
    _grant("homeground.dev", ["nodefailovers"], [*READ, "create", "patch"]),
    _grant("homeground.dev", ["nodefailovers/status"], ["patch", "update"]),
    _grant("homeground.dev", ["nodefailovers/finalizers"], ["update"]),
    _grant("certificates.k8s.io", ["certificatesigningrequests"], READ),
    _grant("certificates.k8s.io", ["certificatesigningrequests/approval"], ["update"]),
    _grant("certificates.k8s.io", ["signers"], ["approve"], [KUBELET_SIGNER]),
]
"""GameServers and Fleets lie in every tenant's namespace."""

WITHIN = {
    NAMESPACE: [
        _grant("coordination.k8s.io", ["leases"], ["create"]),
        _grant("coordination.k8s.io", ["leases"], ["get", "update"], [NAME]),
    ],
    "default": [_grant("events.k8s.io", ["events"], ["create", "patch"])],
    "kube-node-lease": [_grant("coordination.k8s.io", ["leases"], READ)],
    "kube-system": [_grant("", ["secrets"], ["create", "delete"])],
}
"""By namespace: who leads, Events of what has no namespace, nodes' heartbeats, and join tokens."""


class Access(Component):
    """The operator's account with its rights, and those of the machines that it makes."""

    def __init__(self, scope: ManifestChart | Component, id: str) -> None:
        super().__init__(scope, id)
        self._emit("v1", "ServiceAccount", NAME, {"automountServiceAccountToken": False}, NAMESPACE)
        own = {"kind": "ServiceAccount", "name": NAME, "namespace": NAMESPACE}
        self._rbac("ClusterRole", NAME, {"rules": EVERYWHERE})
        self._bind("ClusterRole", NAME, own)
        for namespace, grants in WITHIN.items():
            self._rbac("Role", NAME, {"rules": grants}, namespace)
            self._bind("Role", NAME, own, namespace)
        # A joining machine may ask for its certificate and nothing else: never system:certificates.k8s.io:
        # certificatesigningrequests:nodeclient, by which its request would be approved under whatever name.
        joining = {"kind": "Group", "name": BOOTSTRAPPERS, "apiGroup": RBAC}
        self._bind("ClusterRole", "system:node-bootstrapper", joining, name=f"{NAME}-bootstrappers")

    def _bind(self, kind: str, role: str, subject: Grant, namespace: str | None = None, name: str = NAME) -> None:
        body = {"roleRef": {"apiGroup": RBAC, "kind": kind, "name": role}, "subjects": [subject]}
        self._rbac(f"{kind}Binding", name, body, namespace)

    def _rbac(self, kind: str, name: str, body: Grant, namespace: str | None = None) -> None:
        self._emit(f"{RBAC}/v1", kind, name, body, namespace)

    def _emit(self, api_version: str, kind: str, name: str, body: Grant, namespace: str | None) -> None:
        self.emit(Manifest(api_version, kind, name, body, namespace, labels=LABELS))
