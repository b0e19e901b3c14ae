"""A tenant: every object that the platform owns in its namespace."""

from collections.abc import Callable
from typing import Any

import pytest

from homeground.manifest import ManifestChart
from homeground.tenant import Quota, Tenant

Find = Callable[..., dict[str, Any]]
QUOTA = Quota(game_servers=16, cpu=36480, cpu_limit=37600, memory=38912, claims=2)
METADATA = {"namespace": "games-acme", "labels": {"homeground.dev/tenant": "acme"}}


@pytest.fixture(autouse=True)
def tenant(chart: ManifestChart) -> None:
    ports = [("UDP", 7777), ("TCP", 9000), ("UDP", 7777)]
    Tenant(chart, "tenant", name="acme", quota=QUOTA, server_ports=ports)


def body(manifest: dict[str, Any]) -> dict[str, Any]:
    """An object without its metadata, which must be the tenant's."""
    metadata = manifest.pop("metadata")
    assert {**METADATA, "name": metadata["name"]} == metadata
    return manifest


def test_a_tenant_is_eight_objects(chart: ManifestChart) -> None:
    objects = sorted((m["kind"], m["metadata"]["name"]) for m in chart.to_json())
    assert objects == [
        ("LimitRange", "containers"),
        ("Namespace", "games-acme"),
        ("NetworkPolicy", "default-deny"),
        ("NetworkPolicy", "players"),
        ("PodDisruptionBudget", "agones-gameserver-safe-to-evict-false"),
        ("ResourceQuota", "tenant"),
        ("RoleBinding", "agones-sdk-access"),
        ("ServiceAccount", "agones-sdk"),
    ]


def test_its_namespace_is_privileged_for_the_host_ports_and_says_what_baseline_would(find: Find) -> None:
    assert find("Namespace") == {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {
            "name": "games-acme",
            "labels": {
                "homeground.dev/tenant": "acme",
                "pod-security.kubernetes.io/enforce": "privileged",
                "pod-security.kubernetes.io/audit": "baseline",
                "pod-security.kubernetes.io/warn": "baseline",
            },
            "annotations": {
                "argocd.argoproj.io/sync-wave": "-3",
                "argocd.argoproj.io/sync-options": "Prune=confirm,Delete=confirm",
            },
        },
    }


def test_its_quota_counts_servers_pods_cpu_memory_and_claims_and_allows_no_service(find: Find) -> None:
    hard = {
        "count/gameservers.agones.dev": "16",
        "limits.cpu": "37600m",
        "limits.memory": "38Gi",
        "persistentvolumeclaims": "2",
        "pods": "16",
        "requests.cpu": "36480m",
        "requests.memory": "38Gi",
        "services": "0",
    }
    assert body(find("ResourceQuota")) == {"apiVersion": "v1", "kind": "ResourceQuota", "spec": {"hard": hard}}


def test_no_container_goes_without_limits(find: Find) -> None:
    size = {"cpu": "100m", "memory": "128Mi"}
    limits = [{"type": "Container", "default": size, "defaultRequest": size}]
    assert body(find("LimitRange")) == {"apiVersion": "v1", "kind": "LimitRange", "spec": {"limits": limits}}


def test_the_sdk_has_its_account_and_agones_cluster_role_here_only(find: Find) -> None:
    assert body(find("ServiceAccount")) == {"apiVersion": "v1", "kind": "ServiceAccount"}
    assert body(find("RoleBinding")) == {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "RoleBinding",
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "agones-sdk"},
        "subjects": [{"kind": "ServiceAccount", "name": "agones-sdk", "namespace": "games-acme"}],
    }


def test_nothing_goes_in_or_out_by_default(find: Find) -> None:
    assert body(find("NetworkPolicy", "default-deny")) == {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "spec": {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]},
    }


def test_players_reach_the_servers_ports_each_named_once(find: Find) -> None:
    ports = [{"protocol": "TCP", "port": 9000}, {"protocol": "UDP", "port": 7777}]
    assert body(find("NetworkPolicy", "players"))["spec"] == {
        "podSelector": {"matchLabels": {"agones.dev/role": "gameserver"}},
        "policyTypes": ["Ingress"],
        "ingress": [{"from": [{"ipBlock": {"cidr": "0.0.0.0/0"}}], "ports": ports}],
    }


def test_a_drain_never_ends_a_match(find: Find) -> None:
    assert body(find("PodDisruptionBudget")) == {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "spec": {
            "maxUnavailable": "0%",
            "selector": {"matchLabels": {"agones.dev/safe-to-evict": "false"}},
        },
    }
