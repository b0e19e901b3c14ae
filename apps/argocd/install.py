"""Argo CD's own installation: its published manifests at the pinned tag, patched where a cluster differs."""

from typing import Any

import yaml

from homeground.helm_chart import locked_chart
from homeground.workload import ALWAYS_ON_SELECTOR, CONTROL_PLANE_TOLERATIONS, Workload

CONTROLLER = Workload("argocd-application-controller", cpu=250, memory=512, limit=1024)
REPO_SERVER = Workload("argocd-repo-server", cpu=100, memory=256, limit=1024)
SERVER = Workload("argocd-server", cpu=50, memory=128, limit=256)
REDIS = Workload("argocd-redis", cpu=20, memory=64, limit=128)
WORKLOADS = [CONTROLLER, REPO_SERVER, SERVER, REDIS]

CONTAINERS = {"argocd-redis": "redis"}
"""Containers that are not called as their workload is."""

OURS = ["argocd-cm", "argocd-cmd-params-cm", "argocd-rbac-cm"]
"""ConfigMaps that settings.py makes: one owner per object."""

UNUSED = ["argocd-applicationset-controller", "argocd-dex-server", "argocd-notifications-controller"]
"""Parts we do not use. They stay installed at zero replicas, so that an upgrade's manifests still apply."""

Patch = dict[str, Any]


def source() -> dict[str, Any]:
    """The entry of Application.spec.sources: Kustomize, since upstream publishes no chart of this version."""
    locked = locked_chart("argo-cd")
    return {
        "repoURL": locked.repository,
        "targetRevision": locked.version,
        "path": locked.name,
        "kustomize": {"patches": [*_without_ours(), *_placed(), *_sized(), *_unused()]},
    }


def _without_ours() -> list[Patch]:
    return [
        _patch(
            "v1", "ConfigMap", name, {"$patch": "delete"}, target={"version": "v1", "kind": "ConfigMap", "name": name}
        )
        for name in OURS
    ]


def _placed() -> list[Patch]:
    """Argo CD outlives home: a StatefulSet's pod on a dead node would never be replaced."""
    pod = {"nodeSelector": ALWAYS_ON_SELECTOR, "tolerations": CONTROL_PLANE_TOLERATIONS}
    body = {"spec": {"template": {"spec": pod}}}
    return [
        _patch("apps/v1", kind, "any", body, target={"group": "apps", "version": "v1", "kind": kind})
        for kind in ("Deployment", "StatefulSet")
    ]


def _sized() -> list[Patch]:
    patches = []
    for workload in WORKLOADS:
        kind = "StatefulSet" if workload is CONTROLLER else "Deployment"
        container = {"name": CONTAINERS.get(workload.name, workload.name), "resources": workload.resources()}
        body = {"spec": {"template": {"spec": {"containers": [container]}}}}
        patches.append(_patch("apps/v1", kind, workload.name, body, target=_apps(kind, workload.name)))
    return patches


def _unused() -> list[Patch]:
    return [
        _patch("apps/v1", "Deployment", name, {"spec": {"replicas": 0}}, target=_apps("Deployment", name))
        for name in UNUSED
    ]


def _apps(kind: str, name: str) -> dict[str, str]:
    return {"group": "apps", "version": "v1", "kind": kind, "name": name}


def _patch(api_version: str, kind: str, name: str, body: Patch, *, target: dict[str, str]) -> Patch:
    """A strategic merge patch. With a target, one that matches nothing is no error."""
    patch = {"apiVersion": api_version, "kind": kind, "metadata": {"name": name}, **body}
    return {"target": target, "patch": yaml.safe_dump(patch, sort_keys=False)}
