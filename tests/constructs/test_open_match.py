"""Open Match 1.8.1 core as its own chart would run it, and as it never renders: with both of its files."""

from collections.abc import Callable
from typing import Any

import pytest
import yaml

from homeground.manifest import ManifestChart
from homeground.open_match import Evaluator, OpenMatch

Find = Callable[..., dict[str, Any]]
PORTS = {
    "query": (50503, 51503),
    "frontend": (50504, 51504),
    "backend": (50505, 51505),
    "synchronizer": (50506, 51506),
}
PROBES = ["livenessProbe", "readinessProbe"]
every_service = pytest.mark.parametrize("service", PORTS)


@pytest.fixture(autouse=True)
def core(chart: ManifestChart) -> None:
    evaluator = Evaluator(host="evaluator.example", grpc=50508, http=51508)
    OpenMatch(chart, "core", namespace="open-match", replicas=2, evaluator=evaluator)


@pytest.fixture
def config(find: Find) -> Callable[[str], Any]:
    def config(which: str) -> Any:
        data = find("ConfigMap", f"open-match-config-{which}")["data"]
        assert list(data) == [f"matchmaker_config_{which}.yaml"]
        return yaml.safe_load(data[f"matchmaker_config_{which}.yaml"])

    return config


@pytest.fixture
def deployment(find: Find) -> Callable[[str], Any]:
    return lambda service: find("Deployment", f"open-match-{service}")["spec"]


def test_the_default_file_says_where_every_service_is(config: Callable[[str], Any]) -> None:
    expected = {
        name: {"hostname": f"open-match-{name}", "grpcport": str(grpc), "httpport": str(http)}
        for name, (grpc, http) in PORTS.items()
    }
    assert config("default")["api"] == expected


def test_the_default_file_finds_valkey_without_a_password(config: Callable[[str], Any]) -> None:
    redis = config("default")["redis"]
    assert (redis["hostname"], redis["port"], redis["usePassword"]) == ("valkey", 6379, False)
    assert set(redis["pool"]) == {"maxIdle", "maxActive", "idleTimeout", "healthCheckTimeout"}


def test_waiting_players_are_looked_up_ten_times_a_second(config: Callable[[str], Any]) -> None:
    assert config("default")["backoff"]["initialInterval"] == "100ms"


def test_the_override_file_has_the_intervals_and_the_evaluator(config: Callable[[str], Any]) -> None:
    assert config("override") == {
        "registrationInterval": "250ms",
        "proposalCollectionInterval": "20s",
        "pendingReleaseTimeout": "1m",
        "assignedDeleteTimeout": "10m",
        "queryPageSize": 10000,
        "backfillLockTimeout": "1m",
        "api": {"evaluator": {"hostname": "evaluator.example", "grpcport": "50508", "httpport": "51508"}},
    }


@every_service
def test_every_process_mounts_both_files_where_it_looks_for_them(
    deployment: Callable[[str], Any], service: str
) -> None:
    pod = deployment(service)["template"]["spec"]
    assert pod["volumes"] == [
        {"name": which, "configMap": {"name": f"open-match-config-{which}"}} for which in ("default", "override")
    ]
    assert pod["containers"][0]["volumeMounts"] == [
        {"name": which, "mountPath": f"/app/config/{which}", "readOnly": True} for which in ("default", "override")
    ]


@every_service
def test_every_service_is_headless_and_selects_its_own_pods(
    find: Find, deployment: Callable[[str], Any], service: str
) -> None:
    grpc, http = PORTS[service]
    pods = {"app.kubernetes.io/name": f"open-match-{service}"}
    assert find("Service", f"open-match-{service}")["spec"] == {
        "type": "ClusterIP",
        "clusterIP": "None",
        "selector": pods,
        "ports": [
            {"name": "grpc", "port": grpc, "protocol": "TCP", "targetPort": grpc},
            {"name": "http", "port": http, "protocol": "TCP", "targetPort": http},
        ],
    }
    spec = deployment(service)
    assert spec["selector"]["matchLabels"] == pods
    assert pods.items() <= spec["template"]["metadata"]["labels"].items()


@every_service
def test_pods_are_what_pod_security_calls_restricted(deployment: Callable[[str], Any], service: str) -> None:
    pod = deployment(service)["template"]["spec"]
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"] == {
        "runAsNonRoot": True,
        "runAsUser": 65532,
        "runAsGroup": 65532,
        "fsGroup": 65532,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    assert pod["containers"][0]["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "readOnlyRootFilesystem": True,
    }


@every_service
def test_pods_outlive_home(deployment: Callable[[str], Any], service: str) -> None:
    pod = deployment(service)["template"]["spec"]
    assert pod["nodeSelector"] == {"homeground.dev/always-on": "true"}
    toleration = {"key": "node-role.kubernetes.io/control-plane", "operator": "Exists", "effect": "NoSchedule"}
    assert pod["tolerations"] == [toleration]


@every_service
def test_each_runs_its_own_image_and_is_asked_for_its_health(deployment: Callable[[str], Any], service: str) -> None:
    (container,) = deployment(service)["template"]["spec"]["containers"]
    assert container["image"] == f"gcr.io/open-match-public-images/openmatch-{service}:1.8.1"
    http = PORTS[service][1]
    probes = [(container[probe]["httpGet"]["path"], container[probe]["httpGet"]["port"]) for probe in PROBES]
    assert probes == [("/healthz", http), ("/healthz?readiness=true", http)]
    assert set(container["resources"]["limits"]) == {"memory"}


def test_there_is_never_a_second_synchronizer(deployment: Callable[[str], Any]) -> None:
    assert deployment("synchronizer")["replicas"] == 1
    assert deployment("synchronizer")["strategy"] == {"type": "Recreate"}
    assert {deployment(name)["replicas"] for name in PORTS if name != "synchronizer"} == {2}


def test_only_the_platform_reaches_the_core_and_only_it_and_matchmaking_reach_valkey(find: Find) -> None:
    assert find("NetworkPolicy", "default-deny")["spec"] == {"podSelector": {}, "policyTypes": ["Ingress"]}
    core = {"app.kubernetes.io/part-of": "open-match"}
    platform = {"namespaceSelector": {"matchLabels": {"homeground.dev/platform": "true"}}}
    to_core = find("NetworkPolicy", "core")["spec"]
    assert to_core["podSelector"] == {"matchLabels": core}
    assert to_core["ingress"][0]["from"] == [platform]
    ports = [{"protocol": "TCP", "port": port} for pair in PORTS.values() for port in pair]
    assert to_core["ingress"][0]["ports"] == ports
    ours = {
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "matchmaking"}},
        "podSelector": {"matchLabels": {"app.kubernetes.io/part-of": "matchmaking"}},
    }
    assert find("NetworkPolicy", "valkey")["spec"] == {
        "podSelector": {"matchLabels": {"app.kubernetes.io/name": "valkey"}},
        "policyTypes": ["Ingress"],
        "ingress": [
            {"from": [{"podSelector": {"matchLabels": core}}, ours], "ports": [{"protocol": "TCP", "port": 6379}]}
        ],
    }
