"""A tenant: a namespace of its own, what may be used in it, and what its game servers may reach."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from homeground import labels, quantity, rbac, sdk_sidecar
from homeground.manifest import Component, Manifest, ManifestChart
from homeground.matchmaking import CLUSTER_ROLES
from homeground.matchmaking import NAMESPACE as MATCHMAKING
from homeground.namespace import Namespace


@dataclass(frozen=True)
class Quota:
    """What all of a tenant's pods may use together. CPU in thousandths, memory in MiB, overhead included."""

    game_servers: int
    cpu: int
    cpu_limit: int
    memory: int
    claims: int

    def hard(self) -> dict[str, str]:
        """ResourceQuota.spec.hard."""
        return {
            "count/gameservers.agones.dev": str(self.game_servers),
            "limits.cpu": quantity.cpu(self.cpu_limit),
            "limits.memory": quantity.memory(self.memory),
            "persistentvolumeclaims": str(self.claims),
            "pods": str(self.game_servers),
            "requests.cpu": quantity.cpu(self.cpu),
            "requests.memory": quantity.memory(self.memory),
            "services": "0",
        }


class Tenant(Component):
    """Everything of a tenant that the platform owns; its Fleets live in an app of their own.

    `server_ports` are (protocol, container port) pairs that players may reach; `matched` says whether this cluster's
    matchmaking allocates its servers.
    """

    def __init__(
        self,
        scope: ManifestChart | Component,
        id: str,
        *,
        name: str,
        quota: Quota,
        server_ports: Sequence[tuple[str, int]],
        matched: bool = False,
    ) -> None:
        super().__init__(scope, id)
        self.tenant = name
        self.namespace = labels.tenant_namespace(name)
        Namespace(self, "namespace", name=self.namespace, enforce="privileged", tenant=name)
        self._emit("v1", "ResourceQuota", "tenant", {"spec": {"hard": quota.hard()}})
        self._limit_range()
        self._sdk_account()
        self._network_policies(server_ports)
        self._disruption_budget()
        for account, role in CLUSTER_ROLES.items() if matched else ():
            subject = rbac.account(account, MATCHMAKING)
            self._emit(f"{rbac.RBAC}/v1", "RoleBinding", role, rbac.binding("ClusterRole", role, subject))

    def _limit_range(self) -> None:
        """No container without limits, whoever makes the pod: Kata sizes the VM by them."""
        default = {"cpu": "100m", "memory": "128Mi"}
        limit = {"type": "Container", "default": default, "defaultRequest": default}
        self._emit("v1", "LimitRange", "containers", {"spec": {"limits": [limit]}})

    def _sdk_account(self) -> None:
        """The SDK sidecar's account. Its token may patch every GameServer here, hence one namespace a tenant."""
        account = sdk_sidecar.SERVICE_ACCOUNT
        self._emit("v1", "ServiceAccount", account, {})
        body = rbac.binding("ClusterRole", account, rbac.account(account, self.namespace))
        self._emit(f"{rbac.RBAC}/v1", "RoleBinding", "agones-sdk-access", body)

    def _network_policies(self, server_ports: Sequence[tuple[str, int]]) -> None:
        closed = {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
        self._emit("networking.k8s.io/v1", "NetworkPolicy", "default-deny", {"spec": closed})
        ports = [{"protocol": protocol, "port": port} for protocol, port in sorted(set(server_ports))]
        players = {
            "podSelector": {"matchLabels": {"agones.dev/role": "gameserver"}},
            "policyTypes": ["Ingress"],
            "ingress": [{"from": [{"ipBlock": {"cidr": "0.0.0.0/0"}}], "ports": ports}],
        }
        self._emit("networking.k8s.io/v1", "NetworkPolicy", "players", {"spec": players})

    def _disruption_budget(self) -> None:
        """What makes `eviction: Never` mean something to a drain; the Agones chart would make it elsewhere."""
        spec = {
            "maxUnavailable": "0%",
            "selector": {"matchLabels": {"agones.dev/safe-to-evict": "false"}},
        }
        self._emit("policy/v1", "PodDisruptionBudget", "agones-gameserver-safe-to-evict-false", {"spec": spec})

    def _emit(self, api_version: str, kind: str, name: str, body: dict[str, Any]) -> None:
        owner = {labels.TENANT: self.tenant}
        self.emit(Manifest(api_version, kind, name, body, self.namespace, labels=owner))
