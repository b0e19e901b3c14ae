"""ValidatingAdmissionPolicy: rules that the API server itself enforces, whoever writes."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from homeground import labels
from homeground.manifest import Component, Manifest, ManifestChart


@dataclass(frozen=True)
class Rule:
    """A CEL expression that must be true, and what the refused one is told."""

    expression: str
    message: str

    def to_json(self) -> dict[str, str]:
        return {"expression": self.expression, "message": self.message, "reason": "Forbidden"}


@dataclass(frozen=True)
class Target:
    """What a policy looks at."""

    group: str
    versions: Sequence[str]
    resources: Sequence[str]
    operations: Sequence[str] = field(default=("CREATE", "UPDATE"))

    def to_json(self) -> dict[str, Any]:
        return {
            "apiGroups": [self.group],
            "apiVersions": list(self.versions),
            "operations": list(self.operations),
            "resources": list(self.resources),
            "scope": "Namespaced",
        }


class TenantAdmissionPolicy(Component):
    """A policy and its binding to every tenant namespace. It fails closed."""

    def __init__(
        self,
        scope: ManifestChart | Component,
        id: str,
        *,
        name: str,
        target: Target,
        rules: Sequence[Rule],
        variables: Sequence[tuple[str, str]] = (),
    ) -> None:
        super().__init__(scope, id)
        spec: dict[str, Any] = {
            "failurePolicy": "Fail",
            "matchConstraints": {
                "matchPolicy": "Equivalent",
                "namespaceSelector": {},
                "objectSelector": {},
                "resourceRules": [target.to_json()],
            },
        }
        if variables:
            spec["variables"] = [{"name": name_, "expression": cel} for name_, cel in variables]
        spec["validations"] = [rule.to_json() for rule in rules]
        self._emit("ValidatingAdmissionPolicy", name, spec)
        tenants = {"matchExpressions": [{"key": labels.TENANT, "operator": "Exists"}]}
        binding = {
            "policyName": name,
            "matchResources": {
                "matchPolicy": "Equivalent",
                "namespaceSelector": tenants,
                "objectSelector": {},
            },
            "validationActions": ["Deny", "Audit"],
        }
        self._emit("ValidatingAdmissionPolicyBinding", name, binding)

    def _emit(self, kind: str, name: str, spec: dict[str, Any]) -> None:
        self.emit(Manifest("admissionregistration.k8s.io/v1", kind, name, {"spec": spec}))
