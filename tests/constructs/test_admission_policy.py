"""Admission policies: bound to every tenant, closed when in doubt."""

from collections.abc import Callable
from typing import Any

from homeground.admission_policy import Rule, Target, TenantAdmissionPolicy
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
