"""The pods that the fit check counts, as the API server would get them."""

from collections.abc import Iterable, Iterator
from itertools import cycle, islice

from homeground import capacity, labels
from homeground.platform import Platform
from homeground.seams import Synthesis
from homeground.workload import ALWAYS_ON_SELECTOR, CONTROL_PLANE_TOLERATIONS, Workload
from schemas.game import Game
from tests.cluster.admission.game_server import game_server, pod
from tests.cluster.api import Json

NAMESPACE = "platform-pods"


def of_platform(platform: Platform, workloads: Iterable[Workload]) -> Iterator[Json]:
    """Every pod of the platform's workloads: replicas, and a DaemonSet's pod for each of its nodes."""
    for workload in workloads:
        if workload.runs_on == "always-on":
            placed = {"nodeSelector": ALWAYS_ON_SELECTOR, "tolerations": CONTROL_PLANE_TOLERATIONS}
            for number in range(workload.replicas):
                yield _platform_pod(workload, str(number), placed)
        else:
            for node in platform.cluster.nodes:
                if capacity.runs_on(platform, workload, node):
                    yield _platform_pod(workload, node.name, _daemon(node.name))


def _daemon(node: str) -> Json:
    """How the DaemonSet controller names a pod's node: by affinity, so that the scheduler still judges it."""
    field = {"key": "metadata.name", "operator": "In", "values": [node]}
    required = {"nodeSelectorTerms": [{"matchFields": [field]}]}
    affinity = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": required}}
    return {"affinity": affinity, "tolerations": [{"operator": "Exists"}]}


def _platform_pod(workload: Workload, suffix: str, placed: Json) -> Json:
    container = {"name": "main", "image": "example/platform:1", "resources": workload.resources()}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": f"{workload.name}-{suffix}", "namespace": NAMESPACE},
        "spec": {**placed, "containers": [container], "terminationGracePeriodSeconds": 0},
    }


class HostPorts:
    """The cluster's port ranges as Agones gives them out: each port once, then again for another node."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._ranges = {name: cycle(ports.ports) for name, ports in platform.port_ranges.items()}

    def take(self, game: Game) -> list[int]:
        """One for each port of a server."""
        return list(islice(self._ranges[self._platform.port_range_of(game)], len(game.server.ports)))


def of_game(synthesis: Synthesis, game: Game, count: int, ports: HostPorts) -> Iterator[Json]:
    """Pods of so many of a game's servers."""
    fleet = next(r.manifest for r in synthesis.of_kind("Fleet") if r.manifest["metadata"]["name"] == game.name)
    for number in range(count):
        made = pod(game_server(dict(fleet), f"{game.name}-{number}", ports.take(game)))
        del made["metadata"]["ownerReferences"]  # no GameServer is there, and what has lost its owner is removed
        yield made


def namespaces(synthesis: Synthesis) -> list[str]:
    """Where the pods are."""
    return [NAMESPACE, *(labels.tenant_namespace(tenant) for tenant in synthesis.platform.tenants)]
