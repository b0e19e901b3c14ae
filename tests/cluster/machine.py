"""A simulated machine: a Node with the labels, taints, addresses and capacity of the facts, and one kwok process.

The process is the machine's kubelet. Kill it and the machine is dead, stop it and the machine hangs; what the control
plane then makes of it is real. tests/cluster/vm holds it against machines that really boot.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Self

from homeground import capacity, labels, quantity
from homeground.platform import Platform
from schemas.cluster import Node
from tests.cluster.api import Json, Ref
from tests.cluster.control_plane import ControlPlane
from tests.cluster.process import Process
from tests.cluster.tools import tool
from tests.cluster.wait import wait_for

STAGES = Path(__file__).with_name("stages")
LEASE_SECONDS = 40  # kubelet's nodeLeaseDurationSeconds
MAX_PODS = "110"  # kubelet's default
READY_SECONDS = 30
# What kata-deploy puts on a node once the runtime is installed, and the RuntimeClass asks for.
KATA_LABELS = {"katacontainers.io/kata-runtime": "true", "kata-deploy.katacontainers.io/default": "true"}


class Machine:
    """One machine of a cluster. A context manager: inside it the Node is Ready, and after it both are gone."""

    def __init__(self, control_plane: ControlPlane, node: Json, lease_seconds: int = LEASE_SECONDS) -> None:
        self.name: str = node["metadata"]["name"]
        self.node = node
        self._control_plane = control_plane
        stages = [STAGES / "node.yaml", STAGES / "pod.yaml"]
        flags = [
            f"--manage-single-node={self.name}",
            f"--node-ip={_address(node)}",
            f"--node-lease-duration-seconds={lease_seconds}",
        ]
        self.process = kwok(control_plane, f"machine-{self.name}", stages, flags)

    @classmethod
    def of(cls, control_plane: ControlPlane, platform: Platform, node: Node) -> Self:
        """The machine that clusters/*.yaml describes."""
        return cls(control_plane, node_manifest(platform, node))

    def __enter__(self) -> Self:
        self.start()
        self.wait_ready()
        return self

    def __exit__(self, *_: object) -> None:
        self.die()

    def start(self) -> None:
        """Register and switch on."""
        self._control_plane.api.apply(self.node)
        self._control_plane.api.apply(self.node | {"status": self.node["status"]}, subresource="status")
        self.process.start()

    def wait_ready(self) -> None:
        wait_for(f"node {self.name} to be Ready", self.is_ready, READY_SECONDS)

    def is_ready(self) -> bool:
        """Its Ready condition is True, and the taint that says otherwise is lifted."""
        self.process.check()
        node = self._control_plane.api.get(self.node)
        taints = {taint["key"] for taint in node["spec"].get("taints", ())}
        return condition(node, "Ready").get("status") == "True" and not taints & set(labels.PARTITION_TAINTS)

    def die(self) -> None:
        """Power off: nothing of it says another word."""
        self.process.kill()

    def revive(self) -> None:
        """Power on again."""
        # A kubelet goes on with its node's Lease. A kwok process would wait until its predecessor's has run out.
        lease = Ref("coordination.k8s.io/v1", "Lease", self.name, "kube-node-lease")
        if self._control_plane.api.find(lease):
            self._control_plane.api.patch(lease, {"spec": {"holderIdentity": None}})
        self.process.start()

    def hang(self) -> None:
        """Stop it where it stands: its connections stay open."""
        self.process.freeze()

    def wake(self) -> None:
        self.process.thaw()


def kwok(control_plane: ControlPlane, name: str, stages: Sequence[Path], flags: Sequence[str]) -> Process:
    """A kwok process that plays `stages` (files of Stage objects)."""
    config = control_plane.folder / f"{name}.stages.yaml"
    config.write_text("---\n".join(path.read_text() for path in stages))
    command: list[str | Path] = [tool("kwok"), f"--kubeconfig={control_plane.kubeconfig}", f"--config={config}", *flags]
    return Process(name, command, control_plane.folder)


def node_manifest(platform: Platform, node: Node) -> Json:
    """The Node as its kubelet registers it and as kubeadm and kata-deploy then mark it.

    Control-plane nodes carry kubeadm's taint unless they are also runners.
    """
    runner, control_plane = "runner" in node.roles, "control-plane" in node.roles
    own = platform.node_labels(node)
    hostname = {"kubernetes.io/hostname": node.name, "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64"}
    role = {labels.CONTROL_PLANE: ""} if control_plane else {}
    kata = KATA_LABELS if runner and platform.cluster.isolation == "kata" else {}
    tainted = control_plane and not runner
    cpu, memory = capacity.allocatable(platform, node.cpu, node.memory)
    storage = {"ephemeral-storage": node.disk, "pods": MAX_PODS}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": node.name, "labels": {**hostname, **own, **role, **kata}},
        "spec": {"taints": [{"key": labels.CONTROL_PLANE, "effect": "NoSchedule"}] if tainted else []},
        "status": {
            "addresses": [
                {"type": "InternalIP", "address": node.address},
                {"type": "Hostname", "address": node.name},
            ],
            "capacity": {"cpu": str(node.cpu), "memory": node.memory, **storage},
            "allocatable": {"cpu": quantity.cpu(cpu), "memory": quantity.memory(memory), **storage},
        },
    }


def condition(obj: Json, type_: str) -> Json:
    """The condition of that type in an object's status; empty when there is none."""
    return next((each for each in obj.get("status", {}).get("conditions", ()) if each["type"] == type_), {})


def _address(node: Json) -> str:
    return str(next(each["address"] for each in node["status"]["addresses"] if each["type"] == "InternalIP"))
