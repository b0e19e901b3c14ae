"""The server that everybody is tried on: the double of our tests over HTTP, and the discovery that kr8s asks for."""

import json
from typing import Any

from aiohttp import web

from kubeclient.clock import SystemClock
from kubeclient.resources import NODES, Json
from tests.doubles.kubernetes.api_server import ApiServer
from tests.doubles.kubernetes.served import Served

_NODES = {
    "name": "nodes",
    "singularName": "node",
    "namespaced": False,
    "kind": "Node",
    "verbs": ["get", "list", "watch"],
}
DISCOVERY: dict[str, Json] = {
    "/version": {"major": "1", "minor": "35", "gitVersion": "v1.35.4"},
    "/api": {"kind": "APIVersions", "versions": ["v1"]},
    "/api/v1": {"kind": "APIResourceList", "groupVersion": "v1", "resources": [_NODES]},
    "/apis": {"kind": "APIGroupList", "groups": []},
}
IMAGES, CONDITIONS = 30, ("MemoryPressure", "DiskPressure", "PIDPressure", "Ready")
NODE_INFO = (
    "architecture", "bootID", "containerRuntimeVersion", "kernelVersion", "kubeProxyVersion", "kubeletVersion",
    "machineID", "operatingSystem", "osImage", "systemUUID",
)  # fmt: skip


class Ground(Served):
    """A context manager. `server` is to be reached into."""

    def __init__(self) -> None:
        self.server = ApiServer(SystemClock())
        super().__init__(self.server)

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        found = DISCOVERY.get(request.path.rstrip("/"))
        return web.json_response(found) if found else await super()._handle(request)

    def put(self, name: str, filler: int = 0) -> Json:
        """A Node such as a kubelet makes; `filler` bytes more than that."""
        return self.server.put(NODES, node(name) | {"spec": {"podCIDR": "10.244.0.0/24", "filler": "x" * filler}})

    def asked(self, verb: str) -> int:
        """How often anybody did."""
        return sum(done.call.verb == verb for done in self.server.calls)


def node(name: str) -> Json:
    """As a kubelet of 1.35 reports itself: the images take most of it."""
    time = "2026-01-01T00:00:00Z"
    labels = {f"example.org/label-{number}": f"value-{number}" for number in range(12)}
    digest = "sha256:" + 64 * "0"
    names = [f"registry.example.org/team/image-{number}" for number in range(IMAGES)]
    return {
        "metadata": {"name": name, "labels": {"kubernetes.io/hostname": name, **labels}, "annotations": labels},
        "spec": {"podCIDR": "10.244.0.0/24"},
        "status": {
            "addresses": [{"type": "InternalIP", "address": "10.0.0.1"}, {"type": "Hostname", "address": name}],
            "allocatable": {"cpu": "8", "memory": "32Gi", "pods": "110"},
            "capacity": {"cpu": "8", "memory": "32Gi", "pods": "110"},
            "conditions": [_condition(kind, time) for kind in CONDITIONS],
            "images": [{"names": [f"{each}@{digest}", f"{each}:1.0"], "sizeBytes": 10**8} for each in names],
            "nodeInfo": {name: f"some-{name}" for name in NODE_INFO},
        },
    }


def _condition(kind: str, time: str) -> dict[str, Any]:
    status = "True" if kind == "Ready" else "False"
    times = {"lastHeartbeatTime": time, "lastTransitionTime": time}
    return {"type": kind, "status": status, "reason": f"Kubelet{kind}", "message": "kubelet is well", **times}


def size(name: str = "node-1") -> int:
    """Bytes of such a Node as JSON."""
    return len(json.dumps(node(name)).encode())
