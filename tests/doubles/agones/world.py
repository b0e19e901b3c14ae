"""What the contract tests speak of: a namespace, its Fleets, their servers, and allocations."""

import copy
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

from tests.cluster.api import Api, ApiError, Json, Ref
from tests.cluster.control_plane import ControlPlane
from tests.cluster.machine import Machine
from tests.cluster.process import Process, Processes
from tests.cluster.wait import wait_for

RANGES = {"default": (7000, 7199), "few": (7900, 7903)}
SECONDS = 30
TAINT = "test.example/own"
GROUP, AUTOSCALING = "agones.dev/v1", "autoscaling.agones.dev/v1"
_numbers = count(1)


class World:
    """One test's view: `api` is an administrator's, `namespace` is the test's own."""

    def __init__(self, control_plane: ControlPlane, agones: Processes, namespace: str = "") -> None:
        self.control_plane, self.agones, self.namespace = control_plane, agones, namespace
        self.api: Api = control_plane.api

    @property
    def processes(self) -> dict[str, Process]:
        return self.agones.processes

    def in_namespace(self, title: str) -> "World":
        """A new namespace in which game servers may run."""
        name = f"{re.sub('[^a-z0-9]+', '-', title.lower())[:40].strip('-')}-{next(_numbers)}"
        self.api.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
        account = {"name": "agones-sdk", "namespace": name}
        self.api.apply({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": account})
        return World(self.control_plane, self.agones, name)

    # Fleets

    def fleet(self, size: int, name: str = "lobby", **spec: Any) -> Json:
        """Create a Fleet; `spec` wins over the default one, `template` over the template's spec."""
        return self.api.create(fleet(name, self.namespace, size, **spec))

    def ready_fleet(self, size: int, name: str = "lobby", **spec: Any) -> Json:
        """Create a Fleet, and wait until all its servers are Ready."""
        made = self.fleet(size, name, **spec)
        self.wait_status(made, replicas=size, readyReplicas=size)
        return made

    def wait_status(self, obj: Json | Ref, **wanted: Any) -> Json:
        """Wait until an object's status has these fields."""
        what = f"{obj.kind if isinstance(obj, Ref) else obj['kind']} status {wanted}"
        return wait_for(what, lambda: self._with_status(obj, wanted), SECONDS)

    def _with_status(self, obj: Json | Ref, wanted: Json) -> Json | None:
        found = self.api.get(obj)
        status = found.get("status") or {}
        if {name: status.get(name) for name in wanted} == wanted:
            return found
        raise LookupError(f"status is {status}")

    def change(self, obj: Json, body: Json) -> Json:
        return self.api.patch(obj, body)

    def sets(self, fleet: str = "lobby") -> list[Json]:
        return self.api.list(GROUP, "GameServerSet", self.namespace, labels=f"agones.dev/fleet={fleet}")

    # Servers

    def server(self, name: str = "solo", **spec: Any) -> Json:
        """Create a GameServer that belongs to no Fleet."""
        metadata = spec.pop("metadata", {}) | {"name": name, "namespace": self.namespace}
        manifest = {"apiVersion": GROUP, "kind": "GameServer", "metadata": metadata}
        return self.api.create(manifest | {"spec": server_spec(**spec)})

    def servers(self, state: str = "", fleet: str = "") -> list[Json]:
        """The servers that are not being deleted, by name."""
        labels = f"agones.dev/fleet={fleet}" if fleet else ""
        found = self.api.list(GROUP, "GameServer", self.namespace, labels=labels)
        alive = [each for each in found if "deletionTimestamp" not in each["metadata"]]
        chosen = [each for each in alive if state in ("", each["status"]["state"])]
        return sorted(chosen, key=lambda each: str(each["metadata"]["name"]))

    def wait_state(self, server: Json, state: str, seconds: float = SECONDS) -> Json:
        return wait_for(f"{server['metadata']['name']} to be {state}", lambda: self._in_state(server, state), seconds)

    def _in_state(self, server: Json, state: str) -> Json | None:
        found = self.api.get(server)
        if found["status"]["state"] == state:
            return found
        raise LookupError(f"it is {found['status']['state']}")

    def set_state(self, server: Json, state: str) -> Json:
        """What the SDK does."""
        return self.api.patch(server, {"status": {"state": state}})

    def pod(self, server: Json) -> Json:
        return self.api.get(Ref("v1", "Pod", server["metadata"]["name"], self.namespace))

    def wait_pod_told(self, server: Json) -> None:
        """Wait until a server's pod is Terminating, on a machine that does not let it go."""

        def told() -> bool:
            try:
                return "deletionTimestamp" in self.pod(server)["metadata"]
            except ApiError as error:
                events = self.api.list("v1", "Event", self.namespace)
                story = [f"{each.get('lastTimestamp')} {each['source']} {each['message']}" for each in events]
                raise AssertionError(f"{error}; its server is {self.api.find(server)}; {story}") from error

        wait_for(f"the pod of {server['metadata']['name']} to be told to end", told, SECONDS)

    def wait_gone(self, obj: Json, seconds: float = SECONDS) -> None:
        uid = obj["metadata"]["uid"]
        self.wait(f"{obj['kind']} {obj['metadata']['name']} to be gone", lambda: self._is_gone(obj, uid), seconds)

    def _is_gone(self, obj: Json, uid: str) -> bool:
        found = self.api.find(obj)
        return found is None or found["metadata"]["uid"] != uid

    def forbid_pods(self) -> Json:
        """A ResourceQuota by which admission refuses every pod."""
        metadata = {"name": "none", "namespace": self.namespace}
        quota = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": metadata, "spec": {"hard": {"pods": "0"}}}
        return self.api.create(quota)

    # Allocation

    def allocate(self, *selectors: Json, namespace: str = "", **spec: Any) -> Json:
        """The answer to one GameServerAllocation."""
        spec = {"selectors": list(selectors)} | spec if selectors else spec
        body = {"apiVersion": "allocation.agones.dev/v1", "kind": "GameServerAllocation", "spec": spec}
        return self.api.call("POST", allocation_path(namespace or self.namespace), body)

    def wait(self, what: str, condition: Callable[[], Any], seconds: float = SECONDS) -> Any:
        return wait_for(what, condition, seconds)


def allocation_path(namespace: str) -> str:
    return f"/apis/allocation.agones.dev/v1/namespaces/{namespace}/gameserverallocations"


def refusal(call: Callable[[], Any]) -> ApiError:
    """The error of a call that must be refused."""
    try:
        answer = call()
    except ApiError as error:
        return error
    raise AssertionError(f"accepted: {answer}")


def fleet(name: str, namespace: str, size: int, **spec: Any) -> Json:
    template = {"metadata": {"labels": {"game": name}}, "spec": server_spec(**spec.pop("template", {}))}
    whole = {"replicas": size, "template": template} | spec
    return {"apiVersion": GROUP, "kind": "Fleet", "metadata": {"name": name, "namespace": namespace}, "spec": whole}


def server_spec(pod: Json | None = None, **spec: Any) -> Json:
    """A GameServerSpec of one container `game` and one port; `pod` is added to the pod's spec."""
    container = {"name": "game", "image": "registry.example/game:1"}
    base = {"ports": [{"name": "game", "containerPort": 7777}]}
    return base | spec | {"template": {"spec": {"containers": [container]} | (pod or {})}}


def autoscaler(namespace: str, policy: Json, **spec: Any) -> Json:
    metadata = {"name": "scaler", "namespace": namespace}
    whole = {"fleetName": "lobby", "policy": policy} | spec
    return {"apiVersion": AUTOSCALING, "kind": "FleetAutoscaler", "metadata": metadata, "spec": whole}


def buffer(size: int | str, most: int, least: int = 0) -> Json:
    """A Buffer policy."""
    return {"type": "Buffer", "buffer": {"bufferSize": size, "maxReplicas": most, "minReplicas": least}}


def on(machine: str) -> Json:
    """The pod's spec that puts it on one machine."""
    return {"nodeSelector": {"kubernetes.io/hostname": machine}}


@contextmanager
def own_machine(world: World, address: str, suffix: str = "") -> Iterator[tuple[Machine, Json]]:
    """A machine for the servers of one namespace alone, and the pod's spec that puts them on it."""
    name = world.namespace[-40:].strip("-") + suffix
    with Machine(world.control_plane, node(name, address, TAINT)) as machine:
        yield machine, on(name) | {"tolerations": [{"key": TAINT, "operator": "Exists"}]}
    world.api.delete(machine.node)


def node(name: str, address: str, taint: str = "") -> Json:
    """A Node with room for a hundred servers; with `taint`, only for those that tolerate it."""
    room = {"cpu": "32", "memory": "64Gi", "pods": "110", "ephemeral-storage": "100Gi"}
    taints = [{"key": taint, "effect": "NoSchedule"}] if taint else []
    addresses = [{"type": "InternalIP", "address": address}, {"type": "Hostname", "address": name}]
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": {"kubernetes.io/hostname": name}},
        "spec": {"taints": taints},
        "status": {"addresses": addresses, "capacity": room, "allocatable": room},
    }


_OWN = ("uid", "resourceVersion", "generation", "creationTimestamp", "managedFields", "selfLink")


def told(obj: Json, *without: str) -> Json:
    """An object without what differs from run to run, and without these metadata fields."""
    new = copy.deepcopy(obj)
    for name in (*_OWN, *without):
        new["metadata"].pop(name, None)
    for owner in new["metadata"].get("ownerReferences", ()):
        owner.pop("uid")
    return new


def names(objects: Iterable[Json]) -> list[str]:
    return sorted(each["metadata"]["name"] for each in objects)
