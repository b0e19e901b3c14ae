"""Tenants: each in a namespace of its own, and that closed on every side."""

import pytest

from homeground.problem import Problem
from homeground.seams import tenancy
from tests.constructs.seams.case import Case, Edit, Neighbour, broken, right
from tests.constructs.seams.edits import both, of, without
from tests.constructs.seams.world import World

NAMESPACE = "dist/hybrid/tenant-lantern/Namespace.games-lantern.k8s.yaml"
FLEET = "dist/hybrid/games-lantern/Fleet.skirmish.k8s.yaml"
POLICY = "dist/hybrid/policy/ValidatingAdmissionPolicy.tenant-fleets.k8s.yaml"
BINDING = "dist/hybrid/policy/ValidatingAdmissionPolicyBinding.tenant-fleets.k8s.yaml"
DENY = "dist/hybrid/tenant-lantern/NetworkPolicy.default-deny.k8s.yaml"
EGRESS = "homeground.tenant-egress"
EGRESS_FILE = f"dist/hybrid/network/GlobalNetworkPolicy.{EGRESS}.k8s.yaml"
METADATA = "homeground.block-metadata"
METADATA_FILE = f"dist/hybrid/network/GlobalNetworkPolicy.{METADATA}.k8s.yaml"
QUOTA = "dist/hybrid/tenant-lantern/ResourceQuota.tenant.k8s.yaml"
DNS, DNS_TCP, API_SERVER, JWKS, REST = 0, 1, 2, 3, 4
"""Rules of tenant-egress, in their order."""

# skirmish at its maximum of 8, a surge of 2, and 10 stranded: 20 servers of 780m (limit 850m) and 1408 MiB
NEEDED = {
    "count/gameservers.agones.dev": ("19", "20"),
    "pods": ("19", "20"),
    "requests.cpu": ("15599m", "15600m"),
    "limits.cpu": ("16999m", "17"),
    "requests.memory": ("28159Mi", "28160Mi"),
    "limits.memory": ("28159Mi", "28160Mi"),
}


def quota(name: str, amount: str) -> Edit:
    """One line of lantern's quota."""

    def edit(world: World) -> None:
        world.object("ResourceQuota", "tenant", "games-lantern")["spec"]["hard"][name] = amount

    return edit


def egress(path: str, value: object) -> Edit:
    return of("GlobalNetworkPolicy", EGRESS, f"spec.{path}", value)


def kata_annotations_allowed(world: World) -> None:
    for manifest in world.app("policy"):
        for rule in manifest["spec"].get("validations", []):
            rule["expression"] = rule["expression"].replace("io.katacontainers.", "example.com/")


