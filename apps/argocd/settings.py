"""Argo CD's three ConfigMaps: what it watches and calls healthy, how it runs, and who may do what."""

from collections.abc import Iterable
from pathlib import Path

import yaml

from homeground.application import NAMESPACE
from homeground.manifest import Manifest

HEALTH = Path(__file__).parent / "health"

EXCLUDED = [
    {"apiGroups": ["", "discovery.k8s.io"], "kinds": ["Endpoints", "EndpointSlice"], "clusters": ["*"]},
    {"apiGroups": ["coordination.k8s.io"], "kinds": ["Lease"], "clusters": ["*"]},
    {
        "apiGroups": ["authentication.k8s.io", "authorization.k8s.io"],
        "kinds": ["SelfSubjectReview", "TokenReview", "LocalSubjectAccessReview", "SelfSubjectAccessReview",
                  "SelfSubjectRulesReview", "SubjectAccessReview"],
        "clusters": ["*"],
    },
    {"apiGroups": ["certificates.k8s.io"], "kinds": ["CertificateSigningRequest"], "clusters": ["*"]},
    {"apiGroups": ["cert-manager.io"], "kinds": ["CertificateRequest"], "clusters": ["*"]},
]  # fmt: skip
"""Kinds that change all the time and that no Application holds: watching them costs and shows nothing."""

GAME_STATUS_ONLY = yaml.safe_dump({"jsonPointers": ["/status", "/metadata/resourceVersion"]}, sort_keys=False)


def health_checks() -> dict[str, str]:
    """`resource.customizations.health.<group>_<Kind>` for each script below `health/`, Argo CD's own layout."""
    return {
        f"resource.customizations.health.{script.parent.parent.name}_{script.parent.name}": script.read_text()
        for script in sorted(HEALTH.glob("*/*/health.lua"))
    }


def argocd_cm() -> Manifest:
    """argocd-cm: what is watched, and when it is healthy."""
    data = {
        "exec.enabled": "false",
        "users.anonymous.enabled": "false",
        "resource.exclusions": yaml.safe_dump(EXCLUDED, sort_keys=False),
        # A GameServer changes with every player; only what our health check reads is worth a reconciliation.
        "resource.customizations.ignoreResourceUpdates.agones.dev_GameServerSet": GAME_STATUS_ONLY,
        **health_checks(),
    }
    return _config_map("argocd-cm", data)


def argocd_cmd_params_cm() -> Manifest:
    """argocd-cmd-params-cm: flags of the components."""
    return _config_map(
        "argocd-cmd-params-cm",
        {
            "controller.sync.timeout.seconds": "600",  # a sync that waits for ever would block its own revert
            "reposerver.parallelism.limit": "2",
        },
    )


def argocd_rbac_cm(tenants: Iterable[str]) -> Manifest:
    """argocd-rbac-cm: nobody may do anything, but for the platform's group and each tenant's own games."""
    lines = ["g, homeground:platform, role:admin"]
    for tenant in tenants:
        role, app = f"role:{tenant}", f"games-{tenant}/games-{tenant}"
        lines += [f"p, {role}, applications, {action}, {app}, allow" for action in ("get", "sync")]
        lines += [f"p, {role}, logs, get, {app}, allow", f"g, homeground:{tenant}, {role}"]
    policy = "".join(f"{line}\n" for line in lines)
    return _config_map("argocd-rbac-cm", {"policy.default": "", "policy.csv": policy, "scopes": "[groups]"})


def _config_map(name: str, data: dict[str, str]) -> Manifest:
    """Argo CD sees only ConfigMaps that carry part-of."""
    own = {"app.kubernetes.io/name": name, "app.kubernetes.io/part-of": "argocd"}
    return Manifest("v1", "ConfigMap", name, {"data": data}, NAMESPACE, labels=own)
