"""What leaves Git leaves the cluster, but for what takes everything along with it: that asks first.

These tests stand in the order of a tenant's end, and each takes up where the one before it left off. This is the last
file of its folder, for they leave nothing of the tests' tenants.
"""

import re
from functools import partial

import pytest
import yaml

from tests.cluster.api import Json, Ref
from tests.cluster.gitops.games import APPLES, BOATS, HARBOUR, ORCHARD, PEARS
from tests.cluster.gitops.timeline import Timeline
from tests.cluster.gitops.workbench import READY_SECONDS, Workbench, operation, resource
from tests.cluster.wait import NotYetError
from tests.program import ROOT

pytestmark = [pytest.mark.cluster, pytest.mark.slow, pytest.mark.xdist_group("gitops-hybrid")]

GONE_SECONDS = 120
"""A namespace's end waits for its pods'."""

NAMESPACE_FILE = f"tenant-{ORCHARD}/Namespace.games-{ORCHARD}.k8s.yaml"


CRD = "crates.test.homeground.dev"
CRATES: Json = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": CRD},
    "spec": {
        "group": "test.homeground.dev",
        "names": {"kind": "Crate", "listKind": "CrateList", "plural": "crates", "singular": "crate"},
        "scope": "Namespaced",
        "versions": [
            {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": {"type": "object"}}}
        ],
    },
}


def _namespace(tenant: str) -> Ref:
    return Ref("v1", "Namespace", f"games-{tenant}")


def test_a_crd_that_left_its_chart_stays(games: Workbench, timeline: Timeline) -> None:
    """As when a chart's next version lacks one: with it, all of its objects would go. Argo CD never calls a CRD its own
    (it writes no tracking id on one), so it neither prunes it nor deletes it with its Application."""
    file = games.dist / "agones" / "CustomResourceDefinition.crates.yaml"
    file.write_text(yaml.safe_dump(CRATES))
    games.push("A chart that renders a CRD")
    before = games.wait("the CRD to be there", lambda: games.api.find(CRATES))
    games.wait_app("agones", "to hold it", lambda app: games.applied(app) and resource(app, CRATES["kind"], CRD))
    file.unlink()
    games.push("Its next version, without it")
    timeline.begin("commit: without a CRD that the chart had")
    games.wait_settled("agones")
    timeline.mark("Application agones is Synced without it")
    live = games.api.get(CRATES)
    assert live["metadata"]["uid"] == before["metadata"]["uid"]
    assert "deletionTimestamp" not in live["metadata"]
    games.api.delete(CRATES)


def test_a_removed_game_is_pruned_and_its_neighbour_does_not_notice(games: Workbench, timeline: Timeline) -> None:
    games.wait_ready(APPLES, 2)
    neighbours = {server["metadata"]["uid"] for server in games.servers(APPLES)}
    games.remove_game(PEARS)
    games.merge("No more pears")
    timeline.begin(f"commit: without games/{PEARS}.yaml")
    games.wait("the Fleet to be gone", lambda: games.api.find(games.fleet_ref(PEARS)) is None, GONE_SECONDS)
    timeline.mark("its Fleet is gone")
    games.wait("its servers to be gone", lambda: not games.servers(PEARS), GONE_SECONDS)
    games.wait_settled(f"games-{ORCHARD}", f"tenant-{ORCHARD}")
    assert {server["metadata"]["uid"] for server in games.servers(APPLES)} == neighbours


def test_a_namespace_that_left_git_stays_until_someone_confirms(games: Workbench, timeline: Timeline) -> None:
    app, before = f"tenant-{ORCHARD}", games.api.get(_namespace(ORCHARD))
    (games.dist / NAMESPACE_FILE).unlink()
    games.push("Without the namespace's manifest")
    timeline.begin("commit: without the manifest of a namespace")
    games.wait_app(app, "to ask", _asks)
    timeline.mark(f"Application {app}: {operation(games.app(app))['message']}")
    entry = resource(games.app(app), "Namespace", f"games-{ORCHARD}")
    assert entry["requiresPruning"]
    assert entry["requiresDeletionConfirmation"]
    live = games.api.get(_namespace(ORCHARD))
    assert live["metadata"]["uid"] == before["metadata"]["uid"]
    assert "deletionTimestamp" not in live["metadata"]

    # A sync that asks goes on asking after the revert, until it is ended (or its time is up).
    games.revert()
    games.server.run("app", "terminate-op", app)
    # Argo CD never syncs by itself a commit that it first compares while an older sync is ending.
    games.wait_app(app, "to have ended its sync", lambda found: "operation" not in found)
    games.wait_settled(app)
    timeline.mark("reverted, and the sync ended: Synced, the namespace as it was")
    assert games.api.get(_namespace(ORCHARD))["metadata"]["uid"] == before["metadata"]["uid"]
    games.wait_ready(APPLES, 2)


