"""Open Match 1.8.1 core: frontend, backend, query and the one synchronizer.

Its chart has been dead since 2024 and renders no config file by default, so the core is a construct of ours. It
reads two files: `default` says where everything is, `override` how it behaves and where the evaluator is.
"""

from dataclasses import dataclass
from typing import Any

import yaml
from cdk8s_plus_35 import k8s

from homeground import labels, matchmaking, valkey
from homeground.manifest import Component, Manifest, ManifestChart
from homeground.platform_pod import hardened, object_metadata, pod_template, probe, requirements
from homeground.traffic import pods
from homeground.versions import PINS
from homeground.workload import Workload

NONROOT = 65532
PART_OF = {"app.kubernetes.io/part-of": "open-match"}


@dataclass(frozen=True)
class Service:
    """One of the core's processes."""

    name: str
    grpc: int
    http: int
    workload: Workload
    singleton: bool = False

    @property
    def host(self) -> str:
        return f"open-match-{self.name}"


SERVICES = [
    Service("query", 50503, 51503, Workload("open-match-query", cpu=50, memory=96, limit=256)),
    Service("frontend", 50504, 51504, Workload("open-match-frontend", cpu=50, memory=64, limit=192)),
    Service("backend", 50505, 51505, Workload("open-match-backend", cpu=50, memory=64, limit=192)),
    Service("synchronizer", 50506, 51506, Workload("open-match-synchronizer", cpu=50, memory=64, limit=192), True),
]


@dataclass(frozen=True)
class Evaluator:
    """Where the evaluator of our matchmaking listens."""

    host: str = "functions.matchmaking.svc.cluster.local"
    grpc: int = 50508
    http: int = 51508


class OpenMatch(Component):
    """The core. `replicas` applies to all but the synchronizer, of which there is only ever one."""

    def __init__(
        self, scope: ManifestChart | Component, id: str, *, namespace: str, replicas: int, evaluator: Evaluator
    ) -> None:
        super().__init__(scope, id)
        self._config("default", default_config())
        self._config("override", override_config(evaluator))
        for service in SERVICES:
            self._deployment(service, 1 if service.singleton else replicas)
            self._service(service)
        self._network_policies(namespace)

    def _config(self, which: str, content: dict[str, Any]) -> None:
        text = yaml.safe_dump(content, sort_keys=False)
        k8s.KubeConfigMap(
            self,
            f"config-{which}",
            metadata=object_metadata(f"open-match-config-{which}", PART_OF),
            data={f"matchmaker_config_{which}.yaml": text},
        )

    def _service(self, service: Service) -> None:
        ports = [
            k8s.ServicePort(name=name, port=port, protocol="TCP", target_port=k8s.IntOrString.from_number(port))
            for name, port in (("grpc", service.grpc), ("http", service.http))
        ]
        # Headless: gRPC clients balance over the pods themselves.
        spec = k8s.ServiceSpec(type="ClusterIP", cluster_ip="None", selector=_selector(service), ports=ports)
        k8s.KubeService(
            self, f"{service.name}-service", metadata=object_metadata(service.host, _labels(service)), spec=spec
        )

    def _deployment(self, service: Service, replicas: int) -> None:
        volumes = [
            k8s.Volume(name=which, config_map=k8s.ConfigMapVolumeSource(name=f"open-match-config-{which}"))
            for which in ("default", "override")
        ]
        strategy = k8s.DeploymentStrategy(type="Recreate") if service.singleton else None
        k8s.KubeDeployment(
            self,
            service.name,
            metadata=object_metadata(service.host, _labels(service)),
            spec=k8s.DeploymentSpec(
                replicas=replicas,
                strategy=strategy,  # two synchronizers would give two cycles the same tickets
                selector=k8s.LabelSelector(match_labels=_selector(service)),
                template=pod_template(_labels(service), _container(service), user=NONROOT, volumes=volumes),
            ),
        )

    def _network_policies(self, namespace: str) -> None:
        """The platform's namespaces reach the core, it and our matchmaking reach Valkey; nothing else comes in."""
        platform = {"namespaceSelector": {"matchLabels": {labels.PLATFORM: "true"}}}
        core = {"podSelector": {"matchLabels": PART_OF}}
        ours = pods(matchmaking.PART_OF, matchmaking.NAMESPACE)
        ports = [{"protocol": "TCP", "port": port} for s in SERVICES for port in (s.grpc, s.http)]
        store = [{"protocol": "TCP", "port": valkey.PORT}]
        for name, selected, ingress in (
            ("default-deny", {}, None),
            ("core", {"matchLabels": PART_OF}, [{"from": [platform], "ports": ports}]),
            (
                "valkey",
                {"matchLabels": {"app.kubernetes.io/name": valkey.NAME}},
                [{"from": [core, ours], "ports": store}],
            ),
        ):
            spec: dict[str, Any] = {"podSelector": selected, "policyTypes": ["Ingress"]}
            body = {"spec": spec | ({"ingress": ingress} if ingress else {})}
            self.emit(Manifest("networking.k8s.io/v1", "NetworkPolicy", name, body, namespace, labels=PART_OF))


