"""What the operator may do at all (RBAC), and what a machine that joins by its token may.

Least of everything: it writes Secrets without ever reading one, and reads what it must know of nodes and game servers.
RBAC can't tell one node from another, so guards.py says the rest.
"""

from homeground.failover import BOOTSTRAPPERS, LABELS, NAME, NAMESPACE
from homeground.manifest import Component, Manifest, ManifestChart
from homeground.rbac import RBAC, READ, Grant, account, binding, grant

KUBELET_SIGNER = "kubernetes.io/kube-apiserver-client-kubelet"

EVERYWHERE = [
    grant("", ["nodes"], [*READ, "patch", "delete"]),
    grant("", ["pods"], ["list", "watch"]),
    grant("storage.k8s.io", ["csinodes"], READ),
    grant("agones.dev", ["gameservers"], [*READ, "patch", "delete"]),
    grant("agones.dev", ["gameserversets"], [*READ, "patch"]),
    grant("agones.dev", ["fleets"], [*READ, "create", "update", "delete"]),
    grant("autoscaling.agones.dev", ["fleetautoscalers"], READ),
    grant("homeground.dev", ["nodefailovers"], [*READ, "create", "patch"]),
    grant("homeground.dev", ["nodefailovers/status"], ["patch", "update"]),
    grant("homeground.dev", ["nodefailovers/finalizers"], ["update"]),
    grant("certificates.k8s.io", ["certificatesigningrequests"], READ),
    grant("certificates.k8s.io", ["certificatesigningrequests/approval"], ["update"]),
    grant("certificates.k8s.io", ["signers"], ["approve"], [KUBELET_SIGNER]),
]
"""GameServers and Fleets lie in every tenant's namespace."""

WITHIN = {
    NAMESPACE: [
        grant("coordination.k8s.io", ["leases"], ["create"]),
        grant("coordination.k8s.io", ["leases"], ["get", "update"], [NAME]),
    ],
    "default": [grant("events.k8s.io", ["events"], ["create", "patch"])],
    "kube-node-lease": [grant("coordination.k8s.io", ["leases"], READ)],
    "kube-system": [grant("", ["secrets"], ["create", "delete"])],
}
"""By namespace: who leads, Events of what has no namespace, nodes' heartbeats, and join tokens."""


class Access(Component):
    """The operator's account with its rights, and those of the machines that it makes."""

    def __init__(self, scope: ManifestChart | Component, id: str) -> None:
        super().__init__(scope, id)
        self._emit("v1", "ServiceAccount", NAME, {"automountServiceAccountToken": False}, NAMESPACE)
        own = account(NAME, NAMESPACE)
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
        self._rbac(f"{kind}Binding", name, binding(kind, role, subject), namespace)

    def _rbac(self, kind: str, name: str, body: Grant, namespace: str | None = None) -> None:
        self._emit(f"{RBAC}/v1", kind, name, body, namespace)

    def _emit(self, api_version: str, kind: str, name: str, body: Grant, namespace: str | None) -> None:
        self.emit(Manifest(api_version, kind, name, body, namespace, labels=LABELS))
