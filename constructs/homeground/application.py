"""Argo CD's own objects: what it syncs (Application) and what that may touch (AppProject)."""

from collections.abc import Iterable, Sequence
from typing import Any

from homeground.app import AppProps
from homeground.helm_chart import KindRef
from homeground.manifest import Component, Manifest, ManifestChart
from schemas.cluster import Repository

NAMESPACE = "argocd"
IN_CLUSTER = "https://kubernetes.default.svc"
SYNC_OPTIONS = [
    "ServerSideApply=true",  # Agones' CRDs exceed what client-side apply's annotation can hold
    "SkipDryRunOnMissingResource=true",  # a CRD may come from another app, later
    "FailOnSharedResource=true",
]
CASCADE = "resources-finalizer.argocd.argoproj.io"


def sync_policy(*, prune: bool) -> dict[str, Any]:
    """Automated sync that keeps trying: between apps, retry is the order (never waves: one sick app would
    hold up all others)."""
    return {
        "automated": {"prune": prune, "selfHeal": True},
        "retry": {
            "limit": 10,
            "refresh": True,
            "backoff": {"duration": "5s", "factor": 2, "maxDuration": "3m0s"},
        },
        "syncOptions": SYNC_OPTIONS,
    }


class Application(Component):
    """One app: our folder of dist/, after the charts it needs. `path` is None for an app without objects of ours."""

    def __init__(
        self,
        scope: ManifestChart | Component,
        id: str,
        *,
        app: AppProps,
        repository: Repository,
        path: str | None,
        directory: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(scope, id)
        sources = [*(release.to_source() for release in app.releases), *app.sources]
        if path:
            own: dict[str, Any] = {"repoURL": repository.url, "targetRevision": repository.revision, "path": path}
            sources.append(own | ({"directory": directory} if directory else {}))
        spec: dict[str, Any] = {
            "project": app.project,
            "destination": {"server": IN_CLUSTER, "namespace": app.namespace},
            "sources": sources,
            "syncPolicy": sync_policy(prune=app.sync.prune),
        }
        if app.sync.ignore_differences:
            spec["ignoreDifferences"] = list(app.sync.ignore_differences)
            spec["syncPolicy"]["syncOptions"] = [*SYNC_OPTIONS, "RespectIgnoreDifferences=true"]
        annotations = {"argocd.argoproj.io/manifest-generate-paths": "."}
        if not app.sync.prune:  # deleting it would delete what everything else, Argo CD included, stands on
            annotations["argocd.argoproj.io/sync-options"] = "Prune=false,Delete=false"
        if app.sync.compare_options:
            annotations["argocd.argoproj.io/compare-options"] = app.sync.compare_options
        self.emit(
            Manifest(
                "argoproj.io/v1alpha1",
                "Application",
                app.name,
                {"spec": spec},
                NAMESPACE,
                annotations=annotations,
                finalizers=(CASCADE,) if app.sync.prune else (),
            )
        )


class AppProject(Component):
    """What the apps of a project may read and write: nothing that is not named here."""

    def __init__(
        self,
        scope: ManifestChart | Component,
        id: str,
        *,
        name: str,
        description: str,
        source_repos: Iterable[str],
        namespaces: Sequence[str],
        kinds: Iterable[KindRef],
    ) -> None:
        super().__init__(scope, id)
        allowed = sorted(set(kinds))
        spec = {
            "description": description,
            "sourceRepos": sorted(set(source_repos)),
            "destinations": [{"server": IN_CLUSTER, "namespace": namespace} for namespace in sorted(set(namespaces))],
            "clusterResourceWhitelist": [_entry(kind) for kind in allowed if not kind.namespaced],
            "namespaceResourceWhitelist": [_entry(kind) for kind in allowed if kind.namespaced],
        }
        # An empty list and no list mean the same to Argo CD's API, and only the second is stored.
        body = {"spec": {key: value for key, value in spec.items() if value}}
        self.emit(Manifest("argoproj.io/v1alpha1", "AppProject", name, body, NAMESPACE))


def _entry(kind: KindRef) -> dict[str, str]:
    return {"group": kind.group, "kind": kind.kind}
