"""Manifests, and the chart that takes them past jsii.

Every call into cdk8s' JavaScript core costs 0.2-0.3 ms, and a typed custom resource needs several. So our
constructs are real `constructs.Construct`s in the real tree, but the manifest each one makes stays plain Python
until its chart is written: `ManifestChart.to_json` adds them to what cdk8s itself knows (objects of cdk8s-plus).
This is the only file that knows of the trick.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import cdk8s
from constructs import Construct

Json = Any
"""What JSON can hold; manifests are checked against published schemas, not by Python's types."""


@dataclass(frozen=True)
class Manifest:
    """One Kubernetes object. `body` holds everything but apiVersion, kind and metadata."""

    api_version: str
    kind: str
    name: str
    body: Mapping[str, Json]
    namespace: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    finalizers: Sequence[str] = ()

    def to_json(self) -> dict[str, Json]:
        metadata: dict[str, Json] = {"name": self.name}
        if self.namespace:
            metadata["namespace"] = self.namespace
        if self.labels:
            metadata["labels"] = dict(self.labels)
        if self.annotations:
            metadata["annotations"] = dict(self.annotations)
        if self.finalizers:
            metadata["finalizers"] = list(self.finalizers)
        return {"apiVersion": self.api_version, "kind": self.kind, "metadata": metadata, **self.body}


class ManifestChart(cdk8s.Chart):
    """A chart whose objects are our manifests and, mixed in freely, those of cdk8s and cdk8s-plus."""

    def __init__(self, scope: Construct, id: str, *, namespace: str | None = None) -> None:
        super().__init__(scope, id, namespace=namespace, disable_resource_name_hashes=True)
        self.manifests: list[Manifest] = []

    def to_json(self) -> list[dict[str, Json]]:
        return [*super().to_json(), *(manifest.to_json() for manifest in self.manifests)]


class Component(Construct):
    """Base of our constructs. Its scope is a ManifestChart or another Component."""

    def __init__(self, scope: "ManifestChart | Component", id: str) -> None:
        super().__init__(scope, id)
        self.chart: ManifestChart = scope if isinstance(scope, ManifestChart) else scope.chart

    def emit(self, manifest: Manifest) -> Manifest:
        self.chart.manifests.append(manifest)
        return manifest
