"""Argo CD's Applications against what was rendered for them."""

import json
from fnmatch import fnmatchcase
from typing import Any

import pytest

from homeground.helm_chart import LOCK

OURS = "https://github.com/homeground-dev/homeground.git"
KEPT = {"root", "network", "argocd"}
"""What everything stands on, Argo CD included."""

FLEET_KINDS = {"Fleet", "FleetAutoscaler"}


def own_sources(application: Any) -> list[Any]:
    return [source for source in application["spec"]["sources"] if source["repoURL"] == OURS]


def test_every_application_points_at_a_folder_that_exists(cluster: Any) -> None:
    name = cluster.folder.name
    for application in cluster.applications.values():
        for source in own_sources(application):
            assert source["targetRevision"] == "main"
            assert source["path"].startswith(f"dist/{name}/")
            assert source["path"].removeprefix(f"dist/{name}/") in cluster.apps


def test_every_folder_has_exactly_one_application_of_its_name(cluster: Any) -> None:
    folders = {
        name: [source["path"].rpartition("/")[2] for source in own_sources(application)]
        for name, application in cluster.applications.items()
    }
    assert folders.pop("root") == ["argocd"]  # shared by globs, below
    assert folders == {name: [name] for name in cluster.apps}


def test_the_globs_of_root_and_argocd_part_their_folder_in_two(cluster: Any) -> None:
    root, argocd = cluster.applications["root"], cluster.applications["argocd"]
    include = own_sources(root)[0]["directory"]["include"]
    exclude = own_sources(argocd)[0]["directory"]["exclude"]
    files = sorted(path.name for path in (cluster.folder / "argocd").iterdir())
    of_root = {file for file in files if matches(file, include)}
    of_argocd = {file for file in files if not matches(file, exclude)}
    assert of_root | of_argocd == set(files)
    assert not of_root & of_argocd
    assert {file.partition(".")[0] for file in of_root} == {"Application", "AppProject"}
    assert {file.partition(".")[0] for file in of_argocd} == {"ConfigMap", "Namespace"}


def matches(file: str, pattern: str) -> bool:
    """Argo CD's globs, as far as these go: one group of alternatives."""
    assert pattern.startswith("{")
    assert pattern.count("{") == 1
    alternatives, rest = pattern[1:].split("}")
    return any(fnmatchcase(file, alternative + rest) for alternative in alternatives.split(","))


def test_what_we_stand_on_is_neither_pruned_nor_deleted(cluster: Any) -> None:
    for name in KEPT:
        application = cluster.applications[name]
        assert application["spec"]["syncPolicy"]["automated"]["prune"] is False
        assert "finalizers" not in application["metadata"]
        options = application["metadata"]["annotations"]["argocd.argoproj.io/sync-options"]
        assert options == "Prune=false,Delete=false"


def test_everything_else_is_pruned_and_goes_with_its_application(cluster: Any) -> None:
    children = {name: a for name, a in cluster.applications.items() if name not in KEPT}
    assert children
    for application in children.values():
        assert application["spec"]["syncPolicy"]["automated"]["prune"] is True
        assert application["metadata"]["finalizers"] == ["resources-finalizer.argocd.argoproj.io"]


def test_every_application_heals_itself_keeps_trying_and_applies_on_the_server(cluster: Any) -> None:
    for application in cluster.applications.values():
        policy = application["spec"]["syncPolicy"]
        assert policy["automated"]["selfHeal"] is True
        assert policy["retry"]["limit"] == 10
        assert "ServerSideApply=true" in policy["syncOptions"]
        assert "CreateNamespace=true" not in policy["syncOptions"]


def test_applications_do_not_wait_for_each_other(cluster: Any) -> None:
    for application in cluster.applications.values():
        assert "argocd.argoproj.io/sync-wave" not in application["metadata"]["annotations"]


def test_fleets_are_in_apps_of_their_own_without_waves_hooks_or_prune_last(cluster: Any) -> None:
    apps = {name: objects for name, objects in cluster.apps.items() if FLEET_KINDS & {o["kind"] for o in objects}}
    assert apps
    assert all(name.startswith("games-") for name in apps)
    for name, objects in apps.items():
        assert {o["kind"] for o in objects} <= FLEET_KINDS | {"PersistentVolumeClaim"}
        for manifest in objects:
            keys = manifest["metadata"].get("annotations", {})
            assert not [key for key in keys if key.startswith("argocd.argoproj.io/")]
        assert "PruneLast" not in json.dumps(cluster.applications[name])


def test_every_chart_is_at_the_version_and_in_the_repository_of_the_lock(cluster: Any) -> None:
    lock = json.loads(LOCK.read_text())["charts"].values()
    locked = {(chart["repository"], chart["chart"], chart["version"]) for chart in lock}
    sources = [source for a in cluster.applications.values() for source in a["spec"]["sources"]]
    foreign = [source for source in sources if source["repoURL"] != OURS]
    assert foreign
    for source in foreign:
        chart = source.get("chart") or source["path"]
        assert (source["repoURL"], chart, source["targetRevision"]) in locked


def test_a_namespace_that_an_app_syncs_to_is_made_by_it_or_by_its_tenant(cluster: Any) -> None:
    made = {o["metadata"]["name"]: app for app, objects in cluster.apps.items() for o in objects if is_namespace(o)}
    for name, application in cluster.applications.items():
        if any("metadata" in o and o["metadata"].get("namespace") for o in cluster.apps.get(name, [])):
            namespace = application["spec"]["destination"]["namespace"]
            assert made[namespace] in (name, name.replace("games-", "tenant-"))


def is_namespace(manifest: Any) -> bool:
    return bool(manifest["kind"] == "Namespace")


@pytest.mark.parametrize("kind", ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration", "APIService"])
def test_what_cert_manager_writes_into_agones_webhooks_is_no_difference(hybrid: Any, kind: str) -> None:
    spec = hybrid.applications["agones"]["spec"]
    assert kind in {difference["kind"] for difference in spec["ignoreDifferences"]}
    assert "RespectIgnoreDifferences=true" in spec["syncPolicy"]["syncOptions"]
