"""Agones under Argo CD: sessions survive, and nothing drifts."""

import pytest

from homeground.problem import Problem
from homeground.seams import agones
from tests.constructs.seams.case import DOMINATION, Case, Neighbour, broken, right
from tests.constructs.seams.edits import also, fact, of, value_of, without
from tests.constructs.seams.world import World

FLEET = "dist/hybrid/games-mizuame/Fleet.domination.k8s.yaml"
SCALED = "dist/hybrid/games-lantern/Fleet.skirmish.k8s.yaml"
SCALER = "dist/hybrid/games-lantern/FleetAutoscaler.skirmish.k8s.yaml"
SERVER = "spec.template.spec"
POD = f"{SERVER}.template.spec"
NOT_READY = "node.kubernetes.io/not-ready"
UNREACHABLE = "node.kubernetes.io/unreachable"
OUT_OF_SERVICE = "node.kubernetes.io/out-of-service"
DEAD = "no toleration of it: it says the machine is dead"
ONE_OWNER = "no replicas beside a FleetAutoscaler, else a number"
ZERO = "no zero value: Agones' webhook drops it"


def tolerating(*keys: str, seconds: int = 10800) -> list[dict[str, object]]:
    return [{"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": seconds} for key in keys]


BROKEN = [
    Case(
        agones.servers_are_never_evicted,
        of("Fleet", "domination", f"{SERVER}.eviction.safe", "OnUpgrade"),
        Problem(FLEET, 0, "spec.template.spec.eviction.safe", "OnUpgrade", "Never"),
    ),
    Case(
        agones.servers_are_never_evicted,
        of("Fleet", "domination", f"{SERVER}.eviction"),
        Problem(FLEET, 0, "spec.template.spec.eviction.safe", "None", "Never"),
    ),
    Case(  # domination's matches last up to 180 minutes
        agones.servers_outwait_a_partition,
        of("Fleet", "domination", f"{POD}.tolerations", tolerating(NOT_READY, UNREACHABLE, seconds=10799)),
        Problem(
            FLEET,
            0,
            "tolerations",
            "node.kubernetes.io/unreachable for 10799 s",
            "at least 10800 s, the longest session",
        ),
    ),
    Case(
        agones.servers_outwait_a_partition,
        of("Fleet", "domination", f"{POD}.tolerations", tolerating(UNREACHABLE)),
        Problem(
            FLEET,
            0,
            "tolerations",
            "node.kubernetes.io/not-ready for 0 s",
            "at least 10800 s, the longest session",
        ),
    ),
    Case(
        agones.servers_outwait_a_partition,
        of("Fleet", "domination", f"{POD}.tolerations", tolerating(NOT_READY, UNREACHABLE, OUT_OF_SERVICE)),
        Problem(FLEET, 0, "tolerations", OUT_OF_SERVICE, DEAD),
    ),
    Case(  # no key: everything is tolerated
        agones.servers_outwait_a_partition,
        of("Fleet", "domination", f"{POD}.tolerations", [{"operator": "Exists"}]),
        Problem(FLEET, 0, "tolerations", OUT_OF_SERVICE, DEAD),
    ),
    Case(
        agones.autoscaler_owns_replicas,
        of("Fleet", "skirmish", "spec.replicas", 2),
        Problem(SCALED, 0, "spec.replicas", "replicas 2", ONE_OWNER),
    ),
    Case(
        agones.autoscaler_owns_replicas,
        of("Fleet", "domination", "spec.replicas"),
        Problem(FLEET, 0, "spec.replicas", "replicas unset", ONE_OWNER),
    ),
    Case(
        agones.autoscaler_owns_replicas,
        without("games-lantern", "FleetAutoscaler", "skirmish"),
        Problem(SCALED, 0, "spec.replicas", "replicas unset", ONE_OWNER),
    ),
    Case(
        agones.autoscaler_owns_replicas,
        of("FleetAutoscaler", "skirmish", "spec.fleetName", "domination"),
        Problem(SCALER, 0, "spec.fleetName", "domination", "a Fleet of its namespace"),
    ),
    Case(
        agones.servers_are_spread,
        of("Fleet", "domination", "spec.scheduling", "Packed"),
        Problem(FLEET, 0, "spec.scheduling", "Packed", "Distributed"),
    ),
    Case(  # Agones' default is Packed
        agones.servers_are_spread,
        of("Fleet", "domination", "spec.scheduling"),
        Problem(FLEET, 0, "spec.scheduling", "None", "Distributed"),
    ),
    *(
        Case(
            agones.sidecar_has_limits,
            value_of("agones", f"agones.image.sdk.{name}"),
            Problem("apps/agones.py", 0, f"agones agones.image.sdk.{name}", "None", "an amount"),
        )
        for name in ("cpuRequest", "cpuLimit", "memoryRequest", "memoryLimit")
    ),
    Case(  # how the chart says none
        agones.sidecar_has_limits,
        value_of("agones", "agones.image.sdk.memoryLimit", "0"),
        Problem("apps/agones.py", 0, "agones agones.image.sdk.memoryLimit", "0", "an amount"),
    ),
    Case(
        agones.port_ranges_exist,
        of("Fleet", "domination", f"{SERVER}.ports.0.range", "attic"),
        Problem(FLEET, 0, "spec.template.spec.ports.game.range", "attic", "one of cloud, default, home"),
    ),
    Case(
        agones.fleets_are_last,
        of("Fleet", "domination", "metadata.annotations", {"argocd.argoproj.io/sync-wave": "1"}),
        Problem(
            FLEET,
            0,
            "metadata.annotations.argocd.argoproj.io/sync-wave",
            "1",
            "no waves and hooks beside Fleets",
        ),
    ),
    Case(
        agones.fleets_are_last,
        also(
            "games-lantern",
            {
                "apiVersion": "batch/v1",
                "kind": "Job",
                "metadata": {
                    "name": "announce",
                    "namespace": "games-lantern",
                    "annotations": {"argocd.argoproj.io/hook": "PostSync"},
                },
            },
        ),
        Problem(
            "dist/hybrid/games-lantern/Job.announce.k8s.yaml",
            0,
            "metadata.annotations.argocd.argoproj.io/hook",
            "PostSync",
            "no waves and hooks beside Fleets",
        ),
    ),
    Case(
        agones.form_is_canonical,
        of("Fleet", "domination", f"{POD}.containers.0.resources.requests", {"cpu": "2000m", "memory": "2Gi"}),
        Problem(
            FLEET,
            0,
            "spec.template.spec.template.spec.containers[0].resources.requests.cpu",
            "'2000m'",
            "2, as the API server writes it",
        ),
    ),
    Case(
        agones.form_is_canonical,
        of("Fleet", "domination", f"{POD}.hostNetwork", False),
        Problem(FLEET, 0, "spec.template.spec.template.spec.hostNetwork", "False", ZERO),
    ),
    Case(
        agones.form_is_canonical,
        of("Fleet", "domination", f"{POD}.containers.0.command", []),
        Problem(FLEET, 0, "spec.template.spec.template.spec.containers[0].command", "[]", ZERO),
    ),
    Case(
        agones.form_is_canonical,
        of("FleetAutoscaler", "skirmish", "spec.sync.type", ""),
        Problem(SCALER, 0, "spec.sync.type", "''", ZERO),
    ),
]

