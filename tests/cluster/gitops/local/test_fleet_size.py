"""A pull request about a fleet's size, from its commit to Ready servers; and one that asks for more than there is."""

import pytest

from tests.cluster.api import Json
from tests.cluster.gitops.games import APPLES, BOATS, HARBOUR, ORCHARD
from tests.cluster.gitops.local.conftest import APPLES_CPU
from tests.cluster.gitops.steadiness import reconcile
from tests.cluster.gitops.timeline import Timeline
from tests.cluster.gitops.workbench import Workbench
from tests.cluster.machine import condition

pytestmark = [pytest.mark.cluster, pytest.mark.slow, pytest.mark.xdist_group("gitops-local")]

TOO_MANY = 16
REVERTED_SECONDS = 30
FLEET_FILE = f"games-{ORCHARD}/Fleet.{APPLES}.k8s.yaml"


def test_a_pull_request_brings_ready_servers(games: Workbench, timeline: Timeline) -> None:
    timeline.begin(f"games/{APPLES}.yaml: fleet.replicas 2 -> 4")
    games.write_game(APPLES, {"replicas": 4}, APPLES_CPU)
    games.repository.synth()
    timeline.mark("make synth wrote dist/")
    games.push("Two more servers")
    timeline.begin("commit, and the webhook")
    games.wait_size(APPLES, 4)
    timeline.mark("live Fleet has replicas 4")
    games.wait("4 GameServers", lambda: len(games.servers(APPLES)) == 4)
    timeline.mark("4 GameServers")
    games.wait("4 pods on the machine", lambda: len(_bound_pods(games)) == 4)
    timeline.mark("4 pods on the machine")
    games.wait_ready(APPLES, 4)
    timeline.mark("4 Ready servers")
    games.wait_settled(f"games-{ORCHARD}")
    timeline.mark(f"Application games-{ORCHARD} Synced and Healthy")

    games.write_game(APPLES, {"replicas": 2}, APPLES_CPU)
    games.merge("Two fewer again")
    timeline.begin("commit: fleet.replicas 4 -> 2")
    games.wait_size(APPLES, 2)
    timeline.mark("live Fleet has replicas 2")
    games.wait_ready(APPLES, 2)
    timeline.mark("2 Ready servers and no others")
    games.wait_settled(f"games-{ORCHARD}")


def test_a_size_that_cannot_fit_is_undone_by_its_revert(games: Workbench, timeline: Timeline) -> None:
    """`make synth` refuses such a size; this one stands for a size decided when there were more machines."""
    games.wait_ready(APPLES, 2)
    manifest = games.dist / FLEET_FILE
    original = manifest.read_text()
    manifest.write_text(original.replace("  replicas: 2\n", f"  replicas: {TOO_MANY}\n"))
    games.push("More than the machine holds")
    timeline.begin(f"commit: {TOO_MANY} servers")
    games.wait_size(APPLES, TOO_MANY)
    games.wait("pods that fit nowhere", lambda: _unschedulable(games))
    timeline.mark("pods that fit nowhere")
    games.wait_app(f"games-{ORCHARD}", "to be Progressing", lambda app: _health(app) == "Progressing")
    timeline.mark(f"Application games-{ORCHARD} Progressing")

    manifest.write_text(original)
    games.revert()
    timeline.begin("its revert")
    games.wait_size(APPLES, 2, REVERTED_SECONDS)
    timeline.mark("live Fleet has replicas 2")
    games.wait_ready(APPLES, 2, REVERTED_SECONDS)
    games.wait_settled(f"games-{ORCHARD}", seconds=REVERTED_SECONDS)
    assert timeline.mark("2 Ready servers and no others, Synced and Healthy") <= REVERTED_SECONDS


def test_the_limits_of_an_autoscaled_fleet_reach_its_autoscaler_which_argo_cd_does_not_fight(
    boats: Workbench, timeline: Timeline
) -> None:
    boats.write_game(BOATS, {"autoscale": {"buffer": 1, "min": 3, "max": 4}})
    boats.merge("Never fewer than three boats")
    timeline.begin("commit: fleet.autoscale.min 1 -> 3")
    boats.wait_size(BOATS, 3)
    timeline.mark("the autoscaler set the live Fleet to 3")
    boats.wait_ready(BOATS, 3)
    timeline.mark("3 Ready servers")
    boats.wait_settled(f"games-{HARBOUR}")
    reconcile(boats, 2, f"games-{HARBOUR}")
    assert boats.fleet(BOATS)["spec"]["replicas"] == 3
    timeline.mark("still 3, and no further sync, after two reconciliations")

    boats.write_game(BOATS, {"autoscale": {"buffer": 1, "min": 1, "max": 4}})
    boats.merge("One boat will do")
    boats.wait_ready(BOATS, 1)
    boats.wait_settled(f"games-{HARBOUR}")


def _pods(bench: Workbench) -> list[Json]:
    return bench.api.list("v1", "Pod", bench.fleet_ref(APPLES).namespace, labels=f"homeground.dev/game={APPLES}")


def _bound_pods(bench: Workbench) -> list[Json]:
    return [pod for pod in _pods(bench) if pod["spec"].get("nodeName")]


def _unschedulable(bench: Workbench) -> list[Json]:
    return [pod for pod in _pods(bench) if condition(pod, "PodScheduled").get("reason") == "Unschedulable"]


def _health(app: Json) -> str:
    return str(app["status"]["health"]["status"])
