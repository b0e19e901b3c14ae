"""What matchmaking may do at all (RBAC).

The director's rights end at its tenants' namespaces; players talk to a process that has none, but for embedded mode,
where all is one. RBAC can't tell one field from another: guards.py says the rest.
"""

from collections.abc import Sequence
from typing import Any

from homeground.manifest import Component, Manifest, ManifestChart
from homeground.matchmaking import CLUSTER_ROLES, DIRECTOR, KICKER, NAMESPACE, PART_OF

RBAC = "rbac.authorization.k8s.io"
READ = ("get", "list", "watch")

Grant = dict[str, Any]


def _grant(group: str, resources: Sequence[str], verbs: Sequence[str]) -> Grant:
    return {"apiGroups": [group], "resources": list(resources), "verbs": list(verbs)}


IN_TENANTS = {
    DIRECTOR: [
        _grant("allocation.agones.dev", ["gameserverallocations"], ["create"]),
        _grant("agones.dev", ["gameservers"], [*READ, "patch", "delete"]),
    ],
    KICKER: [_grant("agones.dev", ["gameservers"], ["get", "patch"])],
}
"""By account."""

EVERYWHERE = [
    _grant("", ["nodes"], ["list", "watch"]),
    _grant("homeground.dev", ["nodefailovers"], ["list", "watch"]),
]
"""The director's: which site a node is at, and where players reach one that stands in."""


class Access(Component):
    """Accounts and ClusterRoles."""

    def __init__(self, scope: ManifestChart | Component, id: str) -> None:
        super().__init__(scope, id)
        for account, role in CLUSTER_ROLES.items():
            self._emit("v1", "ServiceAccount", account, {"automountServiceAccountToken": False}, NAMESPACE)
            self._emit(f"{RBAC}/v1", "ClusterRole", role, {"rules": IN_TENANTS[account]})
        everywhere = f"{CLUSTER_ROLES[DIRECTOR]}-everywhere"
        self._emit(f"{RBAC}/v1", "ClusterRole", everywhere, {"rules": EVERYWHERE})
        self._emit(f"{RBAC}/v1", "ClusterRoleBinding", everywhere, binding(everywhere, DIRECTOR))

    def _emit(self, api_version: str, kind: str, name: str, body: Grant, namespace: str | None = None) -> None:
        self.emit(Manifest(api_version, kind, name, body, namespace, labels=PART_OF))


def binding(role: str, account: str) -> Grant:
    """What a RoleBinding or ClusterRoleBinding of it says."""
    return {
        "roleRef": {"apiGroup": RBAC, "kind": "ClusterRole", "name": role},
        "subjects": [{"kind": "ServiceAccount", "name": account, "namespace": NAMESPACE}],
    }
