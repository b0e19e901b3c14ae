"""What a game server may reach: network policies in a tier above anything a tenant could add.

The SDK sidecar shares the game's pod and IP, so the API server must be allowed to both; what the token may do
there is limited by RBAC. Policies see the address after DNAT, so the API server is its nodes' port 6443.
"""

from collections.abc import Sequence
from typing import Any

from homeground import labels
from homeground.app import WAVE
from homeground.manifest import Component, Manifest, ManifestChart

TIER = "homeground"
PRIVATE = ["10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"]
"""Networks where other people's machines are; 169.254.169.254 is a cloud's metadata server, 100.64/10 Tailscale."""

TENANT_PODS = f"has({labels.TENANT})"


def _rule(action: str, protocol: str | None = None, **destination: Any) -> dict[str, Any]:
    rule: dict[str, Any] = {"action": action}
    if protocol:
        rule["protocol"] = protocol
    if destination:
        rule["destination"] = destination
    return rule


class TenantPolicies(Component):
    """The tier, the rules for tenants and the block of the metadata server for every pod.

    `api_servers` are the addresses of control-plane nodes; `networks` every network of the cluster's own
    (nodes, pods, services, load balancer pools), all in CIDR notation.
    """

    def __init__(
        self, scope: ManifestChart | Component, id: str, *, api_servers: Sequence[str], networks: Sequence[str]
    ) -> None:
        super().__init__(scope, id)
        # Pods that no rule of this tier names go on to the next one, Kubernetes' own NetworkPolicies.
        # Calico's own tier is at 100, kube-admin at 1000.
        self._emit("Tier", TIER, {"order": 200, "defaultAction": "Pass"})
        self._policy("block-metadata", 10, "all()", [_rule("Deny", nets=["169.254.169.254/32"]), _rule("Pass")])
        self._policy("tenant-egress", 20, TENANT_PODS, self._egress(api_servers, networks))

    def _egress(self, api_servers: Sequence[str], networks: Sequence[str]) -> list[dict[str, Any]]:
        dns = {"selector": "k8s-app == 'kube-dns'", "namespaceSelector": "kubernetes.io/metadata.name == 'kube-system'"}
        jwks = {
            "selector": f"{labels.SERVES_TENANTS} == 'true'",
            "namespaceSelector": f"{labels.PLATFORM} == 'true'",
        }
        return [
            _rule("Allow", "UDP", **dns, ports=[53]),
            _rule("Allow", "TCP", **dns, ports=[53]),
            _rule("Allow", "TCP", nets=list(api_servers), ports=[6443]),
            _rule("Allow", "TCP", **jwks),
            _rule("Deny", nets=list(dict.fromkeys([*networks, *PRIVATE]))),  # a set to Calico
            _rule("Pass"),
        ]

    def _policy(self, name: str, order: int, namespaces: str, egress: list[dict[str, Any]]) -> None:
        spec = {
            "tier": TIER,
            "order": order,
            "namespaceSelector": namespaces,  # with a namespaceSelector only pods match, never host endpoints
            "types": ["Egress"],
            "egress": egress,
        }
        self._emit("GlobalNetworkPolicy", f"{TIER}.{name}", spec)

    def _emit(self, kind: str, name: str, spec: dict[str, Any]) -> None:
        annotations = {
            WAVE: "2" if kind == "Tier" else "3",  # Calico refuses a policy whose tier is not there yet
            "argocd.argoproj.io/sync-options": "ServerSideApply=false",  # Calico's aggregated API server
        }
        own = {"projectcalico.org/tier": TIER} if "tier" in spec else {}  # as Calico would add it
        self.emit(Manifest("projectcalico.org/v3", kind, name, {"spec": spec}, labels=own, annotations=annotations))
