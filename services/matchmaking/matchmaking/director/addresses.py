"""Where players reach a server: nodes behind a router or in a cloud do not know it themselves."""

import ipaddress
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from kubeclient.resources import Json
from matchmaking.settings import Endpoint


class NoAddressError(Exception):
    """Nobody could reach the server: which one, and what it lacks."""


class Routes(Struct, frozen=True):
    """What is known of nodes."""

    endpoints: Mapping[str, Endpoint]
    """Of the settings, by node. They win."""

    failovers: Mapping[str, str]
    """NodeFailover.status.publicEndpoint, by the name of the temporary node."""

    suspects: frozenset[str] = frozenset()
    """Nodes whose machines may be dead: a server there is to be had by nobody who is not on it yet."""


def of_server(server: Json, port_name: str, routes: Routes) -> tuple[str, ...]:
    """host:port and [v6]:port of a GameServer, the one to try first first. Raises NoAddressError."""
    status = server.get("status") or {}
    name = server["metadata"]["name"]
    port = next((each["port"] for each in status.get("ports") or () if each["name"] == port_name), None)
    if port is None:
        raise NoAddressError(f"{name} has no port {port_name!r}")
    node = str(status.get("nodeName", ""))
    hosts = _hosts(node, status, routes)
    if not hosts:
        raise NoAddressError(f"{name} on {node or 'no node'} has no address")
    return tuple(_with_port(host, port) for host in hosts)


def suspects(record: Json | None) -> frozenset[str]:
    """The nodes that a NodeFailover says may be dead: its own, and those that stand in for it.

    Servers in a match get no label of it, those without one do.
    """
    if record is None:
        return frozenset()
    status = record.get("status") or {}
    conditions, attempts = status.get("conditions") or (), status.get("attempts") or ()
    home = any(each["type"] == "Suspected" and each["status"] == "True" for each in conditions)
    standing_in = (each["vmName"] for each in attempts if each.get("suspected"))
    return frozenset([*standing_in, *([record["metadata"]["name"]] if home else ())])


def of_failovers(records: Iterable[Json]) -> dict[str, str]:
    """The public endpoints of temporary nodes, by their names, from NodeFailover objects."""
    found: dict[str, str] = {}
    for record in records:
        status = record.get("status") or {}
        if endpoint := status.get("publicEndpoint"):
            # It is the open machine's, of which there is at most one; a draining one gets no new match.
            found |= {
                each["vmName"]: str(endpoint) for each in status.get("attempts") or () if each.get("state") == "Open"
            }
    return found


def _hosts(node: str, status: Json, routes: Routes) -> list[str]:
    if endpoint := routes.endpoints.get(node):
        return [each for each in (endpoint.ipv4, endpoint.ipv6) if each]
    if public := routes.failovers.get(node):
        return [public]
    first = str(status.get("address", ""))
    return [first, *_of_other_family(first, status.get("addresses") or ())] if first else []


def _of_other_family(first: str, addresses: Sequence[Json]) -> list[str]:
    """A node with both families has a second address of the same type."""
    kinds = {each["type"] for each in addresses if each["address"] == first}
    others = (each["address"] for each in addresses if each["type"] in kinds)
    return [each for each in others if _family(each) not in (0, _family(first))][:1]


def _family(host: str) -> int:
    """4, 6, or 0 for a name."""
    try:
        return ipaddress.ip_address(host).version
    except ValueError:
        return 0


def _with_port(host: str, port: int) -> str:
    return f"[{host}]:{port}" if _family(host) == 6 else f"{host}:{port}"
