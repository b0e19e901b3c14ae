"""A Fleet of one game server that answers every packet with its name, from an image that only booted nodes have."""

from tests.cluster.api import Json
from tests.cluster.vm import container_image

FLEET: Json = {
    "apiVersion": "agones.dev/v1",
    "kind": "Fleet",
    "metadata": {"name": "echo", "namespace": "default"},
    "spec": {
        "replicas": 1,
        "template": {
            "spec": {
                "ports": [{"name": "game", "containerPort": container_image.GAME_PORT, "protocol": "UDP"}],
                "template": {
                    "spec": {
                        "containers": [
                            {
                                "name": "server",
                                "image": container_image.GAME_SERVER,
                                "imagePullPolicy": "Never",
                                "resources": {"limits": {"cpu": "500m", "memory": "64Mi"}},
                            }
                        ]
                    }
                },
            }
        },
    },
}
