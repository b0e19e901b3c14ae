"""Argo CD itself, and everything it syncs: the root of the tree of apps."""

from collections.abc import Mapping, Sequence
from typing import Any

from constructs import Construct

from apps.argocd import install
from apps.argocd.settings import argocd_cm, argocd_cmd_params_cm, argocd_rbac_cm
from homeground import labels
from homeground.app import App, AppProps, Sync
from homeground.application import NAMESPACE, Application, AppProject
from homeground.helm_chart import KindRef, locked_chart
from homeground.manifest import Component
from homeground.namespace import Namespace
from homeground.output import identity
from homeground.platform import Platform

Rendered = Mapping[str, Sequence[Mapping[str, Any]]]

OF_ROOT = "{Application,AppProject}.*"
"""Files of this folder that the root Application syncs; the rest belongs to the Application `argocd`."""

ROOT = AppProps(name="root", namespace=NAMESPACE, project="platform", sync=Sync(prune=False))


class ArgoCd(App):
    """Projects, Applications and settings. Built last: it names what all other apps rendered."""

    def __init__(self, scope: Construct, platform: Platform, apps: Sequence[App], rendered: Rendered) -> None:
        props = AppProps(
            name="argocd",
            namespace=NAMESPACE,
            sources=[install.source()],
            sync=Sync(prune=False),
            workloads=install.WORKLOADS,
        )
        super().__init__(scope, props)
        settings = Component(self, "settings")
        Namespace(self, "namespace", name=NAMESPACE, enforce="baseline")
        for manifest in (argocd_cm(), argocd_cmd_params_cm(), argocd_rbac_cm(platform.tenants)):
            settings.emit(manifest)
        own = [manifest.to_json() for manifest in self.manifests]
        self._applications(platform, apps, rendered)
        self._projects(platform, [*apps, self], {**rendered, "argocd": own})

    def _applications(self, platform: Platform, apps: Sequence[App], rendered: Rendered) -> None:
        cluster = platform.cluster
        folder = f"dist/{cluster.name}"
        own = f"{folder}/argocd"
        of_root = {"include": OF_ROOT}
        Application(self, "root", app=ROOT, repository=cluster.repository, path=own, directory=of_root)
        rest = {"exclude": OF_ROOT}
        Application(self, "argocd", app=self.props, repository=cluster.repository, path=own, directory=rest)
        for app in apps:
            path = f"{folder}/{app.props.name}" if rendered[app.props.name] else None
            Application(self, app.props.name, app=app.props, repository=cluster.repository, path=path)

    def _projects(self, platform: Platform, apps: Sequence[App], rendered: Rendered) -> None:
        """Each project allows what its apps and their charts make, and nothing else."""
        repository = platform.cluster.repository.url
        for project in sorted({app.props.project for app in apps}):
            members = [app for app in apps if app.props.project == project]
            releases = [release for app in members for release in app.props.releases]
            kinds = {kind for release in releases for kind in release.chart.kinds}
            kinds |= {_kind(manifest) for app in members for manifest in rendered[app.props.name]}
            repos = [repository, *(release.chart.repository for release in releases)]
            namespaces = [ns for app in members for ns in (app.props.namespace, *app.props.also_writes_to)]
            if project == "platform":
                argo = locked_chart("argo-cd")
                kinds |= set(argo.kinds) | APPS_OF_APPS | OF_TENANTS
                ours = labels.tenant_namespace("")
                namespaces = [*(ns for ns in namespaces if not ns.startswith(ours)), labels.tenant_namespace("*")]
                repos.append(argo.repository)
            AppProject(
                self,
                f"project-{project}",
                name=project,
                description="The platform" if project == "platform" else f"Fleets of {project.removeprefix('games-')}",
                source_repos=repos,
                namespaces=namespaces,
                kinds=kinds,
            )


APPS_OF_APPS = {
    KindRef("argoproj.io", "Application", namespaced=True),
    KindRef("argoproj.io", "AppProject", namespaced=True),
}


OF_TENANTS = {
    KindRef("", "LimitRange", namespaced=True),
    KindRef("", "Namespace", namespaced=False),
    KindRef("", "PersistentVolume", namespaced=False),
    KindRef("", "ResourceQuota", namespaced=True),
    KindRef("", "ServiceAccount", namespaced=True),
    KindRef("networking.k8s.io", "NetworkPolicy", namespaced=True),
    KindRef("policy", "PodDisruptionBudget", namespaced=True),
    KindRef("rbac.authorization.k8s.io", "RoleBinding", namespaced=True),
}
"""Allowed, like every tenant's namespace, whoever plays now: Argo CD deletes of a tenant that left games/ only what its
project still allows."""


def _kind(manifest: Mapping[str, Any]) -> KindRef:
    group, kind, namespace, _ = identity(manifest)
    return KindRef(group, kind, namespaced=bool(namespace))
