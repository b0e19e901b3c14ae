"""The API server reads policies and their bindings about once a second, each kind for itself."""

from functools import partial

from tests.cluster.admission import matchmaking_breaches
from tests.cluster.admission.applied import UNLIMITED, Applied
from tests.cluster.admission.breaches import BREACHES
from tests.cluster.admission.dist import of_kind
from tests.cluster.admission.game_server import template
from tests.cluster.admission.violations import DEBUG, ISOLATION, RULES
from tests.cluster.admission.yard import Yard
from tests.cluster.api import ApiError, Json
from tests.cluster.wait import wait_for

FORCE_SECONDS = 30
GUARDED = ("failover-", "temporary-")
"""How the names of policies begin that hold the failover operator."""

MATCHMAKING = ("matchmaking-",)
"""Likewise, matchmaking's accounts."""

KINDS = {"pods": "Pod", "gameservers": "GameServer", "fleets": "Fleet"}


def wait_in_force(cluster: Applied) -> None:
    """Until each policy has refused something."""
    for policy in of_kind(cluster.name, "ValidatingAdmissionPolicy"):
        what = f"policy {policy['metadata']['name']} to refuse what breaks it"
        wait_for(what, partial(_refuses, cluster, policy), FORCE_SECONDS)


def _refuses(cluster: Applied, policy: Json) -> bool:
    name = policy["metadata"]["name"]
    try:
        _break(cluster, name, resources(policy)[0])
    except ApiError as error:
        if f"ValidatingAdmissionPolicy '{name}'" not in error.message:
            raise
        return True
    return False


def _break(cluster: Applied, policy: str, resource: str) -> None:
    """Send what only this policy refuses; nothing is kept if it does not."""
    if policy.startswith(MATCHMAKING):
        own = next(each for each in matchmaking_breaches.BREACHES if each.policy == policy)
        own.act(matchmaking_breaches.unbound(cluster, own.account))
        return
    if policy.startswith(GUARDED):
        breach = next(each for each in BREACHES if each.policy == policy)
        breach.act(Yard.of(cluster), cluster.api if breach.everyone else Yard.of(cluster).unbound)
        return
    if resource == "pods/ephemeralcontainers":
        path = cluster.api.path(cluster.own("Pod", "own"), "ephemeralcontainers")
        strategic = "application/strategic-merge-patch+json"
        cluster.api.call("PATCH", path, DEBUG, strategic, {"dryRun": "All"})
        return
    manifest = cluster.own(KINDS[resource], "breaks", UNLIMITED)
    rules = RULES.get(policy.removeprefix("tenant-pod-"), ISOLATION)
    rules[0].change(template(manifest))
    cluster.api.create(manifest, dry_run=True)


def resources(policy: Json) -> list[str]:
    """The resources that a policy looks at."""
    rules = policy["spec"]["matchConstraints"]["resourceRules"]
    return [resource for rule in rules for resource in rule["resources"]]
