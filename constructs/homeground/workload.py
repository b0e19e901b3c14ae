"""What a component of the platform asks of the nodes it runs on: one record for its manifest and for the fit check."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal

from homeground import labels, quantity

RunsOn = Literal["always-on", "every-node", "runners", "announcers"]
"""`always-on` workloads have replicas; the others are DaemonSets on the nodes named."""

ALWAYS_ON_SELECTOR = {labels.ALWAYS_ON: "true"}
CONTROL_PLANE_TOLERATIONS = [{"key": labels.CONTROL_PLANE, "operator": "Exists", "effect": "NoSchedule"}]
"""Always-on nodes are control-plane nodes too, in small clusters."""


@dataclass(frozen=True)
class Workload:
    """Requests of one pod: `cpu` in thousandths, `memory` in MiB; `limit` is the memory limit in MiB."""

    name: str
    cpu: int
    memory: int
    limit: int = 0
    replicas: int = 1
    runs_on: RunsOn = "always-on"

    def times(self, replicas: int) -> "Workload":
        return replace(self, replicas=replicas)

    def resources(self) -> dict[str, Any]:
        """Kubernetes ResourceRequirements. No CPU limit: throttling a control loop helps nobody."""
        return {
            "requests": {"cpu": quantity.cpu(self.cpu), "memory": quantity.memory(self.memory)},
            "limits": {"memory": quantity.memory(self.limit or 2 * self.memory)},
        }

    def placed(self) -> dict[str, Any]:
        """Its place and size as nearly every chart takes them."""
        return {
            "nodeSelector": ALWAYS_ON_SELECTOR,
            "tolerations": CONTROL_PLANE_TOLERATIONS,
            "resources": self.resources(),
        }


KUBERNETES = [
    Workload("kube-apiserver", cpu=250, memory=1024),
    Workload("kube-controller-manager", cpu=200, memory=256),
    Workload("kube-scheduler", cpu=100, memory=128),
    Workload("etcd", cpu=100, memory=256),
    Workload("coredns", cpu=100, memory=70, replicas=2),
    Workload("kube-proxy", cpu=50, memory=64, runs_on="every-node"),
]
"""What kubeadm starts. CPU as kubeadm requests it; memory as used by a small cluster."""


def all_of(workloads: Iterable[Workload]) -> list[Workload]:
    """The platform's workloads with kubeadm's."""
    return [*KUBERNETES, *workloads]