def _selector(service: Service) -> dict[str, str]:
    return {"app.kubernetes.io/name": service.host}


def _labels(service: Service) -> dict[str, str]:
    return {**_selector(service), **PART_OF}


def _container(service: Service) -> k8s.Container:
    return k8s.Container(
        name=service.name,
        image=f"gcr.io/open-match-public-images/openmatch-{service.name}:{PINS['open-match']}",
        image_pull_policy="IfNotPresent",
        ports=[
            k8s.ContainerPort(name="grpc", container_port=service.grpc, protocol="TCP"),
            k8s.ContainerPort(name="http", container_port=service.http, protocol="TCP"),
        ],
        resources=requirements(service.workload),
        security_context=hardened(),
        liveness_probe=probe("/healthz", service.http, delay=10),
        readiness_probe=probe("/healthz?readiness=true", service.http, delay=10),
        volume_mounts=[
            k8s.VolumeMount(name=which, mount_path=f"/app/config/{which}", read_only=True)
            for which in ("default", "override")
        ],
    )


def default_config() -> dict[str, Any]:
    """matchmaker_config_default.yaml. Ports are strings, as Open Match's own chart writes them."""
    api = {s.name: {"hostname": s.host, "grpcport": str(s.grpc), "httpport": str(s.http)} for s in SERVICES}
    return {
        "logging": {"level": "info", "format": "json", "rpc": False},
        "backoff": {
            "initialInterval": "100ms",
            "maxInterval": "500ms",
            "multiplier": 1.5,
            "randFactor": 0.5,
            "maxElapsedTime": "3000ms",
        },
        "api": api,
        "redis": {
            "hostname": valkey.NAME,
            "port": valkey.PORT,
            "usePassword": False,
            "pool": {"maxIdle": 200, "maxActive": 0, "idleTimeout": 0, "healthCheckTimeout": "300ms"},
        },
        "telemetry": {
            "reportingPeriod": "1m",
            "traceSamplingFraction": "0.01",
            "zpages": {"enable": "false"},
            "prometheus": {"enable": "true", "endpoint": "/metrics", "serviceDiscovery": "true"},
        },
    }


def override_config(evaluator: Evaluator) -> dict[str, Any]:
    """matchmaker_config_override.yaml: the intervals that bound a player's wait, and the evaluator."""
    return {
        "registrationInterval": "250ms",
        "proposalCollectionInterval": "20s",
        "pendingReleaseTimeout": "1m",
        "assignedDeleteTimeout": "10m",
        "queryPageSize": 10000,
        "backfillLockTimeout": "1m",
        "api": {
            "evaluator": {
                "hostname": evaluator.host,
                "grpcport": str(evaluator.grpc),
                "httpport": str(evaluator.http),
            }
        },
    }
