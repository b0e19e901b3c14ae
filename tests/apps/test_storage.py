"""Drivers of game files: only those in use, without the classes and Secrets of their charts."""

from typing import Any

import yaml

from apps.storage import MOUNTPOINT, MOUNTPOINT_VALUES

ALWAYS_ON = {"homeground.dev/always-on": "true"}
TOLERATIONS = [{"key": "node-role.kubernetes.io/control-plane", "operator": "Exists", "effect": "NoSchedule"}]


def only(cluster: Any, app: str, kind: str) -> Any:
    (found,) = (o for o in cluster.apps[app] if o["kind"] == kind)
    return found


def test_csi_s3_makes_no_class_and_no_secret(hybrid: Any) -> None:
    assert hybrid.values("csi-s3") == {
        "storageClass": {"create": False},
        "secret": {"create": False},
        "tolerations": {"all": True, "controller": TOLERATIONS},
        "nodeSelector": ALWAYS_ON,
    }


def test_only_the_drivers_that_a_game_uses_are_installed(hybrid: Any) -> None:
    charts = [source.get("chart") for source in hybrid.applications["storage"]["spec"]["sources"]]
    assert charts == ["csi-s3", None]


def test_mountpoints_three_containers_ask_for_what_the_fit_check_counts() -> None:
    node: Any = MOUNTPOINT_VALUES["node"]  # its resources go to s3-plugin and to both sidecars
    assert node["resources"]["requests"] == {"cpu": "10m", "memory": "40Mi"}
    assert (MOUNTPOINT.cpu, MOUNTPOINT.memory) == (3 * 10, 3 * 40)


def test_valkeys_disk_is_on_the_machine_that_is_always_on(hybrid: Any) -> None:
    volume = only(hybrid, "open-match", "PersistentVolume")["spec"]
    (term,) = volume["nodeAffinity"]["required"]["nodeSelectorTerms"]
    assert term["matchExpressions"][0]["values"] == ["k8s-master-1"]


def test_a_tenants_files_are_a_volume_of_the_platforms_and_a_claim_of_the_games(hybrid: Any) -> None:
    volume = only(hybrid, "tenant-mizuame", "PersistentVolume")
    claim = only(hybrid, "games-mizuame", "PersistentVolumeClaim")
    assert volume["metadata"]["name"] == "games-mizuame-domination-files-8c2b1f0d5e7a"
    assert claim["spec"]["volumeName"] == volume["metadata"]["name"]
    revision = "8c2b1f0d5e7a49c3b6f1e2d3c4b5a69788776655443322110f1e2d3c4b5a6978"
    assert volume["spec"]["csi"]["volumeHandle"] == f"k8s/domination/{revision}"


def test_a_game_on_mountpoint_brings_its_chart_and_the_namespace_of_its_pods(facts: Any) -> None:
    facts.replace("games/domination.yaml", "backend: csi-s3", "backend: mountpoint-s3")
    files = facts.rendered()
    application = yaml.safe_load(files["hybrid/argocd/Application.storage.k8s.yaml"])
    charts = [source.get("chart") for source in application["spec"]["sources"]]
    assert charts == ["aws-mountpoint-s3-csi-driver", None]
    project = yaml.safe_load(files["hybrid/argocd/AppProject.platform.k8s.yaml"])
    assert "mount-s3" in {destination["namespace"] for destination in project["spec"]["destinations"]}
    (volume,) = (yaml.safe_load(text) for path, text in files.items() if "/PersistentVolume.games-" in path)
    assert volume["spec"]["csi"]["driver"] == "s3.csi.aws.com"
