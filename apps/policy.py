"""Admission policies: what the API server refuses in tenants' namespaces, whoever asks."""

from constructs import Construct

from homeground import pod_rules, pod_security
from homeground.admission_policy import Rule, Target, TenantAdmissionPolicy
from homeground.app import App, AppProps
from homeground.platform import Platform

PODS = Target("", ["v1"], ["pods"])
EPHEMERAL = Target("", ["v1"], ["pods/ephemeralcontainers"], ["UPDATE"])


class Policy(App):
    """Pods are judged when they are made; Fleets and GameServers too, so that the error reaches who wrote them."""

    def __init__(self, scope: Construct, platform: Platform) -> None:
        super().__init__(scope, AppProps(name="policy", namespace="default"))
        ranges = platform.port_ranges.values()
        pods = {
            "isolation": pod_rules.isolation(),
            "restricted": [*pod_security.restricted(), *pod_security.host_ports(ranges)],
            "resources": pod_rules.resources(),
            "placement": pod_rules.placement(unplaced="request.operation == 'CREATE'"),
            "identity": pod_rules.identity(),
        }
        for name, rules in pods.items():
            self._policy(f"tenant-pod-{name}", PODS, rules, pod_rules.variables("object"))
        for kind, template in (
            ("fleets", "object.spec.template.spec.template"),
            ("gameservers", "object.spec.template"),
        ):
            self._policy(
                f"tenant-{kind}",
                Target("agones.dev", ["v1"], [kind]),
                template_rules(),
                pod_rules.variables(template),
            )
        self._policy("tenant-no-debug", EPHEMERAL, [Rule("false", "ephemeral containers are not allowed")], [])

    def _policy(self, name: str, target: Target, rules: list[Rule], variables: pod_rules.Variables) -> None:
        TenantAdmissionPolicy(self, name, name=name, target=target, rules=rules, variables=variables)


def template_rules() -> list[Rule]:
    """What can be told of a pod template before Agones completes it; it picks the host port later."""
    return [
        *pod_rules.isolation(),
        *pod_security.restricted(),
        *pod_rules.resources(),
        *pod_rules.placement(),
        *pod_rules.identity(),
        *pod_rules.templates(),
    ]
