"""RuntimeClass, Fleet and the cgroups below them."""

import pytest

from homeground.problem import Problem
from homeground.seams import runtime
from tests.constructs.seams.case import Case, Neighbour, broken, right
from tests.constructs.seams.edits import also, of
from tests.constructs.seams.world import World

FLEET = "dist/hybrid/games-mizuame/Fleet.domination.k8s.yaml"
CLASS = "dist/hybrid/kata/RuntimeClass.kata-qemu-runtime-rs.k8s.yaml"
POD = "spec.template.spec.template.spec"
KATA = "katacontainers.io/kata-runtime"
SIDECAR = {"name": "chat", "image": "registry.example/chat:1.0.0", "resources": {"limits": {"cpu": "1"}}}

BROKEN = [
    Case(
        runtime.selectors_agree,
        of("Fleet", "domination", f"{POD}.nodeSelector", {KATA: "false"}),
        Problem(
            FLEET,
            0,
            "nodeSelector",
            "katacontainers.io/kata-runtime=false",
            "katacontainers.io/kata-runtime=true, as RuntimeClass kata-qemu-runtime-rs says",
        ),
    ),
    Case(
        runtime.selectors_agree,
        of("Fleet", "domination", f"{POD}.runtimeClassName", "kata-qemu"),
        Problem(FLEET, 0, "runtimeClassName", "kata-qemu", "one of kata-qemu-runtime-rs"),
    ),
    Case(
        runtime.selectors_agree,
        of("Fleet", "domination", f"{POD}.runtimeClassName"),
        Problem(FLEET, 0, "runtimeClassName", "nothing", "one of kata-qemu-runtime-rs"),
    ),
    Case(
        runtime.overhead_is_set,
        of("RuntimeClass", "kata-qemu-runtime-rs", "overhead"),
        Problem(CLASS, 0, "overhead.podFixed", "nothing", "cpu and memory of the VM"),
    ),
    Case(
        runtime.overhead_is_set,
        of("RuntimeClass", "kata-qemu-runtime-rs", "overhead.podFixed.memory"),
        Problem(CLASS, 0, "overhead.podFixed", "{'cpu': '250m'}", "cpu and memory of the VM"),
    ),
    Case(
        runtime.containers_have_limits,
        of("Fleet", "domination", f"{POD}.containers.0.resources.limits.memory"),
        Problem(FLEET, 0, "containers.game-server.resources.limits", "{'cpu': '2'}", "cpu and memory"),
    ),
    Case(
        runtime.containers_have_limits,
        of("Fleet", "domination", f"{POD}.initContainers", [SIDECAR]),
        Problem(FLEET, 0, "containers.chat.resources.limits", "{'cpu': '1'}", "cpu and memory"),
    ),
    Case(
        runtime.no_cgroup_v1,
        of("ConfigMap", "argocd-cm", "data.kernel", "quiet systemd.unified_cgroup_hierarchy=0"),
        Problem(
            "dist/hybrid/argocd/ConfigMap.argocd-cm.k8s.yaml",
            0,
            "",
            "systemd.unified_cgroup_hierarchy=0",
            "cgroup v2 and the systemd driver (KEP-4033)",
        ),
    ),
    Case(
        runtime.no_cgroup_v1,
        also(
            "kata",
            {
                "apiVersion": "v1",
                "kind": "ConfigMap",
                "metadata": {"name": "kubelet", "namespace": "kata-system"},
                "data": {"config.yaml": "cgroupDriver: cgroupfs\n"},
            },
        ),
        Problem(
            "dist/hybrid/kata/ConfigMap.kubelet.k8s.yaml",
            0,
            "",
            "cgroupfs",
            "cgroup v2 and the systemd driver (KEP-4033)",
        ),
    ),
]

RIGHT = [
    Neighbour(
        runtime.selectors_agree,
        of("Fleet", "domination", f"{POD}.nodeSelector", {KATA: "true", "homeground.dev/runner": "true"}),
        "the same value in both",
    ),
    Neighbour(runtime.overhead_is_set, lambda _: None, "runc has no VM to charge for (local)"),
    Neighbour(
        runtime.no_cgroup_v1,
        of("ConfigMap", "argocd-cm", "data.kernel", "quiet systemd.unified_cgroup_hierarchy=1"),
        "cgroup v2 asked for",
    ),
]


@broken(BROKEN)
def test_what_is_broken_is_found_by_this_check_alone(case: Case, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    case.prove(world, monkeypatch)


@right(RIGHT)
def test_what_is_just_right_passes(neighbour: Neighbour, world: World) -> None:
    neighbour.prove(world)
