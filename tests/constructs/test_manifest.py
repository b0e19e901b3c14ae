"""The chart that carries our manifests past jsii, and cdk8s' own objects with them."""

import cdk8s
import pytest
from cdk8s_plus_35 import k8s

from homeground.manifest import Component, Manifest, ManifestChart


class Pair(Component):
    def __init__(self, scope: ManifestChart | Component, id: str) -> None:
        super().__init__(scope, id)
        self.emit(Manifest("v1", "ConfigMap", f"{id}-a", {"data": {"key": "value"}}))
        self.emit(Manifest("v1", "ConfigMap", f"{id}-b", {}))


def test_a_manifest_without_extras_has_a_name_and_nothing_empty() -> None:
    assert Manifest("v1", "ServiceAccount", "sdk", {}).to_json() == {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {"name": "sdk"},
    }


def test_a_manifest_carries_all_of_its_metadata() -> None:
    manifest = Manifest(
        "example.dev/v1",
        "Thing",
        "one",
        {"spec": {"size": 1}},
        "home",
        labels={"a": "1"},
        annotations={"b": "2"},
        finalizers=["example.dev/keep"],
    )
    assert manifest.to_json() == {
        "apiVersion": "example.dev/v1",
        "kind": "Thing",
        "metadata": {
            "name": "one",
            "namespace": "home",
            "labels": {"a": "1"},
            "annotations": {"b": "2"},
            "finalizers": ["example.dev/keep"],
        },
        "spec": {"size": 1},
    }


def test_components_emit_into_their_chart_in_order_however_deep_they_are(chart: ManifestChart) -> None:
    outer = Component(chart, "outer")
    Pair(outer, "inner")
    Pair(chart, "other")
    assert [m["metadata"]["name"] for m in chart.to_json()] == ["inner-a", "inner-b", "other-a", "other-b"]
    assert outer.chart is chart


def test_components_are_nodes_of_the_real_tree(chart: ManifestChart) -> None:
    inner = Component(Component(chart, "outer"), "inner")
    assert inner.node.path == "app/outer/inner"
    with pytest.raises(Exception, match="already a Construct with name 'outer'"):
        Component(chart, "outer")


def test_cdk8s_own_objects_come_with_ours_in_the_charts_namespace(chart: ManifestChart) -> None:
    metadata = k8s.ObjectMeta(name="theirs", labels={"a": "1"})
    k8s.KubeConfigMap(chart, "theirs", metadata=metadata, data={"key": "value"})
    Pair(chart, "ours")
    theirs = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "theirs", "namespace": "app", "labels": {"a": "1"}},
        "data": {"key": "value"},
    }
    names = [m["metadata"]["name"] for m in chart.to_json()]
    assert names == ["theirs", "ours-a", "ours-b"]
    assert chart.to_json()[0] == theirs


def test_manifests_are_read_again_without_growing(chart: ManifestChart) -> None:
    Pair(chart, "pair")
    assert chart.to_json() == chart.to_json()
    assert len(chart.to_json()) == 2


def test_a_chart_is_a_chart_of_cdk8s(chart: ManifestChart) -> None:
    assert isinstance(chart, cdk8s.Chart)
    assert chart.namespace == "app"
