"""RuntimeClass: the same name everywhere, a micro-VM or, where the cluster is trusted, a plain container."""

from collections.abc import Callable
from typing import Any

from homeground.manifest import ManifestChart
from homeground.runtime_class import RuntimeClass

Find = Callable[..., dict[str, Any]]


def test_kata_is_the_class_that_its_own_chart_would_make(chart: ManifestChart, find: Find) -> None:
    RuntimeClass(chart, "class", name="kata-qemu-runtime-rs", isolation="kata")
    prepared = {"katacontainers.io/kata-runtime": "true", "kata-deploy.katacontainers.io/default": "true"}
    assert find("RuntimeClass") == {
        "apiVersion": "node.k8s.io/v1",
        "kind": "RuntimeClass",
        "metadata": {"name": "kata-qemu-runtime-rs"},
        "handler": "kata-qemu-runtime-rs",
        "overhead": {"podFixed": {"cpu": "250m", "memory": "320Mi"}},
        "scheduling": {"nodeSelector": prepared},
    }


def test_runc_keeps_the_name_but_costs_nothing_and_selects_no_node(chart: ManifestChart, find: Find) -> None:
    RuntimeClass(chart, "class", name="kata-qemu-runtime-rs", isolation="runc")
    assert find("RuntimeClass") == {
        "apiVersion": "node.k8s.io/v1",
        "kind": "RuntimeClass",
        "metadata": {"name": "kata-qemu-runtime-rs"},
        "handler": "runc",
    }
