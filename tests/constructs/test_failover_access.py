"""The operator's rights: each by the verbs that its calls need, and the few that would be dangerous not at all."""

from collections.abc import Callable
from typing import Any

import pytest

from homeground.failover.access import Access
from homeground.manifest import ManifestChart

Find = Callable[..., dict[str, Any]]


@pytest.fixture(autouse=True)
def access(chart: ManifestChart) -> None:
    Access(chart, "access")


@pytest.fixture
def granted(chart: ManifestChart) -> set[tuple[str, str, str]]:
    """(namespace or "", resource, verb) of everything."""
    roles = [each.to_json() for each in chart.manifests if each.kind in ("ClusterRole", "Role")]
    return {
        (role["metadata"].get("namespace", ""), resource, verb)
        for role in roles
        for rule in role["rules"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }


def test_secrets_are_written_in_one_namespace_and_read_in_none(granted: set[tuple[str, str, str]]) -> None:
    secrets = {(namespace, verb) for namespace, resource, verb in granted if resource == "secrets"}
    assert secrets == {("kube-system", "create"), ("kube-system", "delete")}


def test_nothing_is_granted_by_a_wildcard(granted: set[tuple[str, str, str]]) -> None:
    assert "*" not in {part for each in granted for part in each}


def test_pods_are_seen_and_never_touched(granted: set[tuple[str, str, str]]) -> None:
    assert {verb for _, resource, verb in granted if resource.startswith("pods")} == {"list", "watch"}


def test_its_own_lease_is_the_only_one_that_it_renews(chart: ManifestChart) -> None:
    rules = [rule for each in chart.manifests if each.kind == "Role" for rule in each.body["rules"]]
    renewing = [rule for rule in rules if rule["resources"] == ["leases"] and "update" in rule["verbs"]]
    assert [rule["resourceNames"] for rule in renewing] == [["failover"]]


def test_a_nodes_status_and_heartbeat_are_its_kubelets(granted: set[tuple[str, str, str]]) -> None:
    assert not [each for each in granted if each[1] == "nodes/status"]
    assert {verb for place, resource, verb in granted if (place, resource) == ("kube-node-lease", "leases")} == {
        *("get", "list", "watch")
    }


def test_no_verb_gives_more_rights(granted: set[tuple[str, str, str]]) -> None:
    assert not {verb for _, _, verb in granted} & {"bind", "escalate", "impersonate", "deletecollection"}


def test_signing_is_for_kubelets_clients_alone(find: Find) -> None:
    rules = find("ClusterRole")["rules"]
    (signers,) = (rule for rule in rules if rule["resources"] == ["signers"])
    assert signers["verbs"] == ["approve"]
    assert signers["resourceNames"] == ["kubernetes.io/kube-apiserver-client-kubelet"]


def test_every_role_is_bound_to_the_operator_where_it_is(chart: ManifestChart) -> None:
    made = [each.to_json() for each in chart.manifests]
    own = {"kind": "ServiceAccount", "name": "failover", "namespace": "failover"}
    roles = {(each["kind"], each["metadata"].get("namespace")) for each in made if each["kind"].endswith("Role")}
    bound = {
        (each["roleRef"]["kind"], each["metadata"].get("namespace"))
        for each in made
        if each["kind"].endswith("Binding") and each["subjects"] == [own]
    }
    assert roles == bound
    assert len(roles) == 5


def test_joining_machines_may_ask_and_nobody_approves_them_unseen(find: Find, chart: ManifestChart) -> None:
    binding = find("ClusterRoleBinding", "failover-bootstrappers")
    assert binding["roleRef"]["name"] == "system:node-bootstrapper"
    (subject,) = binding["subjects"]
    assert (subject["kind"], subject["name"]) == ("Group", "system:bootstrappers:homeground-failover")
    assert "nodeclient" not in str([each.to_json() for each in chart.manifests])
