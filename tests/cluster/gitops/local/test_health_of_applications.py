"""Our Lua checks at work: an Application is as healthy as its Fleets and autoscalers, and no other suffers with it."""

from functools import partial

import pytest

from tests.cluster.api import Json
from tests.cluster.argocd import state
from tests.cluster.gitops.games import APPLES, BOATS, HARBOUR, ORCHARD
from tests.cluster.gitops.local.conftest import APPLES_CPU
from tests.cluster.gitops.timeline import Timeline
from tests.cluster.gitops.workbench import Workbench, resource

pytestmark = [pytest.mark.cluster, pytest.mark.slow, pytest.mark.xdist_group("gitops-local")]

AUTOSCALER_FILE = f"games-{HARBOUR}/FleetAutoscaler.{BOATS}.k8s.yaml"


def test_a_fleet_short_of_servers_is_progressing_until_they_are_up(boats: Workbench, timeline: Timeline) -> None:
    bench, machine = boats, boats.cluster.machines["desk"]
    bench.wait_ready(APPLES, 2)
    machine.die()
    try:
        bench.write_game(APPLES, {"replicas": 3}, APPLES_CPU)
        bench.merge("One more, while the machine is dead")
        timeline.begin("commit: one server more, while the machine that is to run it is dead")
        app = bench.wait_app(f"games-{ORCHARD}", "to be Progressing", partial(_with_health, wanted="Progressing"))
        said = bench.wait("the Fleet to be short", lambda: _short(bench))
        timeline.mark(f"Application games-{ORCHARD} Progressing: {said}")
        assert resource(app, "Fleet", APPLES)["status"] == "Synced"
        _assert_only_sick(bench, f"games-{ORCHARD}")
    finally:
        machine.revive()
    bench.wait_ready(APPLES, 3)
    bench.wait_settled(f"games-{ORCHARD}")
    timeline.mark("the machine is back: Healthy")
    bench.write_game(APPLES, {"replicas": 2}, APPLES_CPU)
    bench.merge("Two will do")
    bench.wait_ready(APPLES, 2)
    bench.wait_settled(f"games-{ORCHARD}")


def test_an_autoscaler_that_cannot_scale_is_degraded(boats: Workbench, timeline: Timeline) -> None:
    bench, name = boats, f"games-{HARBOUR}"
    manifest = bench.dist / AUTOSCALER_FILE
    original = manifest.read_text()
    manifest.write_text(original.replace(f"fleetName: {BOATS}", "fleetName: test-submarines"))
    bench.push("An autoscaler of a Fleet that is not there")
    timeline.begin("commit: an autoscaler of a Fleet that is not there")
    bench.wait_app(name, "to be Degraded", partial(_with_health, wanted="Degraded"))
    autoscaler = bench.server.health(name, "FleetAutoscaler", BOATS)
    timeline.mark(f"Application {name} Degraded: {autoscaler.message}")
    assert autoscaler.status == "Degraded"
    assert bench.server.health(name, "Fleet", BOATS).status == "Healthy"
    _assert_only_sick(bench, name)

    manifest.write_text(original)
    bench.push("The right Fleet again")
    bench.wait_settled(name)
    timeline.mark("the right Fleet again: Healthy")


def _with_health(app: Json, wanted: str) -> Json | None:
    return app if app["status"]["health"]["status"] == wanted else None


def _short(bench: Workbench) -> str:
    """What our health check says of the Fleet while it lacks a server."""
    status, message = bench.server.health(f"games-{ORCHARD}", "Fleet", APPLES)
    return message if status == "Progressing" and message.startswith("2 of 3 game servers up") else ""


def _assert_only_sick(bench: Workbench, sick: str) -> None:
    """No other Application, the root above it least of all, is less than Synced and Healthy because of that one."""
    others = {name: state(app) for name, app in bench.argocd.applications().items() if name != sick}
    assert set(others.values()) == {"Synced Healthy"}, others