BROKEN = [
    *(
        Case(
            tenancy.namespaces_are_complete,
            without("tenant-lantern", kind, f"games-lantern/{name}"),
            Problem(NAMESPACE, 0, "", f"no {kind} {name}", "one in every tenant namespace"),
        )
        for kind, name in (
            ("ResourceQuota", "tenant"),
            ("LimitRange", "containers"),
            ("NetworkPolicy", "default-deny"),
            ("ServiceAccount", "agones-sdk"),
            ("RoleBinding", "agones-sdk-access"),
            ("PodDisruptionBudget", "agones-gameserver-safe-to-evict-false"),
        )
    ),
    Case(
        tenancy.namespaces_are_complete,
        of("Fleet", "skirmish", "metadata.namespace", "agones-system"),
        Problem(
            "dist/hybrid/games-lantern/Fleet.agones-system.skirmish.k8s.yaml",
            0,
            "metadata.namespace",
            "agones-system",
            "a tenant's namespace",
        ),
    ),
    Case(
        tenancy.namespaces_are_complete,
        of("Namespace", "games-lantern", "metadata.labels", {}),
        Problem(FLEET, 0, "metadata.namespace", "games-lantern", "a tenant's namespace"),
    ),
    Case(
        tenancy.namespaces_are_complete,
        of("Fleet", "skirmish", "spec.template.metadata.labels", {"homeground.dev/tenant": "mizuame"}),
        Problem(FLEET, 0, "metadata.namespace", "games-lantern", "its own tenant's namespace"),
    ),
    Case(
        tenancy.policies_bind_tenants,
        kata_annotations_allowed,
        Problem("apps/policy.py", 0, "", "no rule about io.katacontainers.*", "one: most are ungated in Kata"),
    ),
    Case(
        tenancy.policies_bind_tenants,
        of("ValidatingAdmissionPolicy", "tenant-fleets", "spec.failurePolicy", "Ignore"),
        Problem(POLICY, 0, "spec.failurePolicy", "Ignore", "Fail"),
    ),
    Case(
        tenancy.policies_bind_tenants,
        without("policy", "ValidatingAdmissionPolicyBinding", "tenant-fleets"),
        Problem(POLICY, 0, "", "no binding", "a ValidatingAdmissionPolicyBinding"),
    ),
    Case(
        tenancy.policies_bind_tenants,
        of("ValidatingAdmissionPolicyBinding", "tenant-fleets", "spec.validationActions", ["Warn", "Audit"]),
        Problem(BINDING, 0, "spec.validationActions", "['Warn', 'Audit']", "Deny"),
    ),
    Case(
        tenancy.policies_bind_tenants,
        of(
            "ValidatingAdmissionPolicyBinding",
            "tenant-fleets",
            "spec.matchResources.namespaceSelector",
            {"matchLabels": {"homeground.dev/tenant": "lantern"}},
        ),
        Problem(BINDING, 0, "spec.matchResources", "None", "namespaces that have homeground.dev/tenant"),
    ),
    Case(
        tenancy.network_is_closed,
        of("NetworkPolicy", "games-lantern/default-deny", "spec.policyTypes", ["Ingress"]),
        Problem(
            DENY,
            0,
            "spec",
            "{'podSelector': {}, 'policyTypes': ['Ingress']}",
            "every pod, both directions, nothing allowed",
        ),
    ),
    *(
        Case(
            tenancy.network_is_closed,
            without("network", "GlobalNetworkPolicy", f"homeground.{name}"),
            Problem("apps/network.py", 0, "", f"no GlobalNetworkPolicy {name}", "one"),
        )
        for name in ("block-metadata", "tenant-egress")
    ),
    Case(
        tenancy.network_is_closed,
        of("GlobalNetworkPolicy", METADATA, "spec.egress", [{"action": "Pass"}]),
        Problem(METADATA_FILE, 0, "spec.egress", "no Deny of 169.254.169.254/32", "one: join tokens lie there"),
    ),
    Case(
        tenancy.network_is_closed,
        egress(f"egress.{REST}.destination.nets", ["10.0.0.0/8", "10.244.0.0/16", "10.96.0.0/12", "10.10.0.0/20"]),
        Problem(
            EGRESS_FILE, 0, "spec.egress", "no Deny of 10.240.0.0/24, 163.220.236.0/23", "every network of the cluster"
        ),
    ),
    Case(
        tenancy.network_is_closed,
        egress(f"egress.{API_SERVER}.destination.nets", ["10.10.0.24/32"]),
        Problem(EGRESS_FILE, 0, "spec.egress", "the API server not allowed", "port 6443 of the control-plane nodes"),
    ),
    Case(
        tenancy.network_is_closed,
        both(egress(f"egress.{DNS}.action", "Deny"), egress(f"egress.{DNS_TCP}.action", "Deny")),
        Problem(EGRESS_FILE, 0, "spec.egress", "DNS not allowed", "port 53 of kube-dns"),
    ),
    Case(
        tenancy.network_is_closed,
        egress(f"egress.{JWKS}.action", "Deny"),
        Problem(
            EGRESS_FILE, 0, "spec.egress", "the JWKS endpoint not allowed", "pods with homeground.dev/serves-tenants"
        ),
    ),
    Case(
        tenancy.network_is_closed,
        egress("tier", "default"),
        Problem(EGRESS_FILE, 0, "spec.tier", "default", "homeground, above what a tenant could add"),
    ),
    Case(
        tenancy.network_is_closed,
        egress("namespaceSelector", "all()"),
        Problem(EGRESS_FILE, 0, "spec.namespaceSelector", "all()", "has(homeground.dev/tenant)"),
    ),
    *(
        Case(
            tenancy.quota_covers_fleets,
            quota(name, too_little),
            Problem(QUOTA, 0, f"spec.hard.{name}", too_little, "what lantern's fleets need at their maximum"),
        )
        for name, (too_little, _) in NEEDED.items()
    ),
]

RIGHT = [
    Neighbour(
        tenancy.policies_bind_tenants,
        of("ValidatingAdmissionPolicyBinding", "tenant-fleets", "spec.validationActions", ["Deny"]),
        "Deny without Audit",
    ),
    Neighbour(tenancy.network_is_closed, egress(f"egress.{DNS_TCP}.action", "Deny"), "DNS over UDP alone"),
    Neighbour(
        tenancy.quota_covers_fleets,
        both(*(quota(name, enough) for name, (_, enough) in NEEDED.items())),
        "exactly enough",
    ),
]


@broken(BROKEN)
def test_what_is_broken_is_found_by_this_check_alone(case: Case, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    case.prove(world, monkeypatch)


@right(RIGHT)
def test_what_is_just_right_passes(neighbour: Neighbour, world: World) -> None:
    neighbour.prove(world)
