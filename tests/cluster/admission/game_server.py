"""What Agones makes of a Fleet: a GameServer, and of that the pod with the SDK sidecar.

By the double's own functions, which tests/doubles holds against the real Agones; no controller runs here.
"""

from collections.abc import Sequence
from copy import deepcopy
from pathlib import Path

from homeground import sdk_sidecar
from tests.cluster.api import Json
from tests.doubles.agones import defaults
from tests.doubles.agones.pod import new_pod
from tests.doubles.agones.settings import Settings

NOBODY = "00000000-0000-0000-0000-000000000000"
"""The uid of a GameServer that no API server has seen."""

VALUES = sdk_sidecar.CHART_VALUES
SETTINGS = Settings(
    kubeconfig=Path(),
    webhook_port=0,
    certificate=Path(),
    key=Path(),
    ranges={},
    sidecar_image=sdk_sidecar.IMAGE,
    sidecar_requests={"cpu": VALUES["cpuRequest"], "memory": VALUES["memoryRequest"]},
    sidecar_limits={"cpu": VALUES["cpuLimit"], "memory": VALUES["memoryLimit"]},
    batch_wait=0,
)


def game_server(fleet: Json, name: str, host_ports: Sequence[int]) -> Json:
    """A GameServer of the Fleet with a host port for each of its ports, as Agones would have picked them."""
    template, labels = deepcopy(fleet["spec"]["template"]), {"agones.dev/fleet": fleet["metadata"]["name"]}
    metadata = {
        "name": name,
        "namespace": fleet["metadata"]["namespace"],
        "labels": template["metadata"]["labels"] | labels,
    }
    server = {"apiVersion": "agones.dev/v1", "kind": "GameServer", "metadata": metadata, "spec": template["spec"]}
    server = defaults.game_server(server)
    for port, host_port in zip(server["spec"]["ports"], host_ports, strict=True):
        port["hostPort"] = host_port
    del server["metadata"]["finalizers"]  # nobody is there to take it off
    return server


def pod(server: Json) -> Json:
    """The GameServer's pod. Read the server from the API first if the pod shall stay: its owner must exist."""
    server["metadata"].setdefault("uid", NOBODY)
    return new_pod(server, SETTINGS)


def template(manifest: Json) -> Json:
    """The pod template in a Fleet or GameServer; a Pod is its own."""
    found: Json = manifest
    for _ in range({"Pod": 0, "GameServer": 1, "Fleet": 2}[manifest["kind"]]):
        found = found["spec"]["template"]
    return found
