"""The operator's Deployment, its configuration, and how many of it may be away at once."""

import json
from collections.abc import Sequence

import yaml
from cdk8s_plus_35 import k8s

from homeground.failover import LABELS, METRICS_PORT, NAME, NAMESPACE, settings
from homeground.manifest import Component, ManifestChart
from homeground.platform import Platform
from homeground.platform_pod import (
    apart,
    config_hash,
    hardened,
    object_metadata,
    one_away,
    one_by_one,
    pod_template,
    probe,
    requirements,
    secret_volume,
)
from homeground.secret import SecretRef
from homeground.versions import PINS
from homeground.workload import Workload
from schemas.cluster import TemporaryNodes

WORKLOAD = Workload(NAME, cpu=50, memory=128, limit=384)
IMAGE = f"ghcr.io/homeground-dev/failover:{PINS['failover']}"
USER = 65532

TOKEN_KEY = SecretRef("failover-token-key", NAMESPACE, ("token-key",))
"""Join tokens are derived from it: `openssl rand -hex 32`. Every replica has the same one."""

REDFISH = SecretRef("failover-redfish", NAMESPACE, ("credentials.json", "ca.crt"))
"""An account of the machines' management controllers that may read, and whom to believe their certificates; on
clusters that name one."""

FOLDER, SETTINGS, CREDENTIALS = "/etc/failover", "settings.yaml", "google-credentials.json"


def secrets(platform: Platform) -> list[SecretRef]:
    """What must be sealed for it."""
    return [TOKEN_KEY, *([REDFISH] if any(node.redfish for node in platform.cluster.nodes) else [])]


class Operator(Component):
    """As many replicas as there are always-on nodes, two at most: one acts, and none is needed for safety."""

    def __init__(self, scope: ManifestChart | Component, id: str, *, platform: Platform, cloud: TemporaryNodes) -> None:
        super().__init__(scope, id)
        self.platform, self.cloud = platform, cloud
        data = self._config()
        k8s.KubeConfigMap(self, "config", metadata=object_metadata(NAME, LABELS), data=data)
        selector = k8s.LabelSelector(match_labels=LABELS)
        k8s.KubePodDisruptionBudget(
            self,
            "budget",
            metadata=object_metadata(NAME, LABELS),
            spec=one_away(selector),
        )
        k8s.KubeDeployment(
            self,
            "deployment",
            metadata=object_metadata(NAME, LABELS),
            spec=k8s.DeploymentSpec(
                replicas=platform.replicas,
                strategy=one_by_one(),
                selector=selector,
                template=pod_template(
                    LABELS,
                    self._container(),
                    user=USER,
                    volumes=self._volumes(),
                    account=NAME,
                    affinity=apart(LABELS),
                    annotations=config_hash(data),
                ),
            ),
        )

    def _config(self) -> dict[str, str]:
        return {
            SETTINGS: yaml.safe_dump(settings.settings(self.platform, self.cloud), sort_keys=False),
            CREDENTIALS: json.dumps(settings.credentials(self.cloud), indent=2) + "\n",
        }

    def _container(self) -> k8s.Container:
        return k8s.Container(
            name=NAME,
            image=IMAGE,
            image_pull_policy="IfNotPresent",
            args=["run", f"--settings={FOLDER}/{SETTINGS}"],
            env=_environment(self.cloud),
            ports=[k8s.ContainerPort(name="metrics", container_port=METRICS_PORT, protocol="TCP")],
            resources=requirements(WORKLOAD),
            security_context=hardened(),
            liveness_probe=probe("/livez", METRICS_PORT),
            readiness_probe=probe("/readyz", METRICS_PORT),
            volume_mounts=[
                k8s.VolumeMount(name=name, mount_path=folder, read_only=True) for name, folder in self._mounts()
            ],
        )

    def _mounts(self) -> list[tuple[str, str]]:
        mounts = [("config", FOLDER), ("token-key", settings.SECRETS_FOLDER), ("google", settings.TOKEN_FOLDER)]
        return [*mounts, *([("redfish", settings.REDFISH_FOLDER)] if REDFISH in secrets(self.platform) else [])]

    def _volumes(self) -> Sequence[k8s.Volume]:
        token = k8s.ServiceAccountTokenProjection(
            audience=settings.audience(self.cloud), expiration_seconds=3600, path="token"
        )
        google = k8s.ProjectedVolumeSource(sources=[k8s.VolumeProjection(service_account_token=token)])
        volumes = [
            k8s.Volume(name="config", config_map=k8s.ConfigMapVolumeSource(name=NAME)),
            secret_volume("token-key", TOKEN_KEY.name),
            k8s.Volume(name="google", projected=google),
        ]
        return [*volumes, *([secret_volume("redfish", REDFISH.name)] if REDFISH in secrets(self.platform) else [])]


def _environment(cloud: TemporaryNodes) -> list[k8s.EnvVar]:
    """Without the project google-auth asks another API for it."""
    return [
        k8s.EnvVar(name="GOOGLE_APPLICATION_CREDENTIALS", value=f"{FOLDER}/{CREDENTIALS}"),
        k8s.EnvVar(name="GOOGLE_CLOUD_PROJECT", value=cloud.project),
    ]
