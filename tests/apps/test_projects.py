"""Projects allow what their apps make, and not one kind, namespace or repository more."""

import json
from fnmatch import fnmatch
from typing import Any

from apps.argocd import OF_TENANTS
from homeground.helm_chart import LOCK

Kinds = set[tuple[str, str]]
LISTS = ("clusterResourceWhitelist", "namespaceResourceWhitelist")
TENANTS = "games-*"
"""A tenant that left games/ is deleted by Argo CD, which needs its namespace to be allowed until then."""
ALSO = {"hybrid": {"kube-system", "kube-node-lease"}, "local": {"kube-system"}}
"""Agones' chart binds a role in kube-system, to read the API server's client CA; failover's has join tokens there, and
nodes' heartbeats in kube-node-lease."""


def members(cluster: Any, project: str) -> dict[str, Any]:
    return {name: a for name, a in cluster.applications.items() if a["spec"]["project"] == project}


def rendered(cluster: Any, project: str, *, namespaced: bool) -> Kinds:
    """Kinds in the folders of a project's apps, by whether their objects have a namespace."""
    return {
        (o["apiVersion"].rpartition("/")[0], o["kind"])
        for name in members(cluster, project)
        for o in cluster.apps.get(name, [])
        if bool(o["metadata"].get("namespace")) is namespaced
    }


def charted(cluster: Any, project: str, *, namespaced: bool) -> Kinds:
    """Kinds that charts.lock names for the charts of a project's apps."""
    charts = json.loads(LOCK.read_text())["charts"].values()
    by_source = {(chart["repository"], chart["chart"]): chart["kinds"] for chart in charts}
    found: Kinds = set()
    for application in members(cluster, project).values():
        for source in application["spec"]["sources"]:
            kinds = by_source.get((source["repoURL"], source.get("chart") or source["path"]), [])
            found |= {(kind["group"], kind["kind"]) for kind in kinds if kind["namespaced"] is namespaced}
    return found


def allowed(project: Any, whitelist: str) -> Kinds:
    return {(entry["group"], entry["kind"]) for entry in project["spec"].get(whitelist, [])}


def test_a_project_allows_exactly_the_kinds_that_its_apps_render_and_their_charts_make(cluster: Any) -> None:
    for name, project in cluster.projects.items():
        for whitelist, namespaced in zip(LISTS, (False, True), strict=True):
            expected = rendered(cluster, name, namespaced=namespaced) | charted(cluster, name, namespaced=namespaced)
            if name == "platform":  # of tenants that have left, too
                expected |= {(kind.group, kind.kind) for kind in OF_TENANTS if kind.namespaced is namespaced}
            assert allowed(project, whitelist) == expected, (name, whitelist)


def test_a_project_reads_exactly_the_repositories_of_its_apps(cluster: Any) -> None:
    for name, project in cluster.projects.items():
        sources = [s["repoURL"] for a in members(cluster, name).values() for s in a["spec"]["sources"]]
        assert project["spec"]["sourceRepos"] == sorted(set(sources))


def test_a_project_writes_exactly_to_the_namespaces_of_its_apps(cluster: Any) -> None:
    for name, project in cluster.projects.items():
        expected = {a["spec"]["destination"]["namespace"] for a in members(cluster, name).values()}
        if name == "platform":
            expected = {each for each in expected if not each.startswith("games-")} | {TENANTS}
            expected |= ALSO[cluster.folder.name]
        destinations = project["spec"]["destinations"]
        assert {destination["namespace"] for destination in destinations} == expected
        assert {destination["server"] for destination in destinations} == {"https://kubernetes.default.svc"}


def test_every_object_lies_in_a_namespace_that_its_project_allows(cluster: Any) -> None:
    for name, application in cluster.applications.items():
        project = cluster.projects[application["spec"]["project"]]
        namespaces = {destination["namespace"] for destination in project["spec"]["destinations"]}
        for manifest in cluster.apps.get(name, []):
            namespace = manifest["metadata"].get("namespace")
            assert namespace is None or any(fnmatch(namespace, allowed) for allowed in namespaces)


def test_what_tenants_have_is_what_their_apps_render(hybrid: Any) -> None:
    apps = [manifests for name, manifests in hybrid.apps.items() if name.startswith("tenant-")]
    kinds = {(o["apiVersion"].rpartition("/")[0], o["kind"]) for manifests in apps for o in manifests}
    assert {(kind.group, kind.kind) for kind in OF_TENANTS} == kinds


def test_nothing_is_allowed_by_a_wildcard_but_the_tenants_namespaces_to_the_platform(cluster: Any) -> None:
    for name, project in cluster.projects.items():
        text = json.dumps(project["spec"])
        assert "*" not in (text.replace(f'"{TENANTS}"', "") if name == "platform" else text)


def test_every_application_is_in_a_project_that_exists(cluster: Any) -> None:
    projects = {a["spec"]["project"] for a in cluster.applications.values()}
    assert projects == set(cluster.projects)


def test_a_tenants_project_has_no_cluster_scoped_kinds_and_only_its_own_namespace(hybrid: Any) -> None:
    tenants = {name: project for name, project in hybrid.projects.items() if name != "platform"}
    assert set(tenants) == {"games-lantern", "games-mizuame"}
    for name, project in tenants.items():
        assert "clusterResourceWhitelist" not in project["spec"]
        assert [destination["namespace"] for destination in project["spec"]["destinations"]] == [name]
        assert set(members(hybrid, name)) == {name}


def test_a_tenants_project_allows_fleets_autoscalers_and_claims_at_most(hybrid: Any) -> None:
    most = {
        ("", "PersistentVolumeClaim"),
        ("agones.dev", "Fleet"),
        ("autoscaling.agones.dev", "FleetAutoscaler"),
    }
    for name in ("games-lantern", "games-mizuame"):
        assert allowed(hybrid.projects[name], "namespaceResourceWhitelist") <= most


def test_a_tenant_may_look_at_and_sync_its_own_games_only(hybrid: Any) -> None:
    (rbac,) = (o for o in hybrid.apps["argocd"] if o["metadata"]["name"] == "argocd-rbac-cm")
    assert rbac["data"]["policy.default"] == ""
    assert rbac["data"]["policy.csv"].splitlines() == [
        "g, homeground:platform, role:admin",
        "p, role:lantern, applications, get, games-lantern/games-lantern, allow",
        "p, role:lantern, applications, sync, games-lantern/games-lantern, allow",
        "p, role:lantern, logs, get, games-lantern/games-lantern, allow",
        "g, homeground:lantern, role:lantern",
        "p, role:mizuame, applications, get, games-mizuame/games-mizuame, allow",
        "p, role:mizuame, applications, sync, games-mizuame/games-mizuame, allow",
        "p, role:mizuame, logs, get, games-mizuame/games-mizuame, allow",
        "g, homeground:mizuame, role:mizuame",
    ]
