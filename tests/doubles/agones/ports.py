"""Host ports for game servers: each port once per node, on nodes that the scheduler has yet to choose.

Agones doesn't ask where a server will run. It keeps one set of free ports per (virtual) node, takes from the first
that has enough, and adds one when all are used up; the scheduler then finds a node where the port is free.
"""

import random
import threading
from collections.abc import Iterable

from tests.doubles.agones.names import Json

_TAKEN_BY = ("Dynamic", "Passthrough")


class PortAllocator:
    """All ranges together."""

    def __init__(self, ranges: dict[str, tuple[int, int]]) -> None:
        self._ranges = [_Range(name, *ends) for name, ends in ranges.items()]

    def restore(self, nodes: Iterable[Json], servers: Iterable[Json]) -> None:
        """Mark what is in use already, when the controller starts."""
        nodes, servers = list(nodes), list(servers)
        for each in self._ranges:
            each.restore(nodes, servers)

    def allocate(self, server: Json) -> None:
        """Fill in `spec.ports[].hostPort`, in place; a TCPUDP port becomes two of one number."""
        for each in self._ranges:
            each.allocate(server)

    def free(self, server: Json) -> None:
        """The server is gone, or never was."""
        for each in self._ranges:
            each.free(server)


class _Range:
    def __init__(self, name: str, first: int, last: int) -> None:
        self._name, self._numbers = name, range(first, last + 1)
        self._lock = threading.Lock()
        self._nodes: list[set[int]] = []  # the ports in use, by virtual node
        self._known: set[str] = set()  # uids of the servers that hold some

    def restore(self, nodes: list[Json], servers: list[Json]) -> None:
        used: dict[str, set[int]] = {
            node["metadata"]["name"]: set() for node in nodes if not node.get("spec", {}).get("unschedulable")
        }
        elsewhere = []
        for server in servers:
            for number in self._held(server):
                self._known.add(server["metadata"]["uid"])
                node = server.get("status", {}).get("nodeName")
                if node in used:
                    used[node].add(number)
                else:
                    elsewhere.append(number)
        self._nodes = sorted(used.values(), key=len, reverse=True)
        for number in elsewhere:
            self._mark(number)

    def allocate(self, server: Json) -> None:
        ports = [port for port in server["spec"].get("ports") or () if self._is_ours(port)]
        with self._lock:
            self._known.add(server["metadata"]["uid"])
            taken = self._take(len(ports))
        doubled = []
        for port, number in zip(ports, taken, strict=True):
            port["hostPort"] = number
            if port["portPolicy"] == "Passthrough":
                port["containerPort"] = number
            if port.get("protocol") == "TCPUDP":
                doubled.append(port | {"name": f"{port.get('name', '')}-udp", "protocol": "UDP"})
                port |= {"name": f"{port.get('name', '')}-tcp", "protocol": "TCP"}
        if doubled:
            server["spec"]["ports"] += doubled

    def free(self, server: Json) -> None:
        with self._lock:
            if server["metadata"]["uid"] not in self._known:
                return
            self._known.discard(server["metadata"]["uid"])
            for port in server["spec"].get("ports") or ():
                holder = next((node for node in self._nodes if port.get("hostPort") in node), None)
                if holder:
                    holder.discard(port["hostPort"])

    def _take(self, amount: int) -> list[int]:
        found: list[tuple[set[int], int]] = []
        while len(found) < amount:
            found = [(node, number) for node in self._nodes for number in self._free_of(node)][:amount]
            if len(found) < amount:
                self._nodes.append(set())
        for node, number in found:
            node.add(number)
        return [number for _, number in found]

    def _free_of(self, node: set[int]) -> list[int]:
        free = [number for number in self._numbers if number not in node]
        random.shuffle(free)  # Go's maps have no order, and nobody may count on one
        return free

    def _mark(self, number: int) -> None:
        node = next((node for node in self._nodes if number not in node), None)
        if node is not None:
            node.add(number)

    def _is_ours(self, port: Json) -> bool:
        return port.get("portPolicy") in _TAKEN_BY and port.get("range", "default") == self._name

    def _held(self, server: Json) -> list[int]:
        ports = [port for port in server["spec"].get("ports") or () if port.get("portPolicy") in _TAKEN_BY]
        return [port["hostPort"] for port in ports if port.get("hostPort") in self._numbers]
