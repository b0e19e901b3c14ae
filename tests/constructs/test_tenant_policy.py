"""Network policies that no tenant can override: allows, then denies, then on to the tenant's own."""

from collections.abc import Callable
from typing import Any

import pytest

from homeground.manifest import ManifestChart
from homeground.tenant_policy import TenantPolicies

Find = Callable[..., dict[str, Any]]
KUBE_DNS = {
    "selector": "k8s-app == 'kube-dns'",
    "namespaceSelector": "kubernetes.io/metadata.name == 'kube-system'",
    "ports": [53],
}
JWKS = {
    "selector": "homeground.dev/serves-tenants == 'true'",
    "namespaceSelector": "homeground.dev/platform == 'true'",
}
PRIVATE = ["10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"]
NAMES = ["homeground.block-metadata", "homeground.tenant-egress"]


@pytest.fixture(autouse=True)
def policies(chart: ManifestChart) -> None:
    networks = ["163.220.236.0/23", "10.244.0.0/16"]
    TenantPolicies(chart, "policies", api_servers=["10.10.0.2/32"], networks=networks)


def test_the_tier_lies_between_calicos_own_and_kubernetes_policies_and_passes_the_rest_on(find: Find) -> None:
    tier = find("Tier")
    assert tier["apiVersion"] == "projectcalico.org/v3"
    assert tier["metadata"]["name"] == "homeground"
    assert tier["spec"] == {"order": 200, "defaultAction": "Pass"}


def test_tenants_reach_dns_the_api_server_the_jwks_and_then_only_the_internet(find: Find) -> None:
    assert find("GlobalNetworkPolicy", "homeground.tenant-egress")["spec"] == {
        "tier": "homeground",
        "order": 20,
        "namespaceSelector": "has(homeground.dev/tenant)",
        "types": ["Egress"],
        "egress": [
            {"action": "Allow", "protocol": "UDP", "destination": KUBE_DNS},
            {"action": "Allow", "protocol": "TCP", "destination": KUBE_DNS},
            {"action": "Allow", "protocol": "TCP", "destination": {"nets": ["10.10.0.2/32"], "ports": [6443]}},
            {"action": "Allow", "protocol": "TCP", "destination": JWKS},
            {"action": "Deny", "destination": {"nets": ["163.220.236.0/23", "10.244.0.0/16", *PRIVATE]}},
            {"action": "Pass"},
        ],
    }


def test_no_pod_at_all_reaches_the_clouds_metadata_server(find: Find) -> None:
    assert find("GlobalNetworkPolicy", "homeground.block-metadata")["spec"] == {
        "tier": "homeground",
        "order": 10,
        "namespaceSelector": "all()",
        "types": ["Egress"],
        "egress": [{"action": "Deny", "destination": {"nets": ["169.254.169.254/32"]}}, {"action": "Pass"}],
    }


@pytest.mark.parametrize("name", NAMES)
def test_rules_allow_before_they_deny_before_they_pass(find: Find, name: str) -> None:
    actions = [rule["action"] for rule in find("GlobalNetworkPolicy", name)["spec"]["egress"]]
    assert actions == sorted(actions, key=["Allow", "Deny", "Pass"].index)
    assert actions[-1] == "Pass"


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_emitted_that_calico_would_drop_or_add(find: Find, name: str) -> None:
    policy = find("GlobalNetworkPolicy", name)
    assert policy["metadata"]["labels"] == {"projectcalico.org/tier": "homeground"}
    for rule in policy["spec"]["egress"]:
        assert "source" not in rule
        assert rule.get("destination", "absent")
        nets = rule.get("destination", {}).get("nets", [])
        assert len(nets) == len(set(nets))


def test_policies_are_applied_after_their_tier_and_by_the_client(find: Find) -> None:
    expected = {"Tier": "2", "homeground.block-metadata": "3", "homeground.tenant-egress": "3"}
    found = [find("Tier"), *(find("GlobalNetworkPolicy", name) for name in NAMES)]
    assert [m["metadata"]["annotations"] for m in found] == [
        {"argocd.argoproj.io/sync-wave": wave, "argocd.argoproj.io/sync-options": "ServerSideApply=false"}
        for wave in expected.values()
    ]


def test_a_network_that_is_private_anyway_is_named_once(chart: ManifestChart) -> None:
    del chart.manifests[:]
    TenantPolicies(chart, "again", api_servers=["10.10.0.2/32"], networks=["10.0.0.0/8", "10.244.0.0/16"])
    (egress,) = (m for m in chart.to_json() if m["metadata"]["name"] == "homeground.tenant-egress")
    nets = next(rule for rule in egress["spec"]["egress"] if rule["action"] == "Deny")["destination"]["nets"]
    assert nets.count("10.0.0.0/8") == 1