def test_a_confirmed_namespace_goes(games: Workbench, timeline: Timeline) -> None:
    app = f"tenant-{ORCHARD}"
    games.push("Without the namespace's manifest, and meant so")
    timeline.begin("commit: without the manifest of a namespace")
    games.wait_app(app, "to ask", _asks)
    games.server.run("app", "confirm-deletion", app)
    timeline.mark(f"argocd app confirm-deletion {app}")
    gone = partial(_namespace_gone, games, ORCHARD)
    games.wait("the namespace to be gone", gone, GONE_SECONDS)
    timeline.mark("the namespace is gone, with all in it")


def test_a_removed_tenant_plays_on_until_its_applications_are_deleted(games: Workbench, timeline: Timeline) -> None:
    """docs/tenants.md, "Removing one", word for word, by someone who takes the time to look at it in between."""
    games_app, tenant_app = f"games-{HARBOUR}", f"tenant-{HARBOUR}"
    servers = {server["metadata"]["uid"] for server in games.servers(BOATS)}
    games.remove_game(BOATS)
    games.merge(f"Farewell, {HARBOUR}")
    timeline.begin(f"commit: without games/{BOATS}.yaml, the tenant's last")
    games.wait_app("root", "to have applied the rest of the commit", partial(_only_prunes, games))
    for app in (games_app, tenant_app):
        games.argocd.refresh(app)
        games.wait_app(app, "to miss its folder, and be compared with its new project", _misses_its_folder)
    assert {server["metadata"]["uid"] for server in games.servers(BOATS)} == servers
    timeline.mark("its servers run on")

    delete, *rest = _documented(HARBOUR)
    assert rest, "docs/tenants.md names no command that confirms the namespace's deletion"
    games.server.run(*delete, "--yes")
    timeline.mark(f"argocd {' '.join(delete)}")
    for ref in (games.fleet_ref(BOATS), games.app_ref(games_app)):
        games.wait(f"its {ref.kind} to be gone", partial(_gone, games, ref), READY_SECONDS)
    timeline.mark("its Fleet and its Application are gone")
    assert "deletionTimestamp" not in games.api.get(_namespace(HARBOUR))["metadata"]
    for command in rest:
        games.server.run(*command)
        timeline.mark(f"argocd {' '.join(command)}")
    for ref in (_namespace(HARBOUR), games.app_ref(tenant_app)):
        games.wait(f"its {ref.kind} to be gone", partial(_gone, games, ref), GONE_SECONDS)
        timeline.mark(f"its {ref.kind} is gone")
    games.wait_app("root", "to be Synced, with nothing left to prune", _synced)


def _documented(tenant: str) -> list[list[str]]:
    """The arguments of each `argocd` command of docs/tenants.md."""
    text = (ROOT / "docs" / "tenants.md").read_text().replace("<tenant>", tenant)
    return [line.split() for line in re.findall(r"^    argocd (.+)$", text, re.MULTILINE)]


def _only_prunes(bench: Workbench, root: Json) -> bool:
    """The root has applied the last commit, but for what left Git: it never prunes."""
    left = [each for each in root["status"].get("resources", ()) if each["status"] != "Synced"]
    return bench.compared(root) and bool(left) and all(each.get("requiresPruning") for each in left)


def _synced(app: Json) -> bool:
    synced: bool = app["status"]["sync"]["status"] == "Synced"
    return synced


def _gone(bench: Workbench, ref: Ref) -> bool:
    return bench.api.find(ref) is None


def _namespace_gone(bench: Workbench, tenant: str) -> bool:
    """Raises NotYetError with what holds it: Argo CD, or something that is left in it."""
    if not (live := bench.api.find(_namespace(tenant))):
        return True
    said = operation(bench.app(f"tenant-{tenant}"))
    raise NotYetError(
        {key: said.get(key) for key in ("phase", "message", "startedAt", "finishedAt")},
        live["metadata"].get("deletionTimestamp"),
        live["status"],
    )


def _asks(app: Json) -> bool:
    asks: bool = "waiting for pruning confirmation" in operation(app).get("message", "")
    return asks


def _misses_its_folder(app: Json) -> bool:
    if "argocd.argoproj.io/refresh" in app["metadata"].get("annotations", {}):
        return False
    return any("app path does not exist" in condition["message"] for condition in app["status"].get("conditions", ()))
