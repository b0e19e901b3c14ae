"""Valkey, the store behind matchmaking: one replica whose queue survives a restart."""

from cdk8s_plus_35 import k8s

from homeground import labels
from homeground.manifest import Component, Manifest, ManifestChart
from homeground.platform_pod import hardened, object_metadata, pod_template, requirements
from homeground.versions import PINS
from homeground.workload import Workload

NAME = "valkey"
PORT = 6379
WORKLOAD = Workload("valkey", cpu=50, memory=384, limit=512)
DISK = "5Gi"
FOLDER = "/var/lib/homeground/valkey"
"""On the node's disk, made when the node is set up: bare metal has no provisioner to ask."""

ARGS = ["--appendonly", "yes", "--appendfsync", "always", "--save", "", "--maxmemory", "300mb",
        "--maxmemory-policy", "noeviction", "--dir", "/data"]  # fmt: skip
"""Append-only and flushed before a ticket is acknowledged; it refuses writes rather than forget tickets."""


class Valkey(Component):
    """A StatefulSet on the local disk of the always-on node `node`. It has no password: only Open
    Match and matchmaking reach it (NetworkPolicy)."""

    def __init__(self, scope: ManifestChart | Component, id: str, *, namespace: str, node: str) -> None:
        super().__init__(scope, id)
        self.selector = {"app.kubernetes.io/name": NAME}
        self._disk(namespace, node)
        ports = [
            k8s.ServicePort(name="valkey", port=PORT, protocol="TCP", target_port=k8s.IntOrString.from_number(PORT))
        ]
        k8s.KubeService(
            self,
            "service",
            metadata=object_metadata(NAME, self.selector),
            spec=k8s.ServiceSpec(type="ClusterIP", selector=self.selector, ports=ports),
        )
        k8s.KubeStatefulSet(
            self,
            "stateful-set",
            metadata=object_metadata(NAME, self.selector),
            spec=k8s.StatefulSetSpec(
                replicas=1,
                service_name=NAME,
                selector=k8s.LabelSelector(match_labels=self.selector),
                template=pod_template(
                    self.selector,
                    self._container(),
                    user=999,
                    volumes=[
                        k8s.Volume(
                            name="data",
                            persistent_volume_claim=k8s.PersistentVolumeClaimVolumeSource(claim_name=NAME),
                        )
                    ],
                ),
            ),
        )

    def _container(self) -> k8s.Container:
        ping = k8s.Probe(exec=k8s.ExecAction(command=["valkey-cli", "ping"]), period_seconds=10, timeout_seconds=3)
        return k8s.Container(
            name=NAME,
            image=f"docker.io/valkey/valkey:{PINS['valkey']}",
            image_pull_policy="IfNotPresent",
            args=ARGS,
            ports=[k8s.ContainerPort(name="valkey", container_port=PORT, protocol="TCP")],
            resources=requirements(WORKLOAD),
            security_context=hardened(),
            readiness_probe=ping,
            liveness_probe=ping,
            volume_mounts=[k8s.VolumeMount(name="data", mount_path="/data")],
        )

    def _disk(self, namespace: str, node: str) -> None:
        claim = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "namespace": namespace, "name": NAME}
        term = {"key": "kubernetes.io/hostname", "operator": "In", "values": [node]}
        volume = {
            "capacity": {"storage": DISK},
            "accessModes": ["ReadWriteOnce"],
            "persistentVolumeReclaimPolicy": "Retain",
            "volumeMode": "Filesystem",
            "claimRef": claim,
            "local": {"path": FOLDER},
            "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [term]}]}},
        }
        owner = {labels.PLATFORM: "true"}
        name = f"{namespace}-{NAME}"
        self.emit(Manifest("v1", "PersistentVolume", name, {"spec": volume}, labels=owner))
        request = {
            "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": DISK}},
            "storageClassName": "",
            "volumeMode": "Filesystem",
            "volumeName": name,
        }
        self.emit(Manifest("v1", "PersistentVolumeClaim", NAME, {"spec": request}, namespace, labels=owner))
