"""Every rule that holds matchmaking's accounts, passing and failing, on the real API server; and their rights."""

from typing import Any

import pytest

from homeground import labels
from homeground.matchmaking import DIRECTOR, KICKER
from tests.cluster.admission.applied import Applied
from tests.cluster.admission.dist import CLUSTERS, of_kind
from tests.cluster.admission.matchmaking_breaches import (
    BREACHES,
    FREE,
    KICKED,
    LABELLED,
    PROMISED,
    Act,
    Breach,
    bound,
    delete,
    patch,
    unbound,
)
from tests.cluster.api import Api, ApiError

pytestmark = pytest.mark.cluster


@pytest.mark.parametrize("breach", BREACHES, ids=[breach.name for breach in BREACHES])
def test_a_breach_is_refused_by_its_rule_alone(cluster: Applied, breach: Breach) -> None:
    breach.control(bound(cluster, breach.account))
    with pytest.raises(ApiError) as refusal:
        breach.act(unbound(cluster, breach.account))
    assert refusal.value.status == 403
    told = (
        f"ValidatingAdmissionPolicy '{breach.policy}' with binding '{breach.policy}' denied request: {breach.message}"
    )
    assert refusal.value.message.endswith(told)
    breach.control(cluster.api)


@pytest.mark.parametrize("name", CLUSTERS)
def test_every_rule_of_matchmakings_guards_has_a_breach(name: str) -> None:
    rules = {
        (policy["metadata"]["name"], rule["message"])
        for policy in of_kind(name, "ValidatingAdmissionPolicy")
        if policy["metadata"]["name"].startswith("matchmaking-")
        for rule in policy["spec"]["validations"]
    }
    assert rules == {(each.policy, each.message) for each in BREACHES}


def listed(api_version: str, kind: str, namespace: str | None = None) -> Act:
    return lambda api: api.list(api_version, kind, namespace)


DENIED: list[tuple[str, str, Act]] = [
    (DIRECTOR, "lists GameServers of all namespaces", listed("agones.dev/v1", "GameServer")),
    (DIRECTOR, "lists Fleets", listed("agones.dev/v1", "Fleet", "games-lantern")),
    (DIRECTOR, "lists Secrets", listed("v1", "Secret", "matchmaking")),
    (DIRECTOR, "lists pods", listed("v1", "Pod", "games-lantern")),
    (DIRECTOR, "deletes a server elsewhere", delete("anything", "default")),
    (DIRECTOR, "labels a server elsewhere", patch({"metadata": {"labels": {labels.SITE: "a"}}}, "any", "default")),
    (KICKER, "lists GameServers", listed("agones.dev/v1", "GameServer", "games-lantern")),
    (KICKER, "deletes a server", delete(PROMISED)),
    (KICKER, "lists nodes", listed("v1", "Node")),
]


@pytest.mark.parametrize(
    ("account", "act"), [(who, act) for who, _, act in DENIED], ids=[f"{a} {b}" for a, b, _ in DENIED]
)
def test_an_account_may_do_no_more_than_it_needs(cluster: Applied, account: str, act: Act) -> None:
    with pytest.raises(ApiError, match=f'User "system:serviceaccount:matchmaking:{account}" cannot ') as refusal:
        act(bound(cluster, account))
    assert refusal.value.status == 403


def test_the_director_may_do_what_it_needs(cluster: Applied) -> None:
    api = bound(cluster, DIRECTOR)
    assert api.list("agones.dev/v1", "GameServer", "games-lantern")
    assert api.list("v1", "Node") is not None
    LABELLED(api)
    delete(PROMISED)(api)


def test_the_director_may_allocate_in_a_tenants_namespace_alone(cluster: Applied) -> None:
    """Asked of the API server: no Agones serves allocations here."""
    for namespace, allowed in (("games-lantern", True), ("default", False), ("failover", False)):
        assert (
            may(bound(cluster, DIRECTOR), "create", "allocation.agones.dev", "gameserverallocations", namespace)
            is allowed
        )


def may(api: Api, verb: str, group: str, resource: str, namespace: str) -> bool:
    attributes = {"verb": verb, "group": group, "resource": resource, "namespace": namespace}
    review: dict[str, Any] = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "metadata": {},
    }
    answer = api.create(review | {"spec": {"resourceAttributes": attributes}})
    return bool(answer["status"]["allowed"])


def test_the_kicker_may_kick(cluster: Applied) -> None:
    KICKED(bound(cluster, KICKER))


def test_people_are_held_by_none_of_it(cluster: Applied) -> None:
    patch({"metadata": {"labels": {"example.com/a": "b"}}}, FREE)(cluster.api)
    delete(FREE)(cluster.api)
