"""Whom the operator may talk to: the API server, DNS, the cloud's API, and the machines that it watches over.

Policies see addresses after DNAT, so the API server is its nodes' port 6443. The cloud's metadata server is denied to
every pod (tenant_policy.py), so the operator's identity comes from its own token.
"""

from urllib.parse import urlsplit

from homeground import labels
from homeground.failover import LABELS, METRICS_PORT, NAMESPACE
from homeground.manifest import Component, Manifest, ManifestChart
from homeground.platform import Platform
from homeground.traffic import HTTPS, Json, api_servers, block, dns, internet, port

KUBELET = 10250


class Network(Component):
    """Nothing goes in or out but what is named."""

    def __init__(self, scope: ManifestChart | Component, id: str, *, platform: Platform) -> None:
        super().__init__(scope, id)
        self._policy("default-deny", {}, {"policyTypes": ["Ingress", "Egress"]})
        own = {"matchLabels": LABELS}
        scraping = {"namespaceSelector": {"matchLabels": {labels.PLATFORM: "true"}}}
        ingress = [{"from": [scraping], "ports": [port(METRICS_PORT)]}]
        self._policy("metrics", own, {"policyTypes": ["Ingress"], "ingress": ingress})
        egress = [dns(), api_servers(platform), internet(platform), *_machines(platform)]
        self._policy("egress", own, {"policyTypes": ["Egress"], "egress": egress})

    def _policy(self, name: str, pods: Json, spec: Json) -> None:
        body = {"spec": {"podSelector": pods, **spec}}
        self.emit(Manifest("networking.k8s.io/v1", "NetworkPolicy", name, body, NAMESPACE, labels=LABELS))


def _machines(platform: Platform) -> list[Json]:
    """Kubelets, and management controllers. A name instead of an address can be anywhere: policies know none."""
    egress = [{"to": [block(node.address) for node in platform.runners], "ports": [port(KUBELET)]}]
    for node in platform.cluster.nodes:
        if node.redfish:
            url = urlsplit(node.redfish.url)
            egress.append({"to": [block(url.hostname or "")], "ports": [port(url.port or HTTPS)]})
    return egress
