"""A tenant whose manifests are broken stops itself, and no other tenant: not even in the same commit."""

from collections.abc import Callable

import pytest
import yaml

from tests.cluster.api import Json
from tests.cluster.gitops.games import APPLES, BOATS, HARBOUR, ORCHARD
from tests.cluster.gitops.timeline import Timeline
from tests.cluster.gitops.workbench import Workbench, operation

pytestmark = [pytest.mark.cluster, pytest.mark.slow, pytest.mark.xdist_group("gitops-hybrid")]

Break = Callable[[Json], None]


def _of_the_wrong_type(fleet: Json) -> None:
    fleet["spec"]["replicas"] = "many"


def _refused_by_admission(fleet: Json) -> None:
    fleet["spec"]["template"]["spec"]["template"]["spec"]["hostNetwork"] = True


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        (None, "failed to unmarshal manifest"),
        (_of_the_wrong_type, "spec.replicas"),
        (_refused_by_admission, "denied"),
    ],
    ids=["no YAML", "a wrong type", "refused by an admission policy"],
)
def test_another_tenants_change_in_the_same_commit_goes_live(
    games: Workbench, timeline: Timeline, broken: Break | None, told: str
) -> None:
    before = games.fleet(APPLES)
    games.write_game(BOATS, {"replicas": 2})
    games.repository.synth()
    manifest = games.dist / f"games-{ORCHARD}" / f"Fleet.{APPLES}.k8s.yaml"
    manifest.write_text(_text(manifest.read_text(), broken))
    games.push("One tenant grows, the other breaks")
    timeline.begin(f"commit: {HARBOUR} wants 2, {ORCHARD} is broken")
    games.wait_size(BOATS, 2)
    timeline.mark(f"{HARBOUR} has its live size")
    games.wait_ready(BOATS, 2)
    timeline.mark(f"{HARBOUR} has 2 Ready servers")
    said = games.wait_app(f"games-{ORCHARD}", "to tell what is wrong", lambda app: _complaint(app, told))
    timeline.mark(f"{ORCHARD}: {said}")
    now = games.fleet(APPLES)
    assert (now["metadata"]["uid"], now["spec"]) == (before["metadata"]["uid"], before["spec"])
    games.wait_ready(APPLES, 2)

    games.write_game(BOATS, {"replicas": 1})
    games.merge("All well")
    games.wait_settled(f"games-{ORCHARD}", f"games-{HARBOUR}")
    timeline.mark("all well after the next commit")
    games.wait_ready(BOATS, 1)


def _text(manifest: str, broken: Break | None) -> str:
    if broken is None:
        return manifest + "  - [\n"
    fleet = yaml.safe_load(manifest)
    broken(fleet)
    return yaml.safe_dump(fleet)


def _complaint(app: Json, told: str) -> str:
    """What the Application says that contains this."""
    conditions = [condition["message"] for condition in app["status"].get("conditions", ())]
    results = [result.get("message", "") for result in operation(app).get("syncResult", {}).get("resources", ())]
    said = [*conditions, operation(app).get("message", ""), *results]
    return next((message for message in said if told in message), "")
