"""Servers whose pod failed, ended, went missing, or moved. Nothing here looks at the health of nodes."""

from tests.doubles.agones.game_server import GameServerController
from tests.doubles.agones.names import (
    BEFORE_POD,
    BEFORE_READY,
    TERMINAL,
    Json,
    being_deleted,
    is_development,
    key,
    state,
    terminating,
)
from tests.doubles.agones.objects import Objects
from tests.doubles.agones.pod import is_game_server_pod
from tests.doubles.agones.work_queue import WorkQueue


class HealthController:
    """Moves a server to Unhealthy, or to Shutdown when its pod succeeded; its set then replaces it.

    A pod that is only Terminating is no reason: its server keeps its state, and stays allocatable, until it is gone.
    """

    def __init__(self, objects: Objects, queue: WorkQueue, servers: GameServerController) -> None:
        self._objects, self._queue, self._servers = objects, queue, servers
        objects.pods.on_change(self._on_pod)
        objects.servers.on_change(self._on_server)

    def check_pod(self, namespace: str, name: str) -> None:
        """A pod changed."""
        server, pod = self._server(namespace, name), self._objects.pods.get(namespace, name)
        if server is None or pod is None or terminating(pod) or not is_game_server_pod(pod):
            return
        if _phase(pod) == "Succeeded":
            self._objects.set_state(server, "Shutdown")
        elif _phase(pod) == "Failed" or pod["status"].get("reason") == "Evicted":
            self._objects.set_state(server, "Unhealthy")
        else:
            self._check_place(server, pod)

    def lose_pod(self, namespace: str, name: str) -> None:
        """A pod is gone for good."""
        server = self._server(namespace, name)
        if server and self._objects.pods.get(namespace, name) is None:
            self._objects.set_state(server, "Unhealthy")

    def check_server(self, namespace: str, name: str) -> None:
        """A server changed, or has not for a while: whatever was missed of its pod is seen now."""
        server, pod = self._server(namespace, name), self._objects.pods.get(namespace, name)
        # Before Starting has seen the pod, it may be there already and only not yet known here.
        if server is None or state(server) in BEFORE_POD:
            return
        if pod is None or not is_game_server_pod(pod) or _phase(pod) == "Failed":
            self._objects.set_state(server, "Unhealthy")
        elif _phase(pod) == "Succeeded" and not terminating(pod):
            self._objects.set_state(server, "Shutdown")

    def _server(self, namespace: str, name: str) -> Json | None:
        """The server, if there is still anything to say about it."""
        server = self._objects.servers.get(namespace, name)
        if server is None or is_development(server) or being_deleted(server) or state(server) in TERMINAL:
            return None
        return server

    def _check_place(self, server: Json, pod: Json) -> None:
        """The pod runs elsewhere than its server says, or its node has other addresses now."""
        node = self._objects.nodes.get("", pod["spec"].get("nodeName", ""))
        status = server["status"]
        if node is None or terminating(node) or not status.get("nodeName"):
            return
        addresses = {each["address"] for each in node["status"].get("addresses") or ()}
        if status["nodeName"] == node["metadata"]["name"] and status.get("address") in addresses:
            return
        if state(server) in BEFORE_READY:
            self._objects.set_state(server, state(server), **self._servers.address(server, pod))
        else:
            self._objects.set_state(server, "Unhealthy")

    def _on_pod(self, old: Json | None, new: Json | None) -> None:
        pod = new or old
        if pod and is_game_server_pod(pod):
            self._queue.add(self.check_pod if new else self.lose_pod, *key(pod))

    def _on_server(self, old: Json | None, new: Json | None) -> None:
        if old and new:
            self._queue.add(self.check_server, *key(new))


def _phase(pod: Json) -> str:
    return str(pod["status"].get("phase", ""))
