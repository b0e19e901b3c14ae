"""Whom the operator may talk to: the API server, DNS, the cloud's API, and the machines that it watches over.

Policies see addresses after DNAT, so the API server is its nodes' port 6443. The cloud's metadata server is denied to
every pod (tenant_policy.py), so the operator's identity comes from its own token.
"""

from collections.abc import Iterable
from ipaddress import ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit

from homeground import labels
from homeground.failover import LABELS, METRICS_PORT, NAMESPACE
from homeground.failover.settings import API_SERVER
from homeground.manifest import Component, Manifest, ManifestChart
from homeground.platform import Platform
from homeground.tenant_policy import PRIVATE

KUBELET, HTTPS, DNS = 10250, 443, 53
ANYWHERE = "0.0.0.0/0"

Json = dict[str, Any]


class Network(Component):
    """Nothing goes in or out but what is named."""

    def __init__(self, scope: ManifestChart | Component, id: str, *, platform: Platform) -> None:
        super().__init__(scope, id)
        self._policy("default-deny", {}, {"policyTypes": ["Ingress", "Egress"]})
        own = {"matchLabels": LABELS}
        scraping = {"namespaceSelector": {"matchLabels": {labels.PLATFORM: "true"}}}
        ingress = [{"from": [scraping], "ports": [_port(METRICS_PORT)]}]
        self._policy("metrics", own, {"policyTypes": ["Ingress"], "ingress": ingress})
        egress = [*_cluster(platform), *_cloud(platform), *_machines(platform)]
        self._policy("egress", own, {"policyTypes": ["Egress"], "egress": egress})

    def _policy(self, name: str, pods: Json, spec: Json) -> None:
        body = {"spec": {"podSelector": pods, **spec}}
        self.emit(Manifest("networking.k8s.io/v1", "NetworkPolicy", name, body, NAMESPACE, labels=LABELS))


def _cluster(platform: Platform) -> list[Json]:
    dns = {
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}},
        "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}},
    }
    return [
        {"to": [dns], "ports": [_port(DNS, "UDP"), _port(DNS)]},
        {"to": [_block(address) for address in platform.api_servers], "ports": [_port(API_SERVER)]},
    ]


def _cloud(platform: Platform) -> list[Json]:
    """Its addresses change, so it is any but those of ours and of private networks."""
    inside = [net for net in dict.fromkeys([*platform.networks, *PRIVATE]) if ip_network(net).version == 4]
    return [{"to": [_block(ANYWHERE, inside)], "ports": [_port(HTTPS)]}]


def _machines(platform: Platform) -> list[Json]:
    """Kubelets, and management controllers. A name instead of an address can be anywhere: policies know none."""
    egress = [{"to": [_block(node.address) for node in platform.runners], "ports": [_port(KUBELET)]}]
    for node in platform.cluster.nodes:
        if node.redfish:
            url = urlsplit(node.redfish.url)
            egress.append({"to": [_block(url.hostname or "")], "ports": [_port(url.port or HTTPS)]})
    return egress


def _block(host: str, without: Iterable[str] = ()) -> Json:
    try:
        cidr = str(ip_network(ip_address(host)))
    except ValueError:
        cidr = host if "/" in host else ANYWHERE
    return {"ipBlock": {"cidr": cidr} | ({"except": list(without)} if without else {})}


def _port(number: int, protocol: str = "TCP") -> Json:
    return {"protocol": protocol, "port": number}
