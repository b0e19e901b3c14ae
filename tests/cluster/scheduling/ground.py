"""A control plane with a simulated machine for every node of a cluster, and nothing on them yet."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from homeground.seams import Synthesis
from tests.cluster.api import Api, Json, Object
from tests.cluster.control_plane import ControlPlane
from tests.cluster.machine import Machine, condition
from tests.cluster.ports import Ports
from tests.cluster.scheduling import pods
from tests.cluster.scheduling.facts import synthesis
from tests.cluster.wait import wait_for

READY_SECONDS = PLACED_SECONDS = 60
NEEDED = ("Namespace", "RuntimeClass", "ServiceAccount", "PersistentVolume", "PersistentVolumeClaim")
"""What a pod must find in the cluster to be scheduled."""


@dataclass
class Ground:
    """`machines` by the name of their node."""

    synthesis: Synthesis
    control_plane: ControlPlane
    machines: dict[str, Machine]

    @property
    def api(self) -> Api:
        return self.control_plane.api

    def create(self, manifests: Iterable[Json]) -> None:
        for manifest in manifests:
            self.api.create(manifest)

    def placed(self, namespace: str, waiting: int = 0) -> list[Json]:
        """The pods of a namespace, once all have a node but for as many as are `waiting` without a place for them."""
        what = f"the scheduler to place all pods in {namespace} but {waiting}"
        return wait_for(what, partial(self._placed, namespace, waiting), PLACED_SECONDS)

    def _placed(self, namespace: str, waiting: int) -> list[Json]:
        found = self.api.list("v1", "Pod", namespace)
        reasons = [reason(pod) for pod in found if not node_of(pod)]
        if not found or len(reasons) != waiting or not all(reasons):
            raise LookupError(f"{by_node(found)}, waiting: {reasons}")
        return found

    def clear(self) -> None:
        """Take every pod away."""
        paths = [self.api.collection("v1", "Pod", namespace) for namespace in pods.namespaces(self.synthesis)]
        for path in paths:
            self.api.call("DELETE", path, {"gracePeriodSeconds": 0})
        for path in paths:
            wait_for(f"no pod in {path}", partial(self._is_empty, path), READY_SECONDS)

    def _is_empty(self, path: str) -> bool:
        items: list[Json] = self.api.call("GET", path)["items"]
        return not items


def node_of(pod: Json) -> str:
    """Where the scheduler put it; empty as long as it has not."""
    return str(pod["spec"].get("nodeName", ""))


def reason(pod: Json) -> str:
    """Why it can't be scheduled, in the scheduler's words; empty if it can."""
    scheduled = condition(pod, "PodScheduled")
    return str(scheduled.get("message", "")) if scheduled.get("reason") == "Unschedulable" else ""


def by_node(placed: Iterable[Json]) -> dict[str, int]:
    """How many pods each node has."""
    return dict(Counter(node_of(pod) for pod in placed if node_of(pod)))


def _is_bound(api: Api, claim: Object) -> bool:
    phase: str = api.get(claim).get("status", {}).get("phase", "")
    return phase == "Bound"


@contextmanager
def ground(name: str, folder: Path, ports: Ports, flags: Sequence[str] = ()) -> Iterator[Ground]:
    """A cluster of that name. The flags are the controller manager's."""
    made = synthesis(name, folder)
    flags = ["--pvclaimbinder-sync-period=1s", *flags]  # it may have missed a volume that came first; default 15 s
    with ControlPlane(folder / "state", ports, controller_manager_flags=flags) as control_plane, ExitStack() as stack:
        api = control_plane.api
        nodes = made.platform.cluster.nodes
        machines = {node.name: Machine.of(control_plane, made.platform, node) for node in nodes}
        for machine in machines.values():
            stack.callback(machine.die)
            machine.start()
        api.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": pods.NAMESPACE}})
        for kind in NEEDED:
            for rendered in made.of_kind(kind):
                api.apply(dict(rendered.manifest))
        for namespace in pods.namespaces(made):
            accounts = partial(api.list, "v1", "ServiceAccount", namespace, fields="metadata.name=default")
            wait_for(f"the default account of {namespace}", accounts, READY_SECONDS)
        for rendered in made.of_kind("PersistentVolumeClaim"):
            wait_for(f"claim {rendered.name} to be bound", partial(_is_bound, api, rendered.manifest), READY_SECONDS)
        for machine in machines.values():
            machine.wait_ready()
        yield Ground(made, control_plane, machines)
