"""Admission policies: bound to every tenant or to everything, closed when in doubt."""

from collections.abc import Callable
from typing import Any

from homeground.admission_policy import AdmissionPolicy, Rule, Target, TenantAdmissionPolicy
from homeground.manifest import ManifestChart

Find = Callable[..., dict[str, Any]]
PODS = Target("", ["v1"], ["pods"])
RULES = [Rule("object.spec.hostNetwork == false", "hostNetwork is not allowed")]
VARIABLES = [("spec", "object.spec")]


def test_a_policy_judges_creation_and_change_and_fails_closed(chart: ManifestChart, find: Find) -> None:
    TenantAdmissionPolicy(chart, "policy", name="no-host", target=PODS, rules=RULES, variables=VARIABLES)
    assert find("ValidatingAdmissionPolicy") == {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingAdmissionPolicy",
        "metadata": {"name": "no-host"},
        "spec": {
            "failurePolicy": "Fail",
            "matchConstraints": {
                "matchPolicy": "Equivalent",
                "namespaceSelector": {},
                "objectSelector": {},
                "resourceRules": [
                    {
                        "apiGroups": [""],
                        "apiVersions": ["v1"],
                        "operations": ["CREATE", "UPDATE"],
                        "resources": ["pods"],
                        "scope": "Namespaced",
                    }
                ],
            },
            "variables": [{"name": "spec", "expression": "object.spec"}],
            "validations": [
                {
                    "expression": "object.spec.hostNetwork == false",
                    "message": "hostNetwork is not allowed",
                    "reason": "Forbidden",
                }
            ],
        },
    }


def test_its_binding_covers_every_tenant_namespace_and_denies(chart: ManifestChart, find: Find) -> None:
    TenantAdmissionPolicy(chart, "policy", name="no-host", target=PODS, rules=RULES)
    assert find("ValidatingAdmissionPolicyBinding") == {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingAdmissionPolicyBinding",
        "metadata": {"name": "no-host"},
        "spec": {
            "policyName": "no-host",
            "matchResources": {
                "matchPolicy": "Equivalent",
                "namespaceSelector": {"matchExpressions": [{"key": "homeground.dev/tenant", "operator": "Exists"}]},
                "objectSelector": {},
            },
            "validationActions": ["Deny", "Audit"],
        },
    }


def test_a_policy_without_variables_has_no_empty_list_of_them(chart: ManifestChart, find: Find) -> None:
    TenantAdmissionPolicy(chart, "policy", name="no-host", target=PODS, rules=RULES)
    assert "variables" not in find("ValidatingAdmissionPolicy")["spec"]


def test_a_policy_of_the_whole_cluster_is_bound_everywhere(chart: ManifestChart, find: Find) -> None:
    nodes = Target("", ["v1"], ["nodes"], ["DELETE"], "Cluster")
    AdmissionPolicy(chart, "policy", name="no-host", target=nodes, rules=RULES)
    constraints = find("ValidatingAdmissionPolicy")["spec"]["matchConstraints"]
    (rule,) = constraints["resourceRules"]
    assert (rule["scope"], rule["operations"]) == ("Cluster", ["DELETE"])
    matching = {"matchPolicy": "Equivalent", "namespaceSelector": {}, "objectSelector": {}}
    assert find("ValidatingAdmissionPolicyBinding")["spec"]["matchResources"] == matching


def test_a_policy_may_be_for_some_requests_only(chart: ManifestChart, find: Find) -> None:
    mine = [("mine", "request.userInfo.username == 'me'")]
    AdmissionPolicy(chart, "policy", name="no-host", target=PODS, rules=RULES, conditions=mine)
    conditions = find("ValidatingAdmissionPolicy")["spec"]["matchConditions"]
    assert conditions == [{"name": "mine", "expression": "request.userInfo.username == 'me'"}]


def test_a_policy_may_be_there_before_what_it_guards(chart: ManifestChart, find: Find) -> None:
    AdmissionPolicy(chart, "policy", name="no-host", target=PODS, rules=RULES, wave="-1")
    for kind in ("ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"):
        assert find(kind)["metadata"]["annotations"] == {"argocd.argoproj.io/sync-wave": "-1"}