RIGHT = [
    Neighbour(
        agones.servers_outwait_a_partition,
        of("Fleet", "domination", f"{POD}.tolerations", tolerating(UNREACHABLE, NOT_READY, seconds=10800)),
        "as long as the longest session",
    ),
    Neighbour(
        agones.port_ranges_exist,
        fact(DOMINATION, "  replicas: 3\n", "  replicas: 3\n  site: home\n"),
        "a site's own range",
    ),
    Neighbour(
        agones.fleets_are_last,
        of("Fleet", "domination", "metadata.annotations", {"argocd.argoproj.io/sync-options": "Replace=false"}),
        "another annotation",
    ),
    Neighbour(
        agones.form_is_canonical,
        of("Fleet", "domination", f"{POD}.automountServiceAccountToken", False),
        "a false that is kept",
    ),
    Neighbour(
        agones.form_is_canonical,
        of("Fleet", "domination", f"{POD}.containers.0.resources.requests", {"cpu": "1500m", "memory": "2Gi"}),
        "what is no whole CPU",
    ),
]


@broken(BROKEN)
def test_what_is_broken_is_found_by_this_check_alone(case: Case, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    case.prove(world, monkeypatch)


@right(RIGHT)
def test_what_is_just_right_passes(neighbour: Neighbour, world: World) -> None:
    neighbour.prove(world)
