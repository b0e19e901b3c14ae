"""Argo CD's Applications and AppProjects: what is synced, how, and what it may touch."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from homeground.app import AppProps, Sync
from homeground.application import Application, AppProject
from homeground.helm_chart import HelmRelease, KindRef, LockedChart
from homeground.manifest import ManifestChart
from schemas.cluster import Repository

Find = Callable[..., dict[str, Any]]
REPOSITORY = Repository(url="https://git.example/homeground.git", revision="main")
CHART = LockedChart("https://charts.example", "web", "1.2.3", "1.2.3", ())
OWN = {"repoURL": "https://git.example/homeground.git", "targetRevision": "main", "path": "dist/test/web"}
DIFFERENCES = [{"group": "", "kind": "Secret", "jsonPointers": ["/data"]}]
IN_CLUSTER = "https://kubernetes.default.svc"


@pytest.fixture
def application(chart: ManifestChart, find: Find) -> Callable[..., dict[str, Any]]:
    def build(path: str | None = "dist/test/web", directory: Any = None, **props: Any) -> dict[str, Any]:
        app = AppProps(**{"name": "web", "namespace": "web-system", **props})
        Application(chart, app.name, app=app, repository=REPOSITORY, path=path, directory=directory)
        return find("Application")

    return build


def test_a_chart_and_our_folder_are_one_application(application: Callable[..., dict[str, Any]]) -> None:
    release = HelmRelease(CHART, "web", {"replicas": 2})
    assert application(releases=[release]) == {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {
            "name": "web",
            "namespace": "argocd",
            "annotations": {"argocd.argoproj.io/manifest-generate-paths": "."},
            "finalizers": ["resources-finalizer.argocd.argoproj.io"],
        },
        "spec": {
            "project": "platform",
            "destination": {"server": IN_CLUSTER, "namespace": "web-system"},
            "sources": [
                {
                    "repoURL": "https://charts.example",
                    "chart": "web",
                    "targetRevision": "1.2.3",
                    "helm": {"releaseName": "web", "valuesObject": {"replicas": 2}},
                },
                OWN,
            ],
            "syncPolicy": {
                "automated": {"prune": True, "selfHeal": True},
                "retry": {
                    "limit": 10,
                    "refresh": True,
                    "backoff": {"duration": "5s", "factor": 2, "maxDuration": "3m0s"},
                },
                "syncOptions": [
                    "ServerSideApply=true",
                    "SkipDryRunOnMissingResource=true",
                    "FailOnSharedResource=true",
                ],
            },
        },
    }


def test_what_must_not_be_pruned_is_not_deleted_either(application: Callable[..., dict[str, Any]]) -> None:
    made = application(sync=Sync(prune=False))
    assert made["spec"]["syncPolicy"]["automated"] == {"prune": False, "selfHeal": True}
    assert "finalizers" not in made["metadata"]
    options = made["metadata"]["annotations"]["argocd.argoproj.io/sync-options"]
    assert options == "Prune=false,Delete=false"


def test_a_chart_without_values_sends_none(application: Callable[..., dict[str, Any]]) -> None:
    made = application(releases=[HelmRelease(CHART, "web", {})])
    assert made["spec"]["sources"][0]["helm"] == {"releaseName": "web"}


def test_an_app_without_objects_of_ours_has_no_folder(application: Callable[..., dict[str, Any]]) -> None:
    made = application(path=None, releases=[HelmRelease(CHART, "web", {})])
    assert [source.get("path") for source in made["spec"]["sources"]] == [None]


def test_further_sources_come_before_our_folder(application: Callable[..., dict[str, Any]]) -> None:
    upstream = {"repoURL": "https://git.example/other.git", "targetRevision": "v1", "path": "manifests"}
    assert application(sources=[upstream])["spec"]["sources"] == [upstream, OWN]


def test_a_folder_may_be_synced_in_part(application: Callable[..., dict[str, Any]]) -> None:
    made = application(directory={"include": "A.*"})
    assert made["spec"]["sources"] == [{**OWN, "directory": {"include": "A.*"}}]


def test_ignored_differences_are_left_alone_by_syncs_too(application: Callable[..., dict[str, Any]]) -> None:
    spec = application(sync=Sync(ignore_differences=DIFFERENCES))["spec"]
    assert spec["ignoreDifferences"] == DIFFERENCES
    assert spec["syncPolicy"]["syncOptions"][-1] == "RespectIgnoreDifferences=true"


def test_compare_options_are_an_annotation(application: Callable[..., dict[str, Any]]) -> None:
    annotations = application(sync=Sync(compare_options="ServerSideDiff=false"))["metadata"]["annotations"]
    assert annotations["argocd.argoproj.io/compare-options"] == "ServerSideDiff=false"


def project(chart: ManifestChart, kinds: Sequence[KindRef]) -> None:
    AppProject(
        chart,
        "project",
        name="games-acme",
        description="Fleets of acme",
        source_repos=["https://git.example/b.git", "https://git.example/a.git", "https://git.example/a.git"],
        namespaces=["games-acme", "default", "games-acme"],
        kinds=kinds,
    )


def test_a_project_names_every_repository_namespace_and_kind_once_and_in_order(
    chart: ManifestChart, find: Find
) -> None:
    claim = KindRef("", "PersistentVolumeClaim", namespaced=True)
    fleet = KindRef("agones.dev", "Fleet", namespaced=True)
    role = KindRef("rbac.authorization.k8s.io", "ClusterRole", namespaced=False)
    project(chart, [fleet, role, claim, fleet])
    assert find("AppProject") == {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "AppProject",
        "metadata": {"name": "games-acme", "namespace": "argocd"},
        "spec": {
            "description": "Fleets of acme",
            "sourceRepos": ["https://git.example/a.git", "https://git.example/b.git"],
            "destinations": [
                {"server": IN_CLUSTER, "namespace": "default"},
                {"server": IN_CLUSTER, "namespace": "games-acme"},
            ],
            "clusterResourceWhitelist": [{"group": "rbac.authorization.k8s.io", "kind": "ClusterRole"}],
            "namespaceResourceWhitelist": [
                {"group": "", "kind": "PersistentVolumeClaim"},
                {"group": "agones.dev", "kind": "Fleet"},
            ],
        },
    }


def test_a_project_without_cluster_scoped_kinds_has_no_list_of_them(chart: ManifestChart, find: Find) -> None:
    project(chart, [KindRef("agones.dev", "Fleet", namespaced=True)])
    assert "clusterResourceWhitelist" not in find("AppProject")["spec"]
