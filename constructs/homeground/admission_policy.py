"""ValidatingAdmissionPolicy: rules that the API server itself enforces, whoever writes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from homeground import labels
from homeground.app import WAVE
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
    scope: Literal["Namespaced", "Cluster"] = "Namespaced"

    def to_json(self) -> dict[str, Any]:
        return {
            "apiGroups": [self.group],
            "apiVersions": list(self.versions),
            "operations": list(self.operations),
            "resources": list(self.resources),
            "scope": self.scope,
        }


TENANTS = {"matchExpressions": [{"key": labels.TENANT, "operator": "Exists"}]}
"""Selects the namespaces of tenants."""


class AdmissionPolicy(Component):
    """A policy and its binding. It fails closed.

    It holds in all namespaces that `namespaces` selects, and for requests that meet every one of `conditions`, pairs of
    a name and a CEL expression. With a `wave` Argo CD applies it before what it shall guard.
    """

    def __init__(
        self,
        scope: ManifestChart | Component,
        id: str,
        *,
        name: str,
        target: Target,
        rules: Sequence[Rule],
        variables: Sequence[tuple[str, str]] = (),
        conditions: Sequence[tuple[str, str]] = (),
        namespaces: Mapping[str, Any] | None = None,
        wave: str = "",
    ) -> None:
        super().__init__(scope, id)
        self._annotations = {WAVE: wave} if wave else {}
        spec: dict[str, Any] = {
            "failurePolicy": "Fail",
            "matchConstraints": {**_matching({}), "resourceRules": [target.to_json()]},
        }
        if conditions:
            spec["matchConditions"] = [{"name": name_, "expression": cel} for name_, cel in conditions]
        if variables:
            spec["variables"] = [{"name": name_, "expression": cel} for name_, cel in variables]
        spec["validations"] = [rule.to_json() for rule in rules]
        self._emit("ValidatingAdmissionPolicy", name, spec)
        binding = {
            "policyName": name,
            "matchResources": _matching(namespaces or {}),
            "validationActions": ["Deny", "Audit"],
        }
        self._emit("ValidatingAdmissionPolicyBinding", name, binding)

    def _emit(self, kind: str, name: str, spec: dict[str, Any]) -> None:
        api_version = "admissionregistration.k8s.io/v1"
        self.emit(Manifest(api_version, kind, name, {"spec": spec}, annotations=self._annotations))


class TenantAdmissionPolicy(AdmissionPolicy):
    """A policy for every tenant namespace."""

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
        super().__init__(scope, id, name=name, target=target, rules=rules, variables=variables, namespaces=TENANTS)


def _matching(namespaces: Mapping[str, Any]) -> dict[str, Any]:
    """Written as the API server would complete it."""
    return {"matchPolicy": "Equivalent", "namespaceSelector": dict(namespaces), "objectSelector": {}}
