"""What a contract test has: a client, and names of its own."""

import uuid
from dataclasses import dataclass, field

from kubeclient.client import Client
from kubeclient.clock import Clock
from kubeclient.resources import NODES, PODS, Json, Resource, key_of
from kubeclient.watch import WatchEvent
from tests.cluster.control_plane import ControlPlane
from tests.doubles.kubernetes.kinds import Kind

WIDGETS = Resource("contract.homeground.dev", "v1", "widgets", "Widget")
WIDGET = Kind(WIDGETS, custom=True, status=True)
NAMESPACE = "default"

_SCHEMA = {
    "type": "object",
    "properties": {
        "spec": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
        "status": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
    },
}
WIDGET_CRD: Json = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "widgets.contract.homeground.dev"},
    "spec": {
        "group": WIDGETS.group,
        "names": {"kind": WIDGETS.kind, "plural": WIDGETS.plural, "singular": "widget"},
        "scope": "Namespaced",
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "schema": {"openAPIV3Schema": _SCHEMA},
                "subresources": {"status": {}},
            }
        ],
    },
}


@dataclass(frozen=True)
class World:
    """An API server to hold to the contract; `plane` is the real one's, None with the double."""

    client: Client
    clock: Clock
    plane: ControlPlane | None = None
    mark: str = field(default_factory=lambda: uuid.uuid4().hex[:8])
    """In the name and the labels of all that a test makes: others make things on the same server."""

    def name(self, part: str = "a") -> str:
        return f"{part}-{self.mark}"

    def widget(self, part: str = "a", **rest: object) -> Json:
        """A custom object."""
        return self.of(WIDGETS, part, **({"spec": {"size": 1}} | rest))

    def of(self, resource: Resource, part: str = "a", **rest: object) -> Json:
        """An object of any kind; `metadata` in `rest` is added to its own."""
        metadata: Json = {"name": self.name(part), "labels": {"mark": self.mark}}
        if resource.namespaced:
            metadata["namespace"] = NAMESPACE
        given = rest.pop("metadata", {})
        assert isinstance(given, dict)
        return {"apiVersion": resource.api_version, "kind": resource.kind, "metadata": metadata | given, **rest}

    async def clean(self) -> None:
        """Delete what other tests on the same server would notice."""
        for resource in (PODS, NODES):
            for obj in (await self.client.list(resource, labels=f"mark={self.mark}")).items:
                namespace, name = key_of(obj)
                await self.client.delete(resource, name, namespace, grace_seconds=0)

    async def events(self, resource: Resource, version: str, count: int, labels: str = "") -> list[WatchEvent]:
        """The first `count` events of this test's objects after a version, bookmarks left out."""
        found: list[WatchEvent] = []
        selector = labels or f"mark={self.mark}"
        async with self.client.watch(resource, version=version, labels=selector, seconds=20) as events:
            async for event in events:
                if event.type != "BOOKMARK":
                    found.append(event)
                if len(found) == count:
                    return found
        raise AssertionError(f"{len(found)} events instead of {count}: {[event.type for event in found]}")
