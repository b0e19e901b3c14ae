"""How many servers of each node are Ready and Allocated: what Packed scheduling goes by."""

from typing import NamedTuple

from tests.doubles.agones.names import Json, state
from tests.doubles.agones.objects import Objects


class NodeCount(NamedTuple):
    """Servers on one node, of all namespaces."""

    ready: int
    allocated: int


def node_counts(objects: Objects) -> dict[str, NodeCount]:
    """By node name; the node "" has the servers that are not scheduled yet."""
    counts: dict[str, list[int]] = {}
    for server in objects.servers.list():
        one = counts.setdefault(_node(server), [0, 0])
        one[0] += state(server) == "Ready"
        one[1] += state(server) == "Allocated"
    known = {node["metadata"]["name"] for node in objects.nodes.list()} | {""}
    return {name: NodeCount(*one) for name, one in counts.items() if name in known}


def _node(server: Json) -> str:
    return str(server["status"].get("nodeName", ""))
