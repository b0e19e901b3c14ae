"""Rights, as RBAC's rules and bindings say them.

Plain manifests: cdk8s would give cluster-scoped ones the chart's namespace.
"""

from collections.abc import Sequence
from typing import Any

RBAC = "rbac.authorization.k8s.io"
READ = ("get", "list", "watch")

Grant = dict[str, Any]


def grant(group: str, resources: Sequence[str], verbs: Sequence[str], names: Sequence[str] = ()) -> Grant:
    """A rule of a Role or ClusterRole; with `names` it holds for the objects of these names alone."""
    made = {"apiGroups": [group], "resources": list(resources), "verbs": list(verbs)}
    return made | ({"resourceNames": list(names)} if names else {})


def binding(kind: str, role: str, subject: Grant) -> Grant:
    """What a RoleBinding or ClusterRoleBinding says; `kind` is the role's."""
    return {"roleRef": {"apiGroup": RBAC, "kind": kind, "name": role}, "subjects": [subject]}


def account(name: str, namespace: str) -> Grant:
    """A ServiceAccount, as a binding's subject."""
    return {"kind": "ServiceAccount", "name": name, "namespace": namespace}
