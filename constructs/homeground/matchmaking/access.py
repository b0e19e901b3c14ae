"""What matchmaking may do at all (RBAC).

The director's rights end at its tenants' namespaces; players talk to a process that has none, but for embedded mode,
where all is one. RBAC can't tell one field from another: guards.py says the rest.
"""

from homeground.manifest import Component, Manifest, ManifestChart
from homeground.matchmaking import CLUSTER_ROLES, DIRECTOR, KICKER, NAMESPACE, PART_OF
from homeground.rbac import RBAC, READ, Grant, account, binding, grant

IN_TENANTS = {
    DIRECTOR: [
        grant("allocation.agones.dev", ["gameserverallocations"], ["create"]),
        grant("agones.dev", ["gameservers"], [*READ, "patch", "delete"]),
    ],
    KICKER: [grant("agones.dev", ["gameservers"], ["get", "patch"])],
}
"""By account."""

EVERYWHERE = [
    grant("", ["nodes"], ["list", "watch"]),
    grant("homeground.dev", ["nodefailovers"], ["list", "watch"]),
]
"""The director's: which site a node is at, and where players reach one that stands in."""


class Access(Component):
    """Accounts and ClusterRoles."""

    def __init__(self, scope: ManifestChart | Component, id: str) -> None:
        super().__init__(scope, id)
        for name, role in CLUSTER_ROLES.items():
            self._emit("v1", "ServiceAccount", name, {"automountServiceAccountToken": False}, NAMESPACE)
            self._emit(f"{RBAC}/v1", "ClusterRole", role, {"rules": IN_TENANTS[name]})
        everywhere = f"{CLUSTER_ROLES[DIRECTOR]}-everywhere"
        self._emit(f"{RBAC}/v1", "ClusterRole", everywhere, {"rules": EVERYWHERE})
        self._emit(
            f"{RBAC}/v1",
            "ClusterRoleBinding",
            everywhere,
            binding("ClusterRole", everywhere, account(DIRECTOR, NAMESPACE)),
        )

    def _emit(self, api_version: str, kind: str, name: str, body: Grant, namespace: str | None = None) -> None:
        self.emit(Manifest(api_version, kind, name, body, namespace, labels=PART_OF))
