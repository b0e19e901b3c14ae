"""Fleets that fit, with numbers computed by hand.

A domination server is 2000 + 250 (VM) + 30 (sidecar) = 2280m and 2048 + 320 + 64 = 2432 MiB; skirmish's is 780m and
1408 MiB, on the desk without a VM 530m and 1088 MiB. kubelet keeps 250m and 1024 MiB of every node.

uc-k8s4p: 43750m and 31744 MiB, less kube-proxy 50m/64, calico-node 100m/128, kata-deploy 25m/16, csi-s3 20m/64,
GeeseFS 100m/1000 and MetalLB's speaker 20m/64: 43435m and 30408 MiB for 104 pods.

desk: 11750m and 31744 MiB, less kube-proxy, calico-node and all that is always on, 1830m and 3788 MiB in 22 pods:
9770m and 27764 MiB.
"""

import pytest

from homeground.problem import Problem
from homeground.seams import capacity
from tests.constructs.seams.case import DOMINATION, HYBRID, SKIRMISH, Case, Neighbour, broken, right
from tests.constructs.seams.edits import both, fact, of
from tests.constructs.seams.world import World

IDENTITY = "providers/hybrid\n"
"""The last of the frozen temporaryNodes."""

UNLIMITED = fact(HYBRID, "gameServers: 24", "gameServers: 9999")
DOMINATION_SIZE = "2280m CPU and 2432Mi a server (VM and SDK sidecar included)"
SKIRMISH_SIZE = "780m CPU and 1408Mi a server (VM and SDK sidecar included)"
ON_RUNNER = "that many fit on uc-k8s4p of hybrid beside the other games"

# 330m and 400 MiB a server, on a machine where neither runs out
MANY_SMALL_ONES = both(
    UNLIMITED,
    fact(HYBRID, "cpu: 44\n    memory: 32Gi", "cpu: 128\n    memory: 512Gi"),
    fact(SKIRMISH, "  cpu: 500m\n  memory: 1Gi\n", "  cpu: 50m\n  memory: 16Mi\n"),
    fact(SKIRMISH, "name: skirmish\n", "name: skirmish\nclusters: [hybrid]\n"),
)

BROKEN = [
    Case(
        capacity.server_fits_a_node,
        fact(DOMINATION, "memory: 2Gi", "memory: 31361Mi"),
        Problem(
            DOMINATION,
            12,
            "server.memory",
            "2280m CPU and 31745Mi a server (VM and SDK sidecar included)",
            "at most 43750m CPU and 31Gi, its largest node's allocatable",
        ),
    ),
    Case(
        capacity.server_fits_a_node,
        fact(DOMINATION, "cpu: 2\n", "cpu: 43471m\n"),
        Problem(
            DOMINATION,
            11,
            "server.cpu",
            "43751m CPU and 2432Mi a server (VM and SDK sidecar included)",
            "at most 43750m CPU and 31Gi, its largest node's allocatable",
        ),
    ),
    Case(  # n2-standard-16: 16000 - 250 = 15750
        capacity.server_fits_a_temporary_node,
        fact(DOMINATION, "cpu: 2\n", "cpu: 15471m\n"),
        Problem(
            DOMINATION,
            6,
            "server",
            "15751m CPU and 2432Mi a server (VM and SDK sidecar included)",
            "a server that fits one of n2-standard-8, n2-standard-16 (temporaryNodes in clusters/hybrid.yaml)",
        ),
    ),
    Case(  # 8, a surge of 2, and 10 stranded on a dead node
        capacity.limit_covers_fleets,
        fact(HYBRID, "gameServers: 24", "gameServers: 19"),
        Problem(
            HYBRID,
            94,
            "tenantLimits[0].gameServers",
            "19",
            "at least 20, or smaller fleets: lantern's at their maximum, 25% surge and a dead node's",
        ),
    ),
    Case(  # 30408 / 2432 = 12.5
        capacity.fleets_fit,
        fact(DOMINATION, "replicas: 3", "replicas: 300"),
        Problem(DOMINATION, 18, "fleet.replicas", "300", f"at most 7: {ON_RUNNER}, {DOMINATION_SIZE}"),
    ),
    Case(  # the same change, seen from the other game: (30408 - 8 * 1408) / 2432 = 7.9
        capacity.fleets_fit,
        fact(DOMINATION, "replicas: 3", "replicas: 8"),
        Problem(DOMINATION, 18, "fleet.replicas", "8", f"at most 7: {ON_RUNNER}, {DOMINATION_SIZE}"),
    ),
    Case(  # (30408 - 8 * 2432) / 1408 = 7.8; without the DaemonSets 8 would fit
        capacity.fleets_fit,
        fact(DOMINATION, "replicas: 3", "replicas: 8"),
        Problem(SKIRMISH, 15, "fleet.autoscale.max", "8", f"at most 7: {ON_RUNNER}, {SKIRMISH_SIZE}"),
    ),
    Case(  # 9770 / 530 = 18.4: on the desk CPU runs out, and only there is 19 the first that is too many
        capacity.fleets_fit,
        both(UNLIMITED, fact(SKIRMISH, "max: 8", "max: 19")),
        Problem(
            SKIRMISH,
            15,
            "fleet.autoscale.max",
            "19",
            "at most 18: that many fit on desk of local beside the other games, "
            "530m CPU and 1088Mi a server (VM and SDK sidecar included)",
        ),
    ),
    Case(  # ... while on hybrid (30408 - 3 * 2432) / 1408 = 16.4
        capacity.fleets_fit,
        both(UNLIMITED, fact(SKIRMISH, "max: 8", "max: 19")),
        Problem(SKIRMISH, 15, "fleet.autoscale.max", "19", f"at most 16: {ON_RUNNER}, {SKIRMISH_SIZE}"),
    ),
    Case(  # kubelet's 110, 6 of them DaemonSets' and 3 domination's
        capacity.fleets_fit,
        both(MANY_SMALL_ONES, fact(SKIRMISH, "max: 8", "max: 102")),
        Problem(
            SKIRMISH,
            16,
            "fleet.autoscale.max",
            "102",
            f"at most 101: {ON_RUNNER}, 330m CPU and 400Mi a server (VM and SDK sidecar included)",
        ),
    ),
    Case(  # 10 host ports, 3 of them domination's
        capacity.fleets_fit,
        fact(HYBRID, "{min: 7000, max: 7499}", "{min: 7000, max: 7009}"),
        Problem(SKIRMISH, 15, "fleet.autoscale.max", "8", f"at most 7: {ON_RUNNER}, {SKIRMISH_SIZE}"),
    ),
]

