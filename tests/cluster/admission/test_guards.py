"""Every rule that holds the failover operator, passing and failing, on the real API server; and what its rights are."""

from typing import Any

import pytest

from tests.cluster.admission.applied import OTHER, Applied
from tests.cluster.admission.attempts import request
from tests.cluster.admission.breaches import BREACHES, Act, Breach, create, delete, metadata
from tests.cluster.admission.dist import CLUSTERS, of_kind
from tests.cluster.admission.in_force import GUARDED
from tests.cluster.admission.yard import HOME, OUR_TOKEN, READY, TEMPORARY, Yard, record, secret
from tests.cluster.api import ApiError, Ref

pytestmark = pytest.mark.cluster

on_hybrid = pytest.mark.parametrize(
    "cluster", [pytest.param("hybrid", marks=pytest.mark.xdist_group("admission-hybrid"))], indirect=True
)
"""The one cluster with temporary nodes."""

LEASE = {
    "apiVersion": "coordination.k8s.io/v1",
    "kind": "Lease",
    "metadata": {"name": "failover", "namespace": "failover"},
}
EVENT = {
    "apiVersion": "events.k8s.io/v1", "kind": "Event", "metadata": {"name": "a.1", "namespace": "default"},
    "eventTime": "2026-11-02T09:00:00.000000Z", "reportingController": "homeground.dev/failover",
    "reportingInstance": "one", "action": "Fail", "reason": "Test", "type": "Normal",
}  # fmt: skip
POD = Ref("v1", "Pod", "victim", OTHER)
SECRET = Ref("v1", "Secret", f"bootstrap-token-{OUR_TOKEN}", "kube-system")


@pytest.fixture
def yard(cluster: Applied) -> Yard:
    return Yard.of(cluster)


@on_hybrid
@pytest.mark.parametrize("breach", BREACHES, ids=[breach.name for breach in BREACHES])
def test_a_breach_is_refused_by_its_rule_alone(yard: Yard, breach: Breach) -> None:
    breach.control(yard, yard.admin if breach.everyone else yard.operator)
    with pytest.raises(ApiError) as refusal:
        breach.act(yard, yard.admin if breach.everyone else yard.unbound)
    assert refusal.value.status == 403
    told = (
        f"ValidatingAdmissionPolicy '{breach.policy}' with binding '{breach.policy}' denied request: {breach.message}"
    )
    assert refusal.value.message.endswith(told)


@pytest.mark.parametrize("name", CLUSTERS)
def test_every_rule_of_a_guard_has_a_breach(name: str) -> None:
    rules = {
        (policy["metadata"]["name"], rule["message"])
        for policy in of_kind(name, "ValidatingAdmissionPolicy")
        if policy["metadata"]["name"].startswith(GUARDED)
        for rule in policy["spec"]["validations"]
    }
    assert rules == ({(each.policy, each.message) for each in BREACHES} if name == "hybrid" else set())


def test_breaches_have_names_of_their_own() -> None:
    names = [breach.name for breach in BREACHES]
    assert len(set(names)) == len(names) >= 50


def listed(api_version: str, kind: str, namespace: str | None = None) -> Act:
    return lambda _, api: api.list(api_version, kind, namespace)


NEEDED: dict[str, Act] = {
    **{
        f"lists {kind}s": listed(api_version, kind, namespace)
        for api_version, kind, namespace in (
            ("v1", "Node", None),
            ("v1", "Pod", None),
            ("agones.dev/v1", "GameServer", None),
            ("agones.dev/v1", "GameServerSet", None),
            ("agones.dev/v1", "Fleet", None),
            ("autoscaling.agones.dev/v1", "FleetAutoscaler", None),
            ("homeground.dev/v1", "NodeFailover", None),
            ("certificates.k8s.io/v1", "CertificateSigningRequest", None),
            ("storage.k8s.io/v1", "CSINode", None),
            ("coordination.k8s.io/v1", "Lease", "kube-node-lease"),
        )
    },
    "makes a record": create(record(HOME)),
    "is elected": create(LEASE),
    "tells": create(EVENT),
}
"""What no breach's control does."""

DENIED: dict[str, Act] = {
    "reads its own token's Secret": request("GET", SECRET),
    "lists Secrets of kube-system": listed("v1", "Secret", "kube-system"),
    "lists Secrets": listed("v1", "Secret"),
    "writes a Secret elsewhere": create(secret("mine", "Opaque") | {"metadata": {"name": "mine", "namespace": OTHER}}),
    "takes another's Lease": create(LEASE | {"metadata": {"name": "other", "namespace": "kube-system"}}),
    "renews a node's heartbeat": create(LEASE | {"metadata": {"name": HOME, "namespace": "kube-node-lease"}}),
    "deletes a pod": delete(POD),
    "makes a node": create({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "home-9"}}),
    "says of a node that it is Ready": request(
        "PATCH", Ref("v1", "Node", HOME), {"status": {"conditions": []}}, "status"
    ),
    "makes a GameServer": lambda yard, api: api.create(yard.cluster.own("GameServer", "more", OTHER), dry_run=True),
    "resizes a Fleet past its rules": request(
        "PATCH", Ref("agones.dev/v1", "Fleet", "victim", OTHER), {"spec": {"replicas": 0}}, "scale"
    ),
    "deletes a record": delete(Ref("homeground.dev/v1", "NodeFailover", HOME)),
    "makes a signing request": create(
        {"apiVersion": "certificates.k8s.io/v1", "kind": "CertificateSigningRequest", "metadata": {"name": "own"}}
    ),
    "takes a guard away": delete(
        Ref("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicyBinding", "failover-changed-nodes")
    ),
    "gives itself more rights": metadata(
        Ref("rbac.authorization.k8s.io/v1", "ClusterRole", "failover"), labels={"a": "b"}
    ),
}  # fmt: skip


@on_hybrid
@pytest.mark.parametrize("name", NEEDED)
def test_the_operator_may_do_what_it_needs(yard: Yard, name: str) -> None:
    NEEDED[name](yard, yard.operator)


@on_hybrid
@pytest.mark.parametrize("name", DENIED)
def test_the_operator_may_not_do_anything_else(yard: Yard, name: str) -> None:
    with pytest.raises(ApiError, match=r'User "system:serviceaccount:failover:failover" cannot ') as refusal:
        DENIED[name](yard, yard.operator)
    assert refusal.value.status == 403


@on_hybrid
def test_a_guard_holds_the_operator_and_nobody_else(yard: Yard) -> None:
    """What people do by hand stays theirs to do."""
    metadata(Ref("v1", "Node", HOME), labels={"example.com/rack": "1"})(yard, yard.admin)
    delete(Ref("agones.dev/v1", "GameServer", READY, OTHER))(yard, yard.admin)


@on_hybrid
def test_the_tokens_of_temporary_machines_may_ask_for_a_certificate_and_nothing_else(yard: Yard) -> None:
    groups = ["system:bootstrappers:homeground-failover", "system:bootstrappers", "system:authenticated"]
    machine = yard.admin.as_("system:bootstrap:0urs00", groups)
    assert machine.list("certificates.k8s.io/v1", "CertificateSigningRequest")
    for act in (
        listed("v1", "Node"),
        listed("v1", "Secret", "kube-system"),
        request("GET", Ref("v1", "Node", TEMPORARY)),
    ):
        with pytest.raises(ApiError, match='User "system:bootstrap:0urs00" cannot '):
            act(_any(yard), machine)


def _any(yard: Yard) -> Any:
    return yard
