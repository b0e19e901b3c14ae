"""Tenants: each in a namespace of its own, and that closed on every side."""

from collections.abc import Iterator

from homeground import labels
from homeground.problem import Problem
from homeground.quantity import mebibytes, millicores
from homeground.quota import servers_at_once
from homeground.sdk_sidecar import SERVICE_ACCOUNT
from homeground.seams.synthesis import Rendered, Synthesis, at
from homeground.server_size import ServerSize
from homeground.tenant_policy import TIER

COMPLETE = (
    ("ResourceQuota", "tenant"),
    ("LimitRange", "containers"),
    ("NetworkPolicy", "default-deny"),
    ("ServiceAccount", SERVICE_ACCOUNT),
    ("RoleBinding", "agones-sdk-access"),
    ("PodDisruptionBudget", "agones-gameserver-safe-to-evict-false"),
)
"""What every tenant namespace holds."""


def _namespaces(synthesis: Synthesis) -> Iterator[Rendered]:
    for rendered in synthesis.of_kind("Namespace"):
        if labels.TENANT in (at(rendered.manifest, "metadata.labels") or {}):
            yield rendered


def namespaces_are_complete(synthesis: Synthesis) -> Iterator[Problem]:
    """One namespace a tenant, with quota, limits, policies, the SDK's account and budget; Fleets nowhere else."""
    held = {(r.kind, r.namespace, r.name) for r in synthesis.objects}
    tenants = {rendered.name: rendered for rendered in _namespaces(synthesis)}
    for name, rendered in tenants.items():
        for kind, object_name in COMPLETE:
            if (kind, name, object_name) not in held:
                yield rendered.problem("", f"no {kind} {object_name}", "one in every tenant namespace")
    for rendered in synthesis.of_kind("Fleet"):
        if rendered.namespace not in tenants:
            yield rendered.problem("metadata.namespace", rendered.namespace, "a tenant's namespace")
        tenant = at(rendered.manifest, "spec.template.metadata.labels") or {}
        if labels.tenant_namespace(tenant.get(labels.TENANT, "")) != rendered.namespace:
            yield rendered.problem("metadata.namespace", rendered.namespace, "its own tenant's namespace")


def policies_bind_tenants(synthesis: Synthesis) -> Iterator[Problem]:
    """Every admission policy is bound, denies, and selects tenants by the label their namespaces carry.

    hostPort forces the privileged Pod Security level, so without the policies nothing would be refused.
    """
    bindings = {r.spec["policyName"]: r for r in synthesis.of_kind("ValidatingAdmissionPolicyBinding")}
    policies = [r for r in synthesis.of_kind("ValidatingAdmissionPolicy") if r.name.startswith("tenant-")]
    refused = " ".join(v["expression"] for r in policies for v in r.spec["validations"])
    if "io.katacontainers." not in refused:
        yield Problem("apps/policy.py", 0, "", "no rule about io.katacontainers.*", "one: most are ungated in Kata")
    for rendered in policies:
        if rendered.spec.get("failurePolicy") != "Fail":
            yield rendered.problem("spec.failurePolicy", rendered.spec.get("failurePolicy"), "Fail")
        binding = bindings.get(rendered.name)
        if not binding:
            yield rendered.problem("", "no binding", "a ValidatingAdmissionPolicyBinding")
            continue
        if "Deny" not in binding.spec["validationActions"]:
            yield binding.problem("spec.validationActions", binding.spec["validationActions"], "Deny")
        selected = at(binding.manifest, "spec.matchResources.namespaceSelector.matchExpressions")
        if selected != [{"key": labels.TENANT, "operator": "Exists"}]:
            yield binding.problem("spec.matchResources", selected, f"namespaces that have {labels.TENANT}")


