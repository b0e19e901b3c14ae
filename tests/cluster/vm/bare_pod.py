"""A game server's pod without Agones, for a named node."""

from tests.cluster.api import Json
from tests.cluster.vm.container_image import GAME_PORT, GAME_SERVER

CONTAINER = "server"


def bare_pod(name: str, node: str, host_port: int) -> Json:
    port = {"containerPort": GAME_PORT, "hostPort": host_port, "protocol": "UDP"}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {
            "nodeSelector": {"kubernetes.io/hostname": node},
            "automountServiceAccountToken": False,
            "containers": [
                {"name": CONTAINER, "image": GAME_SERVER, "imagePullPolicy": "Never", "ports": [port]},
            ],
        },
    }
