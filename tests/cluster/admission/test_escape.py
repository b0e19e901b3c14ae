"""Attempts to leave a tenant's namespace, each refused by the real admission chain; its control is admitted."""

import pytest

from homeground import quantity
from tests.cluster.admission.applied import Applied
from tests.cluster.admission.attempts import ATTEMPTS, Attempt, Scene
from tests.cluster.admission.violations import VIOLATIONS, container
from tests.cluster.api import ApiError

pytestmark = pytest.mark.cluster


@pytest.fixture(scope="session")
def scene(cluster: Applied) -> Scene:
    return Scene(cluster, cluster.token_of_tenant())


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=lambda attempt: attempt.name)
def test_an_attempt_is_refused(scene: Scene, attempt: Attempt) -> None:
    attempt.control(scene)
    with pytest.raises(ApiError) as refusal:
        attempt.act(scene)
    assert attempt.refusal in refusal.value.message
    assert refusal.value.status in (403, 422)


def test_the_token_may_do_what_the_sdk_needs(scene: Scene) -> None:
    """And is a token of the tenant at all: refusals of nobody would prove nothing."""
    review = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
    user = scene.tenant.call("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", review)["status"]["userInfo"]
    assert user["username"] == f"system:serviceaccount:{scene.cluster.namespace}:agones-sdk"
    servers = scene.tenant.list("agones.dev/v1", "GameServer", scene.cluster.namespace)
    assert [server["metadata"]["name"] for server in servers] == ["own"]


def test_a_pod_without_limits_gets_small_ones(scene: Scene) -> None:
    """Kata would make a VM of 32 MiB for it; the LimitRange comes before the policies."""
    pod = scene.cluster.own("Pod", "unlimited")
    container(resources={})(pod)
    made = scene.admin.create(pod, dry_run=True)
    resources = made["spec"]["containers"][0]["resources"]
    assert resources == {"limits": {"cpu": "100m", "memory": "128Mi"}, "requests": {"cpu": "100m", "memory": "128Mi"}}


def test_the_pod_of_the_platform_s_own_fleet_is_admitted_as_it_is(scene: Scene) -> None:
    pod = scene.cluster.own("Pod", "as-is")
    made = scene.admin.create(pod, dry_run=True)
    assert [each["name"] for each in made["spec"]["initContainers"]] == ["agones-gameserver-sidecar"]
    assert made["spec"]["containers"][0]["resources"] == pod["spec"]["containers"][0]["resources"]
    overhead = made["spec"].get("overhead", {})
    kata = scene.cluster.name == "hybrid"
    assert {name: quantity.millicores(overhead[name]) for name in overhead if name == "cpu"} == (
        {"cpu": 250} if kata else {}
    )


def test_there_are_enough_attempts() -> None:
    names = [*(attempt.name for attempt in ATTEMPTS), *(violation.name for violation in VIOLATIONS)]
    assert len(names) == len(set(names))
    assert len(names) >= 100