BROKEN += [
    Case(
        capacity.machines_fit_the_quota,
        fact(HYBRID, IDENTITY, f"{IDENTITY}  quotaCpus: 47\n"),
        Problem(
            HYBRID,
            78,
            "temporaryNodes.maxMachines",
            "3 machines, 48 CPUs if all are n2-standard-16",
            "at most 47 CPUs (quotaCpus), or a larger quota",
        ),
    ),
    Case(
        capacity.machines_fit_the_quota,
        fact(HYBRID, IDENTITY, f"{IDENTITY}  maxMachines: 4\n  quotaCpus: 48\n"),
        Problem(
            HYBRID,
            92,
            "temporaryNodes.maxMachines",
            "4 machines, 64 CPUs if all are n2-standard-16",
            "at most 48 CPUs (quotaCpus), or a larger quota",
        ),
    ),
    Case(  # 8 at its maximum, and 8 on a machine that holds more
        capacity.autoscalers_have_headroom,
        of("FleetAutoscaler", "skirmish", "spec.policy.buffer.maxReplicas", 15),
        Problem(
            "dist/hybrid/games-lantern/FleetAutoscaler.skirmish.k8s.yaml",
            0,
            "spec.policy.buffer.maxReplicas",
            "15",
            "at least 16: 8, and as many as one machine may strand",
        ),
    ),
]

RIGHT = [
    Neighbour(
        capacity.machines_fit_the_quota, fact(HYBRID, IDENTITY, f"{IDENTITY}  quotaCpus: 48\n"), "exactly enough CPUs"
    ),
    Neighbour(
        capacity.autoscalers_have_headroom,
        of("FleetAutoscaler", "skirmish", "spec.policy.buffer.maxReplicas", 16),
        "exactly enough headroom",
    ),
    Neighbour(capacity.server_fits_a_node, fact(DOMINATION, "memory: 2Gi", "memory: 31360Mi"), "all of the memory"),
    Neighbour(
        capacity.server_fits_a_node,
        both(
            fact(DOMINATION, "cpu: 2\n", "cpu: 43470m\n"),
            fact(DOMINATION, "  replicas: 3\n", "  replicas: 3\n  site: home\n"),
        ),
        "all of the CPU",
    ),
    Neighbour(
        capacity.server_fits_a_temporary_node, fact(DOMINATION, "cpu: 2\n", "cpu: 15470m\n"), "all of the machine"
    ),
    Neighbour(  # 65536 - 1024 - 384
        capacity.server_fits_a_temporary_node,
        both(
            fact(HYBRID, "cpu: 44\n    memory: 32Gi", "cpu: 44\n    memory: 256Gi"),
            fact(DOMINATION, "memory: 2Gi", "memory: 64128Mi"),
        ),
        "all of the machine's memory",
    ),
    Neighbour(
        capacity.server_fits_a_temporary_node,
        both(
            fact(DOMINATION, "cpu: 2\n", "cpu: 15471m\n"),
            fact(DOMINATION, "  replicas: 3\n", "  replicas: 3\n  site: home\n"),
        ),
        "too large, but it never moves",
    ),
    Neighbour(capacity.limit_covers_fleets, fact(HYBRID, "gameServers: 24", "gameServers: 20"), "exactly enough"),
    Neighbour(capacity.fleets_fit, fact(DOMINATION, "replicas: 3", "replicas: 7"), "9.5 skirmish servers beside 7"),
    Neighbour(capacity.fleets_fit, both(UNLIMITED, fact(SKIRMISH, "max: 8", "max: 16")), "16 on hybrid"),
    Neighbour(
        capacity.fleets_fit,
        both(
            fact(SKIRMISH, "max: 8", "max: 18"),
            fact(SKIRMISH, "name: skirmish\n", "name: skirmish\nclusters: [local]\n"),
        ),
        "18 on the desk",
    ),
    Neighbour(capacity.fleets_fit, both(MANY_SMALL_ONES, fact(SKIRMISH, "max: 8", "max: 101")), "110 pods on a node"),
    Neighbour(capacity.fleets_fit, fact(HYBRID, "{min: 7000, max: 7499}", "{min: 7000, max: 7010}"), "11 host ports"),
]


@broken(BROKEN)
def test_what_is_broken_is_found_by_this_check_alone(case: Case, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    case.prove(world, monkeypatch)


@right(RIGHT)
def test_what_is_just_right_passes(neighbour: Neighbour, world: World) -> None:
    neighbour.prove(world)


def test_a_fleet_that_is_far_too_large_is_named_alone(world: World) -> None:
    world.replace(DOMINATION, "replicas: 3", "replicas: 300")
    assert [problem.file for problem in world.manifest_problems()] == [DOMINATION]
