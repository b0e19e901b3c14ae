"""What the weekly run on kind builds on, as far as it can be had without docker and the charts' repositories."""

import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from homeground.facts import load
from homeground.helm_chart import locked_chart
from homeground.platform import Platform
from tests.cluster.crds import LOADER
from tests.cluster.tools import tool
from tests.kind import charts, installation, machine, player, repository
from tests.program import ROOT

DIST = ROOT / "dist"
IMAGE = f"us-docker.pkg.dev/agones-images/examples/simple-game-server@sha256:{'0123456789abcdef' * 4}"
URL = "git://172.18.0.1/served"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that `python -m tests.kind.repository` fills."""
    folder = tmp_path_factory.mktemp("kind")
    flags = {"control-plane": "172.18.0.3", "worker": "172.18.0.2", "network": "172.18.0.0/16"}
    arguments = [f"--{name}={value}" for name, value in {**flags, "image": IMAGE, "url": URL}.items()]
    repository.main([str(folder), *arguments])
    return folder


def manifests(folder: Path) -> dict[str, Any]:
    """Every object below a folder, by its file's path there."""
    return {path.relative_to(folder).as_posix(): yaml.safe_load(path.read_text()) for path in folder.rglob("*.yaml")}


# --- facts and repository


def test_the_commit_is_what_the_program_renders_with_the_repository_s_address(made: Path) -> None:
    served = made / "served"
    listed = subprocess.run(["git", "ls-files"], cwd=served, capture_output=True, text=True, check=True).stdout
    head = subprocess.run(["git", "rev-parse", "main"], cwd=served, capture_output=True, text=True, check=True).stdout
    assert len(head.strip()) == 40
    assert set(listed.split()) == {f"dist/local/{name}" for name in manifests(served / "dist" / "local")}
    theirs, ours = manifests(served / "dist"), manifests(made / "dist")
    assert theirs.keys() == ours.keys()
    assert {name for name in ours if theirs[name] != ours[name]} == {
        name for name in ours if Path(name).name.startswith(("Application.", "AppProject."))
    }


def test_nothing_is_read_from_anywhere_but_here(made: Path) -> None:
    applications = [
        obj["spec"]
        for obj in manifests(made / "served" / "dist").values()
        if obj["kind"] in ("Application", "AppProject")
    ]
    read = {source["repoURL"] for spec in applications for source in spec.get("sources", ()) if "path" in source}
    assert read == {URL, "https://github.com/argoproj/argo-cd.git"}
    assert all(URL in spec["sourceRepos"] for spec in applications if "sourceRepos" in spec)


def test_it_is_the_desk_s_cluster_but_for_the_machine_and_metallb(made: Path) -> None:
    theirs, ours = manifests(made / "dist" / "local"), manifests(DIST / "local")
    assert ours.keys() <= theirs.keys()
    added = {name for name in theirs if name not in ours}
    assert {name for name in added if not name.startswith("loadbalancer/")} == {
        "argocd/Application.loadbalancer.k8s.yaml"
    }
    changed = {name for name in ours if theirs[name] != ours[name]}
    assert changed <= {
        "argocd/AppProject.platform.k8s.yaml",
        "games-lantern/Fleet.skirmish.k8s.yaml",
        *(f"matchmaking/{kind}.matchmaking.k8s.yaml" for kind in ("ConfigMap", "Deployment", "NetworkPolicy")),
        "network/GlobalNetworkPolicy.homeground.tenant-egress.k8s.yaml",
        "tenant-lantern/NetworkPolicy.players.k8s.yaml",
        "tenant-lantern/ResourceQuota.tenant.k8s.yaml",
    }


def test_the_game_server_is_one_that_can_be_pulled_and_listens_where_players_come(made: Path) -> None:
    fleet = manifests(made / "served" / "dist" / "local" / "games-lantern")["Fleet.skirmish.k8s.yaml"]
    template = fleet["spec"]["template"]["spec"]
    assert [port["containerPort"] for port in template["ports"]] == [repository.GAME_PORT]
    assert template["template"]["spec"]["containers"][0]["image"] == IMAGE


def test_kind_makes_the_nodes_that_the_facts_describe(made: Path) -> None:
    facts = load(made)
    platform = Platform.of(facts, facts.clusters[0])
    wanted = {node.name: platform.node_labels(node) for node in platform.cluster.nodes}
    configuration = machine.configuration()
    assert [node["role"] for node in configuration["nodes"]] == ["control-plane", "worker"]
    assert {f"homeground-{node['role']}": node["labels"] for node in configuration["nodes"]} == wanted
    network = platform.cluster.network
    own = {"disableDefaultCNI": True, "podSubnet": network.pods, "serviceSubnet": network.services}
    assert configuration["networking"] == own


# --- charts


@pytest.mark.parametrize("cluster", ["hybrid", "local"])
def test_every_chart_is_found_with_its_repository_version_and_values(cluster: str) -> None:
    found = list(charts.charts(DIST / cluster))
    named = {chart.source["chart"]: chart for chart in found}
    assert len(named) == len(found)
    assert {"agones", "cert-manager", "tigera-operator"} <= named.keys()
    for name, chart in named.items():
        locked = locked_chart(name)
        assert chart.source["targetRevision"] == locked.version
        oci = [f"oci://{locked.repository}/{name}"]
        assert chart.place == ([name, "--repo", locked.repository] if "://" in locked.repository else oci)
    assert named["agones"].namespace == "agones-system"


