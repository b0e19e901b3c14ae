"""Argo CD's own settings and the patches to its published manifests."""

from pathlib import Path
from typing import Any

import pytest
import yaml

HEALTH = Path(__file__).parents[3] / "apps" / "argocd" / "health"
PREFIX = "resource.customizations.health."
CONFIG_MAPS = ["argocd-cm", "argocd-cmd-params-cm", "argocd-rbac-cm"]
RUNNING = {
    "argocd-application-controller": ("StatefulSet", "argocd-application-controller"),
    "argocd-repo-server": ("Deployment", "argocd-repo-server"),
    "argocd-server": ("Deployment", "argocd-server"),
    "argocd-redis": ("Deployment", "redis"),
}
"""Workloads that run, with their kind and container (manifests/cluster-install at v3.5.7)."""

UNUSED = {"argocd-applicationset-controller", "argocd-dex-server", "argocd-notifications-controller"}


def config_map(cluster: Any, name: str) -> Any:
    (found,) = (o for o in cluster.apps["argocd"] if o["metadata"]["name"] == name and o["kind"] == "ConfigMap")
    return found


def patches(cluster: Any) -> list[Any]:
    """Each patch as (target, body)."""
    source = cluster.applications["argocd"]["spec"]["sources"][0]
    assert source["repoURL"] == "https://github.com/argoproj/argo-cd.git"
    return [(patch["target"], yaml.safe_load(patch["patch"])) for patch in source["kustomize"]["patches"]]


def body_of(cluster: Any, name: str) -> Any:
    (body,) = (body for target, body in patches(cluster) if target.get("name") == name)
    return body


def test_every_health_script_is_in_argocd_cm_byte_for_byte_and_nothing_else_is(cluster: Any) -> None:
    scripts = {f"{s.parts[-3]}_{s.parts[-2]}": s.read_bytes() for s in HEALTH.glob("*/*/health.lua")}
    assert {"agones.dev_Fleet", "agones.dev_GameServer", "autoscaling.agones.dev_FleetAutoscaler"} < set(scripts)
    data = config_map(cluster, "argocd-cm")["data"]
    found = {key.removeprefix(PREFIX): text.encode() for key, text in data.items() if key.startswith(PREFIX)}
    assert found == scripts


def test_health_scripts_are_read_line_by_line_in_a_pull_request(cluster: Any) -> None:
    text = (cluster.folder / "argocd" / "ConfigMap.argocd-cm.k8s.yaml").read_text()
    assert f"  {PREFIX}agones.dev_Fleet: |\n" in text


@pytest.mark.parametrize("name", CONFIG_MAPS)
def test_argo_cd_sees_its_config_maps_by_their_labels(cluster: Any, name: str) -> None:
    labels = config_map(cluster, name)["metadata"]["labels"]
    assert labels == {"app.kubernetes.io/name": name, "app.kubernetes.io/part-of": "argocd"}


@pytest.mark.parametrize("name", CONFIG_MAPS)
def test_every_setting_is_text(cluster: Any, name: str) -> None:
    assert {type(value) for value in config_map(cluster, name)["data"].values()} == {str}


def test_a_sync_ends_after_ten_minutes_so_that_a_revert_gets_its_turn(cluster: Any) -> None:
    assert config_map(cluster, "argocd-cmd-params-cm")["data"]["controller.sync.timeout.seconds"] == "600"


def test_excluded_kinds_are_a_list_that_argo_cd_reads(cluster: Any) -> None:
    excluded = yaml.safe_load(config_map(cluster, "argocd-cm")["data"]["resource.exclusions"])
    assert all(set(entry) == {"apiGroups", "kinds", "clusters"} for entry in excluded)
    assert ["coordination.k8s.io"] in [entry["apiGroups"] for entry in excluded]


@pytest.mark.parametrize("name", CONFIG_MAPS)
def test_our_config_maps_are_taken_out_of_the_published_manifests(cluster: Any, name: str) -> None:
    assert body_of(cluster, name) == {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name},
        "$patch": "delete",
    }


@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet"])
def test_everything_of_argo_cd_outlives_home(cluster: Any, kind: str) -> None:
    everyone = {"group": "apps", "version": "v1", "kind": kind}
    (body,) = (body for target, body in patches(cluster) if target == everyone)
    toleration = {"key": "node-role.kubernetes.io/control-plane", "operator": "Exists", "effect": "NoSchedule"}
    assert body["spec"]["template"]["spec"] == {
        "nodeSelector": {"homeground.dev/always-on": "true"},
        "tolerations": [toleration],
    }


@pytest.mark.parametrize("name", RUNNING)
def test_every_running_part_is_sized_by_the_name_of_its_container(cluster: Any, name: str) -> None:
    body = body_of(cluster, name)
    kind, container = RUNNING[name]
    assert (body["kind"], body["metadata"]["name"]) == (kind, name)
    (sized,) = body["spec"]["template"]["spec"]["containers"]
    assert sized["name"] == container
    assert set(sized["resources"]) == {"requests", "limits"}


@pytest.mark.parametrize("name", sorted(UNUSED))
def test_parts_without_use_stay_installed_at_zero(cluster: Any, name: str) -> None:
    assert body_of(cluster, name)["spec"] == {"replicas": 0}


def test_a_patch_that_matches_nothing_is_no_error_because_each_has_a_target(cluster: Any) -> None:
    for target, body in patches(cluster):
        assert target["kind"] == body["kind"]
        assert target["version"] == body["apiVersion"].rpartition("/")[2]
