"""Namespaces: first of everything, labelled for Pod Security, never removed without being asked."""

from collections.abc import Callable
from typing import Any

import pytest

from homeground.manifest import ManifestChart
from homeground.namespace import Namespace, PodSecurity

Find = Callable[..., dict[str, Any]]
LEVELS: list[PodSecurity] = ["privileged", "baseline", "restricted"]


@pytest.mark.parametrize("level", LEVELS)
def test_a_platform_namespace_says_so_and_enforces_its_level(
    chart: ManifestChart, find: Find, level: PodSecurity
) -> None:
    Namespace(chart, "namespace", name="web", enforce=level)
    assert find("Namespace") == {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {
            "name": "web",
            "labels": {"homeground.dev/platform": "true", "pod-security.kubernetes.io/enforce": level},
            "annotations": {
                "argocd.argoproj.io/sync-wave": "-3",
                "argocd.argoproj.io/sync-options": "Prune=confirm,Delete=confirm",
            },
        },
    }


def test_a_tenants_namespace_is_never_one_of_the_platforms(chart: ManifestChart, find: Find) -> None:
    Namespace(chart, "namespace", name="games-acme", enforce="privileged", tenant="acme")
    labels = find("Namespace")["metadata"]["labels"]
    assert labels["homeground.dev/tenant"] == "acme"
    assert "homeground.dev/platform" not in labels
