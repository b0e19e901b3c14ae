"""Peers of network policies: who may be talked to, on which ports.

Policies see addresses after DNAT, so the API server is its nodes' port 6443.
"""

from collections.abc import Iterable, Mapping
from ipaddress import ip_address, ip_network
from typing import Any

from homeground.platform import Platform
from homeground.tenant_policy import PRIVATE

API_SERVER, HTTPS, DNS = 6443, 443, 53
ANYWHERE = "0.0.0.0/0"

Json = dict[str, Any]


def dns() -> Json:
    """The cluster's own."""
    return {"to": [pods({"k8s-app": "kube-dns"}, "kube-system")], "ports": [port(DNS, "UDP"), port(DNS)]}


def api_servers(platform: Platform) -> Json:
    return {"to": [block(address) for address in platform.api_servers], "ports": [port(API_SERVER)]}


def internet(platform: Platform) -> Json:
    """Addresses of services out there change, so it is any but ours and those of private networks."""
    inside = [net for net in dict.fromkeys([*platform.networks, *PRIVATE]) if ip_network(net).version == 4]
    return {"to": [block(ANYWHERE, inside)], "ports": [port(HTTPS)]}


def pods(labels: Mapping[str, str], namespace: str) -> Json:
    """A peer."""
    return {
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}},
        "podSelector": {"matchLabels": dict(labels)},
    }


def block(host: str, without: Iterable[str] = ()) -> Json:
    """A peer. A name instead of an address can be anywhere: policies know none."""
    try:
        cidr = str(ip_network(ip_address(host)))
    except ValueError:
        cidr = host if "/" in host else ANYWHERE
    return {"ipBlock": {"cidr": cidr} | ({"except": list(without)} if without else {})}


def port(number: int, protocol: str = "TCP") -> Json:
    return {"protocol": protocol, "port": number}
