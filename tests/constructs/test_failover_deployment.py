"""The operator's Deployment: hardened, apart, on machines that survive, with the secrets that it needs."""

from collections.abc import Callable
from typing import Any

import homeground  # noqa: F401 - before cdk8s: it names the Node that cdk8s starts

# isort: split

import cdk8s
import pytest
import yaml

from homeground.failover import deployment
from homeground.failover.deployment import Operator
from homeground.manifest import ManifestChart
from homeground.platform import Platform

Find = Callable[..., dict[str, Any]]
Build = Callable[..., Platform]
NODE: dict[str, Any] = {"hardware": "a machine", "cpu": 4, "memory": "16Gi", "disk": "100Gi"}
MASTER = {
    **NODE,
    "name": "master",
    "site": "cloud",
    "roles": ["control-plane"],
    "address": "10.10.0.2",
    "alwaysOn": True,
}
SECOND = {**MASTER, "name": "second", "address": "10.10.0.3"}
RUNNER = {**NODE, "name": "runner", "site": "home", "roles": ["runner"], "address": "10.240.0.2"}
KNOWN = {**RUNNER, "redfish": {"url": "https://10.240.0.140"}}


@pytest.fixture
def build(chart: ManifestChart, make_hybrid: Callable[..., Platform]) -> Build:
    """Put the operator into `chart`; the cluster that it is for."""

    def build(*nodes: dict[str, Any]) -> Platform:
        platform = make_hybrid(nodes=list(nodes) or [MASTER, RUNNER])
        cloud = platform.cluster.temporary_nodes
        assert cloud is not None
        Operator(chart, "operator", platform=platform, cloud=cloud)
        return platform

    return build


@pytest.fixture
def pod(find: Find) -> Callable[[], Any]:
    return lambda: find("Deployment")["spec"]["template"]["spec"]


def test_its_container_may_do_nothing_that_a_container_need_not(build: Build, pod: Callable[[], Any]) -> None:
    build()
    (container,) = pod()["containers"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "readOnlyRootFilesystem": True,
    }
    assert pod()["securityContext"] == {
        "runAsNonRoot": True,
        "runAsUser": 65532,
        "runAsGroup": 65532,
        "fsGroup": 65532,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    assert all(mount["readOnly"] for mount in container["volumeMounts"])


def test_it_speaks_to_the_api_server_with_an_account_of_its_own(build: Build, pod: Callable[[], Any]) -> None:
    build()
    assert (pod()["serviceAccountName"], pod()["automountServiceAccountToken"]) == ("failover", True)


@pytest.mark.parametrize(("nodes", "replicas"), [((MASTER, RUNNER), 1), ((MASTER, SECOND, RUNNER), 2)])
def test_there_are_two_where_there_are_two_machines_for_them(
    build: Build, find: Find, pod: Callable[[], Any], nodes: tuple[dict[str, Any], ...], replicas: int
) -> None:
    build(*nodes)
    spec = find("Deployment")["spec"]
    assert spec["replicas"] == replicas
    (term,) = pod()["affinity"]["podAntiAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    assert term["topologyKey"] == "kubernetes.io/hostname"
    assert term["labelSelector"]["matchLabels"] == spec["selector"]["matchLabels"]
    # With both machines taken a surge would wait for ever.
    assert spec["strategy"]["rollingUpdate"] == {"maxSurge": 0, "maxUnavailable": 1}


def test_it_runs_where_home_s_loss_does_not_reach_it(build: Build, pod: Callable[[], Any]) -> None:
    build()
    assert pod()["nodeSelector"] == {"homeground.dev/always-on": "true"}
    assert [toleration["key"] for toleration in pod()["tolerations"]] == ["node-role.kubernetes.io/control-plane"]


def test_a_drain_takes_one_of_it_at_a_time(build: Build, find: Find) -> None:
    build()
    budget = find("PodDisruptionBudget")["spec"]
    assert budget["maxUnavailable"] == 1
    assert budget["selector"] == find("Deployment")["spec"]["selector"]


def test_it_is_asked_whether_it_lives_and_whether_it_is_ready(build: Build, pod: Callable[[], Any]) -> None:
    build()
    (container,) = pod()["containers"]
    probes = [container[f"{name}Probe"]["httpGet"] for name in ("liveness", "readiness")]
    assert [(probe["path"], probe["port"]) for probe in probes] == [("/livez", 8080), ("/readyz", 8080)]
    assert [port["containerPort"] for port in container["ports"]] == [8080]


def mounted(pod: Any) -> dict[str, tuple[str, Any]]:
    """Folder and source of each volume."""
    (container,) = pod["containers"]
    folders = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
    sources = {volume["name"]: volume for volume in pod["volumes"]}
    assert folders.keys() == sources.keys()
    return {name: (folders[name], sources[name]) for name in folders}


def test_its_key_is_read_by_its_group_alone(build: Build, find: Find, pod: Callable[[], Any]) -> None:
    platform = build()
    folder, source = mounted(pod())["token-key"]
    (key,) = deployment.secrets(platform)
    assert source["secret"] == {"secretName": key.name, "defaultMode": 0o440}
    settings = yaml.safe_load(find("ConfigMap")["data"]["settings.yaml"])
    assert settings["gce"]["tokenKeyFile"] == f"{folder}/{key.keys[0]}"


def test_its_settings_are_where_it_is_told_to_read_them(build: Build, find: Find, pod: Callable[[], Any]) -> None:
    build()
    folder, source = mounted(pod())["config"]
    (container,) = pod()["containers"]
    assert source["configMap"]["name"] == find("ConfigMap")["metadata"]["name"]
    assert container["args"] == ["run", f"--settings={folder}/settings.yaml"]
    credentials = next(each for each in container["env"] if each["name"] == "GOOGLE_APPLICATION_CREDENTIALS")
    assert credentials["value"] == f"{folder}/google-credentials.json"
    assert set(find("ConfigMap")["data"]) == {"settings.yaml", "google-credentials.json"}


def test_its_token_for_the_cloud_is_for_that_cloud_alone(build: Build, pod: Callable[[], Any]) -> None:
    build()
    _, source = mounted(pod())["google"]
    (projection,) = source["projected"]["sources"]
    assert projection["serviceAccountToken"]["audience"].startswith("https://iam.googleapis.com/projects/1/")


def test_only_a_cluster_with_management_controllers_needs_their_account(build: Build, pod: Callable[[], Any]) -> None:
    assert [secret.name for secret in deployment.secrets(build(MASTER, KNOWN))] == [
        "failover-token-key",
        "failover-redfish",
    ]
    folder, source = mounted(pod())["redfish"]
    assert (folder, source["secret"]["secretName"]) == ("/var/run/secrets/homeground.dev/redfish", "failover-redfish")


def test_changed_settings_are_read_because_they_make_new_pods(make_hybrid: Callable[..., Platform]) -> None:
    def hashed(**temporary: Any) -> str:
        platform = make_hybrid(temporary=temporary)
        chart = ManifestChart(cdk8s.App(outdir="unused"), "app", namespace="failover")
        cloud = platform.cluster.temporary_nodes
        assert cloud is not None
        Operator(chart, "operator", platform=platform, cloud=cloud)
        (made,) = (each for each in chart.to_json() if each["kind"] == "Deployment")
        return str(made["spec"]["template"]["metadata"]["annotations"]["homeground.dev/config-hash"])

    assert hashed() == hashed()
    assert hashed() != hashed(maxMachines=4)
