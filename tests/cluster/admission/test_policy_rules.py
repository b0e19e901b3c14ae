"""Every rule of the tenants' admission policies, passing and failing, on the real API server."""

import pytest

from tests.cluster.admission.applied import UNLIMITED, Applied
from tests.cluster.admission.dist import CLUSTERS, of_kind
from tests.cluster.admission.game_server import template
from tests.cluster.admission.in_force import GUARDED, KINDS, MATCHMAKING, resources
from tests.cluster.admission.violations import ALL, VIOLATIONS, Violation, permitted
from tests.cluster.api import ApiError, Json

pytestmark = pytest.mark.cluster

CASES = [(violation, kind) for violation in VIOLATIONS for kind in violation.kinds]
NO_DEBUG = "tenant-no-debug"
"""Its one rule is `false` and has tests of its own, in test_escape.py."""


def failing(violation: Violation, policies: list[Json]) -> set[tuple[str, int]]:
    """The rules that a violation breaks, as (policy, place in `spec.validations`), by what their messages say."""
    broken = set()
    for policy in policies:
        places = [
            index for index, rule in enumerate(policy["spec"]["validations"]) if rule["message"] == violation.message
        ]
        judged = {KINDS.get(resource) for resource in resources(policy)}
        if judged & set(violation.kinds) and places[violation.nth : violation.nth + 1]:
            broken.add((policy["metadata"]["name"], places[violation.nth]))
    return broken


@pytest.mark.parametrize(("violation", "kind"), CASES, ids=[f"{violation.name}-{kind}" for violation, kind in CASES])
def test_a_broken_rule_is_told(cluster: Applied, violation: Violation, kind: str) -> None:
    name = f"case-{VIOLATIONS.index(violation)}"
    namespace = UNLIMITED if violation.unlimited else cluster.namespace
    manifest = cluster.own(kind, name, namespace)
    cluster.api.create(manifest, dry_run=True)
    violation.change(template(manifest))
    with pytest.raises(ApiError) as refusal:
        cluster.api.create(manifest, dry_run=True)
    assert violation.message in refusal.value.message
    assert refusal.value.status == 403
    failure = cluster.audit.failure(kind, name)
    assert failure is not None
    policies = list(of_kind(cluster.name, "ValidatingAdmissionPolicy"))
    assert (failure.policy, failure.place) in failing(violation, policies)


@pytest.mark.parametrize("kind", ALL)
def test_every_permitted_option_may_be_used(cluster: Applied, kind: str) -> None:
    manifest = cluster.own(kind, "permitted", cluster.namespace)
    permitted(template(manifest))
    cluster.api.create(manifest, dry_run=True)


@pytest.mark.parametrize("name", CLUSTERS)
def test_every_rule_has_a_case_that_breaks_it(name: str) -> None:
    policies = list(of_kind(name, "ValidatingAdmissionPolicy"))
    rules = {
        (policy["metadata"]["name"], index)
        for policy in policies
        for index in range(len(policy["spec"]["validations"]))
        if policy["metadata"]["name"] != NO_DEBUG
        and not policy["metadata"]["name"].startswith((*GUARDED, *MATCHMAKING))
    }
    assert len(rules) > 100
    assert rules - set().union(*(failing(violation, policies) for violation in VIOLATIONS)) == set()
