"""The kinds that are read and written, as constants: asking the API server for them would be a call that can fail."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

Json = dict[str, Any]
"""An object as the API server sent it."""

Key = tuple[str, str]
"""Namespace and name; the namespace of what has none is empty."""


@dataclass(frozen=True, slots=True)
class Resource:
    """One kind, where its objects are found."""

    group: str
    """Empty for the core group."""

    version: str
    plural: str
    kind: str
    namespaced: bool = True

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    def path(self, namespace: str = "", name: str = "", subresource: str = "") -> str:
        """The URL path of one object, or without a name of all of them, in one namespace or in all.

        Raises ValueError for what would be the path of something else.
        """
        if namespace and not self.namespaced:
            raise ValueError(f"{self.plural} have no namespace, but {namespace!r} was given")
        if name and self.namespaced and not namespace:
            raise ValueError(f"{self.plural} have a namespace, but {name!r} was asked for without one")
        parts = ["apis", self.group, self.version] if self.group else ["api", self.version]
        parts += ["namespaces", namespace] if namespace else []
        parts += [part for part in (self.plural, name, subresource) if part]
        return "/" + "/".join(quote(part, safe="") for part in parts)

    def __str__(self) -> str:
        return f"{self.plural}.{self.group}" if self.group else self.plural


NODES = Resource("", "v1", "nodes", "Node", namespaced=False)
PODS = Resource("", "v1", "pods", "Pod")
CSI_NODES = Resource("storage.k8s.io", "v1", "csinodes", "CSINode", namespaced=False)
SECRETS = Resource("", "v1", "secrets", "Secret")
LEASES = Resource("coordination.k8s.io", "v1", "leases", "Lease")
EVENTS = Resource("events.k8s.io", "v1", "events", "Event")
CERTIFICATE_SIGNING_REQUESTS = Resource(
    "certificates.k8s.io", "v1", "certificatesigningrequests", "CertificateSigningRequest", namespaced=False
)
GAME_SERVERS = Resource("agones.dev", "v1", "gameservers", "GameServer")
GAME_SERVER_SETS = Resource("agones.dev", "v1", "gameserversets", "GameServerSet")
FLEETS = Resource("agones.dev", "v1", "fleets", "Fleet")
FLEET_AUTOSCALERS = Resource("autoscaling.agones.dev", "v1", "fleetautoscalers", "FleetAutoscaler")
NODE_FAILOVERS = Resource("homeground.dev", "v1", "nodefailovers", "NodeFailover", namespaced=False)


def key_of(obj: Mapping[str, Any]) -> Key:
    """The Key of an object."""
    metadata = obj["metadata"]
    return metadata.get("namespace", ""), metadata["name"]
