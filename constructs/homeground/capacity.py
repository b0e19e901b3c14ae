"""What fits where: the platform's own pods on always-on nodes, game servers on runners.

The model is the scheduler's: requests against allocatable, per node, host ports included. Nothing is simulated
that a cluster would decide at random.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from homeground import quantity
from homeground.platform import Platform
from homeground.server_size import ServerSize, most_servers
from homeground.workload import Workload
from schemas.cluster import Node
from schemas.game import Game

PODS_PER_NODE = 110
"""kubelet's maxPods."""


@dataclass
class Room:
    """What is left on one node. CPU in thousandths, memory in MiB."""

    node: str
    site: str
    cpu: int
    memory: int
    pods: int = PODS_PER_NODE
    ports: dict[str, int] = field(default_factory=dict)

    def fits(self, cpu: int, memory: int) -> bool:
        return self.pods > 0 and cpu <= self.cpu and memory <= self.memory

    def take(self, cpu: int, memory: int) -> None:
        self.cpu, self.memory, self.pods = self.cpu - cpu, self.memory - memory, self.pods - 1


def allocatable(platform: Platform, cpu: int | str, memory: str) -> tuple[int, int]:
    """(CPU, memory) that pods may ask for on a machine of that size."""
    reserved = platform.cluster.reserved
    return (
        quantity.millicores(cpu) - quantity.millicores(reserved.cpu),
        quantity.mebibytes(memory) - quantity.mebibytes(reserved.memory),
    )


def rooms(platform: Platform, workloads: Sequence[Workload]) -> dict[str, Room]:
    """Every permanent node, after the pods that run on each of its kind (DaemonSets)."""
    made = {}
    for node in platform.cluster.nodes:
        cpu, memory = allocatable(platform, node.cpu, node.memory)
        room = Room(node.name, node.site, cpu, memory)
        for workload in workloads:
            if workload.runs_on != "always-on" and runs_on(platform, workload, node):
                room.take(workload.cpu, workload.memory)
        made[node.name] = room
    return made


def runs_on(platform: Platform, workload: Workload, node: Node) -> bool:
    """Whether a DaemonSet has a pod on a node."""
    match workload.runs_on:
        case "every-node":
            return True
        case "runners":
            return "runner" in node.roles
        case "announcers":
            return node in platform.announcers
        case _:
            return node.always_on


def place_survivors(platform: Platform, rooms: dict[str, Room], workloads: Iterable[Workload]) -> list[Workload]:
    """Put everything that must outlive home on the always-on nodes; what does not fit is returned.

    Largest first onto the emptiest node, as the scheduler spreads; `rooms` is left with the remainder.
    """
    nodes = [rooms[node.name] for node in platform.always_on]
    pods = [w for w in workloads if w.runs_on == "always-on" for _ in range(w.replicas)]
    homeless = []
    for workload in sorted(pods, key=lambda w: (-w.memory, -w.cpu, w.name)):
        room = max((r for r in nodes if r.fits(workload.cpu, workload.memory)), key=lambda r: r.cpu, default=None)
        if room:
            room.take(workload.cpu, workload.memory)
        else:
            homeless.append(workload)
    return homeless


def permitted(platform: Platform, game: Game) -> list[str]:
    """Names of the permanent nodes that a game's servers may run on, the preferred site's first."""
    site = game.fleet.site
    preferred = platform.preferred_site(game)
    nodes = [node for node in platform.runners if site in (None, node.site)]
    return [node.name for node in sorted(nodes, key=lambda node: node.site != preferred)]


def place_games(
    platform: Platform, rooms: dict[str, Room], servers: dict[str, int], last: str = ""
) -> dict[str, dict[str, int]]:
    """Put `servers[game]` servers of each game on the nodes; the number placed by game and node.

    The preferred site first, and there the node with most memory left; games with the largest servers go first,
    but for the game `last`, which gets what the others leave.
    """
    isolation = platform.cluster.isolation
    sizes = {game.name: ServerSize.of(game, isolation) for game in platform.games}
    placed: dict[str, dict[str, int]] = {}
    for game in sorted(platform.games, key=lambda g: (g.name == last, -sizes[g.name].memory, g.name)):
        nodes = [rooms[name] for name in permitted(platform, game)]
        placed[game.name] = {}
        for _ in range(servers[game.name]):
            if not (room := _next_room(platform, game, sizes[game.name], nodes)):
                break
            room.take(sizes[game.name].cpu, sizes[game.name].memory)
            range_name = platform.port_range_of(game)
            room.ports[range_name] = room.ports.get(range_name, 0) + len(game.server.ports)
            placed[game.name][room.node] = placed[game.name].get(room.node, 0) + 1
    return placed


def _next_room(platform: Platform, game: Game, size: ServerSize, nodes: Sequence[Room]) -> Room | None:
    range_name = platform.port_range_of(game)
    ports = len(platform.port_ranges[range_name].ports)
    able = [
        room
        for room in nodes
        if room.fits(size.cpu, size.memory) and room.ports.get(range_name, 0) + len(game.server.ports) <= ports
    ]
    preferred = platform.preferred_site(game)
    return max(able, key=lambda room: (room.site == preferred, room.memory), default=None)


def most_on_one_node(platform: Platform, game: Game) -> int:
    """The most servers of a game that one machine can hold, temporary ones included, with nothing else on it."""
    size = ServerSize.of(game, platform.cluster.isolation)
    ports = len(platform.port_ranges[platform.port_range_of(game)].ports) // len(game.server.ports)
    machines = [(node.cpu, node.memory) for node in platform.runners]
    if platform.cluster.temporary_nodes:
        machines += [(m.cpu, m.memory) for m in platform.cluster.temporary_nodes.machine_types]
    able = (allocatable(platform, cpu, memory) for cpu, memory in machines)
    most = (min(cpu // size.cpu, memory // size.memory, ports, PODS_PER_NODE) for cpu, memory in able)
    return max((0, *most))


def wanted(platform: Platform) -> dict[str, int]:
    """Every fleet at its maximum."""
    return {game.name: most_servers(game) for game in platform.games}