def a_chart(folder: Path, name: str, values: dict[str, Any]) -> charts.Chart:
    """A chart on disk under the name of one that charts.lock has, and a source that names it."""
    (folder / "templates").mkdir(parents=True)
    (folder / "Chart.yaml").write_text(f"apiVersion: v2\nname: {name}\nversion: {locked_chart(name).version}\n")
    (folder / "templates" / "all.yaml").write_text(
        "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: {{ .Values.name }}}\n---\n"
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: {{ .Release.Name }}}\n---\n"
        "apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: gone\n  annotations: {helm.sh/hook: pre-delete}\n"
    )
    source = {"chart": name, "repoURL": "", "targetRevision": locked_chart(name).version}
    return charts.Chart("network", "tigera-operator", source | {"helm": {"releaseName": "r", "valuesObject": values}})


@pytest.mark.cluster
def test_helm_renders_a_chart_with_our_values_and_namespace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chart = a_chart(tmp_path / "chart", "tigera-operator", {"name": "ours"})
    monkeypatch.setattr(charts.Chart, "place", property(lambda _: [str(tmp_path / "chart")]))
    rendered = {obj["kind"]: obj["metadata"] for obj in charts.render(chart)}
    assert rendered["ServiceAccount"] == {"name": "ours", "namespace": "tigera-operator"}
    assert rendered["ClusterRole"] == {"name": "r"}
    assert "Job" in rendered
    assert ("batch", "Job") not in charts.kinds(
        charts.render(chart, "--no-hooks")
    )  # it would remove what was just applied


def test_a_kind_too_many_and_one_too_few_in_charts_lock_are_both_told() -> None:
    locked = {(kind.group, kind.kind) for kind in locked_chart("metallb").kinds}
    assert charts.differences([("metallb", locked)]) == []
    some = locked - {("apps", "DaemonSet")}
    assert charts.differences([("metallb", some), ("metallb", locked)]) == []  # what one cluster's values leave out
    assert charts.differences([("metallb", some | {("batch", "Job")})]) == [
        "metallb: renders Job.batch, which charts.lock lacks",
        "metallb: renders no DaemonSet.apps, which charts.lock has",
    ]


# --- Argo CD's installation


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """Argo CD's published manifests with our patches, as Kustomize builds them."""
    folder = tmp_path_factory.mktemp("argocd")
    installation.write(DIST / "local", folder)
    command = [str(tool("kubectl")), "kustomize", str(folder)]
    built = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    return list(yaml.load_all(built, LOADER))


@pytest.mark.cluster
def test_our_patches_fit_argo_cd_s_published_manifests(installed: list[dict[str, Any]]) -> None:
    names = {(obj["kind"], obj["metadata"]["name"]) for obj in installed}
    ours = {("ConfigMap", name) for name in ("argocd-cm", "argocd-cmd-params-cm", "argocd-rbac-cm")}
    assert not ours & names
    assert len(names) == len(installed) > 50
    workloads = {o["metadata"]["name"]: o["spec"] for o in installed if o["kind"] in ("Deployment", "StatefulSet")}
    off = {name for name, spec in workloads.items() if spec.get("replicas") == 0}
    assert off == {f"argocd-{part}" for part in ("applicationset-controller", "dex-server", "notifications-controller")}
    for name, spec in workloads.items():
        pod = spec["template"]["spec"]
        assert pod["nodeSelector"]["homeground.dev/always-on"] == "true", name
        assert len(pod["containers"]) == 1, name  # a patch for a container of another name would have added one
        assert name in off or pod["containers"][0]["resources"]["limits"]["memory"], name


@pytest.mark.cluster
def test_all_of_argo_cd_goes_to_its_namespace(installed: list[dict[str, Any]]) -> None:
    kinds = {(kind.group, kind.kind): kind.namespaced for kind in locked_chart("argo-cd").kinds}
    for obj in installed:
        namespaced = kinds[obj["apiVersion"].rpartition("/")[0], obj["kind"]]
        assert obj["metadata"].get("namespace") == ("argocd" if namespaced else None), obj["metadata"]["name"]


# --- player


@contextmanager
def game_server(answer: bytes, *, lost: int = 0) -> Iterator[int]:
    """A UDP server on this machine that answers with `answer`, its `{}` replaced, after it has lost some packets."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        ended = threading.Event()

        def serve() -> None:
            left = lost
            while not ended.is_set():
                packet, sender = server.recvfrom(1500)
                if packet and left == 0:
                    server.sendto(answer.replace(b"{}", packet), sender)
                left = max(0, left - 1)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            ended.set()
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
                last.sendto(b"", server.getsockname())
            thread.join()


@pytest.mark.parametrize("lost", [0, 2])
def test_a_player_hears_the_answer_even_if_packets_are_lost(lost: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(player, "SECONDS_OF_A_PACKET", 0.05)
    with game_server(b"ACK: {}\n", lost=lost) as port:
        assert player.play("127.0.0.1", port).startswith("ACK: ")


def test_another_word_than_the_player_s_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(player, "SECONDS_OF_A_PACKET", 0.05)
    with game_server(b"hello\n") as port, pytest.raises(TimeoutError, match="to answer a UDP packet"):
        player.play("127.0.0.1", port, seconds=0.3)


# --- scripts


@pytest.mark.parametrize("script", sorted(Path(__file__).parent.glob("*.sh")), ids=lambda path: path.name)
def test_a_script_calls_only_what_there_is(script: Path) -> None:
    """Modules and files of ours that the scripts name exist."""
    text = script.read_text()
    modules = {word.strip('")') for word in text.split() if word.startswith("tests.kind.")}
    assert modules
    assert [name for name in modules if not (ROOT / f"{name.replace('.', '/')}.py").exists()] == []
    made = [
        word.partition("$dist/")[2].rstrip('"') for word in text.split() if "$dist/" in word and "$name" not in word
    ]
    assert [name for name in made if not (DIST / "local" / name).exists()] == []
