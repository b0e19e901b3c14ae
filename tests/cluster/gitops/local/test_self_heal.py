"""What someone changes by hand is as Git has it again, soon."""

from functools import partial

import pytest

from tests.cluster.api import Json, Ref
from tests.cluster.gitops.games import APPLES, BOATS, HARBOUR, ORCHARD
from tests.cluster.gitops.steadiness import last_sync
from tests.cluster.gitops.timeline import Timeline
from tests.cluster.gitops.workbench import Workbench

pytestmark = [pytest.mark.cluster, pytest.mark.slow, pytest.mark.xdist_group("gitops-local")]

ADMISSION = "admissionregistration.k8s.io/v1"
HEALED_SECONDS = 30


def test_a_fleet_scaled_by_hand_gets_its_size_back(games: Workbench, timeline: Timeline) -> None:
    games.wait_ready(APPLES, 2)
    games.api.patch(games.fleet_ref(APPLES), {"spec": {"replicas": 3}})
    timeline.begin("kubectl scale fleet --replicas=3")
    games.wait_size(APPLES, 2, HEALED_SECONDS)
    timeline.mark("2 again")
    games.wait_ready(APPLES, 2)
    games.wait_settled(f"games-{ORCHARD}")


def test_an_autoscaled_fleet_may_be_scaled(boats: Workbench, timeline: Timeline) -> None:
    """By hand or by its autoscaler: Git holds no size to go back to."""
    boats.wait_ready(BOATS, 1)
    name = f"games-{HARBOUR}"
    boats.wait_settled(name)
    before = boats.app(name)
    boats.api.patch(boats.fleet_ref(BOATS), {"spec": {"replicas": 2}})
    timeline.begin("kubectl scale fleet --replicas=2")
    boats.argocd.refresh(name)
    app = boats.wait_app(name, "to be compared again", partial(_compared_since, before=before))
    assert app["status"]["sync"]["status"] == "Synced"
    assert last_sync(app) == last_sync(before)
    timeline.mark("compared again: Synced, and nothing to do")
    fields = boats.fleet(BOATS)["metadata"]["managedFields"]
    owners = {each["manager"] for each in fields if "f:replicas" in each["fieldsV1"].get("f:spec", {})}
    assert owners
    assert "argocd-controller" not in owners
    boats.api.patch(boats.fleet_ref(BOATS), {"spec": {"replicas": 1}})
    boats.wait_ready(BOATS, 1)


@pytest.mark.parametrize(
    ("app", "ref", "patch"),
    [
        (
            "policy",
            Ref(ADMISSION, "ValidatingAdmissionPolicy", "tenant-pod-isolation"),
            {"spec": {"failurePolicy": "Ignore"}},
        ),
        (
            f"tenant-{ORCHARD}",
            Ref("v1", "ResourceQuota", "tenant", f"games-{ORCHARD}"),
            {"spec": {"hard": {"pods": "1000"}}},
        ),
        (
            f"tenant-{HARBOUR}",
            Ref("v1", "Namespace", f"games-{HARBOUR}"),
            {"metadata": {"labels": {"pod-security.kubernetes.io/audit": "privileged"}}},
        ),
    ],
    ids=["an admission policy", "a quota", "a namespace's labels"],
)
def test_a_loosened_guard_is_tight_again(
    boats: Workbench, timeline: Timeline, app: str, ref: Ref, patch: dict[str, object]
) -> None:
    before = boats.api.get(ref)
    boats.api.patch(ref, patch)
    timeline.begin(f"{ref.kind} {ref.name}: {patch}")

    def healed() -> bool:
        now = boats.api.get(ref)
        return now.get("spec") == before.get("spec") and now["metadata"].get("labels") == before["metadata"].get(
            "labels"
        )

    boats.wait(f"{ref.kind} {ref.name} to be as Git has it", healed, HEALED_SECONDS)
    timeline.mark("as Git has it")
    boats.wait_settled(app)


def test_a_deleted_network_policy_is_back(games: Workbench, timeline: Timeline) -> None:
    ref = Ref("networking.k8s.io/v1", "NetworkPolicy", "default-deny", f"games-{ORCHARD}")
    games.api.delete(ref)
    timeline.begin("kubectl delete networkpolicy default-deny")
    games.wait("the NetworkPolicy to be back", lambda: games.api.find(ref), HEALED_SECONDS)
    timeline.mark("back")
    games.wait_settled(f"tenant-{ORCHARD}")


def _compared_since(app: Json, before: Json) -> Json | None:
    return app if app["status"]["reconciledAt"] > before["status"]["reconciledAt"] else None