def network_is_closed(synthesis: Synthesis) -> Iterator[Problem]:
    """Tenant namespaces deny by default; a tier above them blocks the metadata server and every network of ours,
    but for DNS, the API server and the JWKS endpoint."""
    for rendered in synthesis.of_kind("NetworkPolicy"):
        if rendered.name == "default-deny" and labels.TENANT in (at(rendered.manifest, "metadata.labels") or {}):
            closed = {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
            if rendered.spec != closed:
                yield rendered.problem("spec", rendered.spec, "every pod, both directions, nothing allowed")
    policies = {r.name.rpartition(".")[2]: r for r in synthesis.of_kind("GlobalNetworkPolicy")}
    for name in ("block-metadata", "tenant-egress"):
        if name not in policies:
            yield Problem("apps/network.py", 0, "", f"no GlobalNetworkPolicy {name}", "one")
    if rendered_egress := policies.get("tenant-egress"):
        yield from _tenant_egress(synthesis, rendered_egress)
    metadata = policies.get("block-metadata")
    if metadata and not any("169.254.169.254/32" in nets for nets in _denied(metadata)):
        yield metadata.problem("spec.egress", "no Deny of 169.254.169.254/32", "one: join tokens lie there")


def _denied(policy: Rendered) -> list[list[str]]:
    return [at(rule, "destination.nets") or [] for rule in policy.spec["egress"] if rule["action"] == "Deny"]


def _tenant_egress(synthesis: Synthesis, policy: Rendered) -> Iterator[Problem]:
    denied = {net for nets in _denied(policy) for net in nets}
    missing = [net for net in synthesis.platform.networks if net not in denied]
    if missing:
        yield policy.problem("spec.egress", f"no Deny of {', '.join(missing)}", "every network of the cluster")
    allowed = [rule for rule in policy.spec["egress"] if rule["action"] == "Allow"]
    if not any(at(rule, "destination.nets") == synthesis.platform.api_servers for rule in allowed):
        yield policy.problem("spec.egress", "the API server not allowed", "port 6443 of the control-plane nodes")
    if not any("kube-dns" in (at(rule, "destination.selector") or "") for rule in allowed):
        yield policy.problem("spec.egress", "DNS not allowed", "port 53 of kube-dns")
    if not any(labels.SERVES_TENANTS in (at(rule, "destination.selector") or "") for rule in allowed):
        yield policy.problem("spec.egress", "the JWKS endpoint not allowed", f"pods with {labels.SERVES_TENANTS}")
    if policy.spec.get("tier") != TIER:
        yield policy.problem("spec.tier", policy.spec.get("tier"), f"{TIER}, above what a tenant could add")
    if policy.spec.get("namespaceSelector") != f"has({labels.TENANT})":
        yield policy.problem("spec.namespaceSelector", policy.spec.get("namespaceSelector"), f"has({labels.TENANT})")


def quota_covers_fleets(synthesis: Synthesis) -> Iterator[Problem]:
    """A quota holds its fleets at their maximum, a rolling update and a dead node's servers: else pods are refused."""
    platform = synthesis.platform
    for rendered in synthesis.of_kind("ResourceQuota"):
        tenant = rendered.namespace.removeprefix(labels.tenant_namespace(""))
        games = platform.games_of(tenant)
        servers = [(ServerSize.of(g, platform.cluster.isolation), servers_at_once(platform, g)) for g in games]
        count = sum(n for _, n in servers)
        hard = rendered.spec["hard"]
        for name, has, needs in (
            ("count/gameservers.agones.dev", int(hard["count/gameservers.agones.dev"]), count),
            ("pods", int(hard["pods"]), count),
            ("requests.cpu", millicores(hard["requests.cpu"]), sum(size.cpu * n for size, n in servers)),
            ("limits.cpu", millicores(hard["limits.cpu"]), sum(size.cpu_limit * n for size, n in servers)),
            ("requests.memory", mebibytes(hard["requests.memory"]), sum(size.memory * n for size, n in servers)),
            ("limits.memory", mebibytes(hard["limits.memory"]), sum(size.memory * n for size, n in servers)),
        ):
            if has < needs:
                yield rendered.problem(f"spec.hard.{name}", hard[name], f"what {tenant}'s fleets need at their maximum")
