"""Where what is seen comes from: this replica's caches, which may be late, or a quorum of etcd, which is not."""

from collections.abc import Sequence
from typing import Protocol

from failover.decision.observed import Machine
from failover.provider import Place, ProviderError
from failover.runtime import views
from failover.runtime.caches import GAME_SERVER_PODS, NODE_LEASES, Caches
from failover.runtime.machines import Known, Machines
from failover.runtime.views import Located
from kubeclient.client import Client
from kubeclient.resources import (
    CERTIFICATE_SIGNING_REQUESTS,
    CSI_NODES,
    GAME_SERVERS,
    LEASES,
    NODE_FAILOVERS,
    NODES,
    PODS,
    Json,
)


class Source(Protocol):
    """Every method raises ApiError or ProviderError rather than take an error for an absence."""

    async def node(self, name: str) -> Json | None: ...

    async def record(self, name: str) -> Json | None: ...

    async def beat(self, node: str) -> str | None:
        """What changes with every renewal of the node's Lease."""

    async def drivers(self, node: str) -> frozenset[str]:
        """CSI drivers on a node."""

    async def servers(self, node: str) -> Sequence[Located]: ...

    async def pods(self, node: str) -> int:
        """Pods of game servers that are bound to a node."""

    async def requests(self) -> Sequence[Json]:
        """All CertificateSigningRequests."""

    async def machine(self, place: Place) -> Known: ...


class Cached:
    """What the watches have brought so far."""

    def __init__(self, caches: Caches, machines: Machines | None) -> None:
        self._caches, self._machines = caches, machines

    async def node(self, name: str) -> Json | None:
        return self._caches.nodes.objects.get(("", name))

    async def record(self, name: str) -> Json | None:
        return self._caches.records.objects.get(("", name))

    async def beat(self, node: str) -> str | None:
        return self._caches.leases.objects.get((NODE_LEASES, node))

    async def drivers(self, node: str) -> frozenset[str]:
        return self._caches.drivers.objects.get(("", node), frozenset())

    async def servers(self, node: str) -> Sequence[Located]:
        return self._caches.servers_on(node)

    async def pods(self, node: str) -> int:
        return sum(each == node for each in self._caches.pods.objects.values())

    async def requests(self) -> Sequence[Json]:
        return list(self._caches.requests.objects.values())

    async def machine(self, place: Place) -> Known:
        return self._machines.known(place) if self._machines else Known(Machine.ABSENT)


class Quorum:
    """What is so now."""

    def __init__(self, client: Client, machines: Machines | None) -> None:
        self._client, self._machines = client, machines

    async def node(self, name: str) -> Json | None:
        return await self._client.find(NODES, name)

    async def record(self, name: str) -> Json | None:
        return await self._client.find(NODE_FAILOVERS, name)

    async def beat(self, node: str) -> str | None:
        found = await self._client.find(LEASES, node, NODE_LEASES)
        return views.lease_beat(found) if found else None

    async def drivers(self, node: str) -> frozenset[str]:
        found = await self._client.find(CSI_NODES, node)
        return views.csi_drivers(found) if found else frozenset()

    async def servers(self, node: str) -> Sequence[Located]:
        listing = await self._client.list(GAME_SERVERS, fields=f"status.nodeName={node}")
        return [views.located(obj) for obj in listing.items]

    async def pods(self, node: str) -> int:
        listing = await self._client.list(PODS, labels=GAME_SERVER_PODS, fields=f"spec.nodeName={node}")
        return sum(bool(views.pod_node(obj)) for obj in listing.items)

    async def requests(self) -> Sequence[Json]:
        return (await self._client.list(CERTIFICATE_SIGNING_REQUESTS)).items

    async def machine(self, place: Place) -> Known:
        """The cloud's word; UNKNOWN when it gives none. One with a call under way is not asked: it is in between."""
        if not self._machines:
            return Known(Machine.ABSENT)
        known = self._machines.known(place)
        if known.busy:
            return known
        try:
            return await self._machines.look(place)
        except ProviderError:
            return Known(Machine.UNKNOWN, failed=known.failed)
