"""The contract of our simulated machines: alive, hanging, cut off and dead, they look as machines that boot.

Both kinds die beside each other in one control plane, so one wait serves both.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from functools import partial

import pytest

from homeground.platform import Platform
from tests.cluster.api import Json
from tests.cluster.control_plane import ControlPlane
from tests.cluster.machine import LEASE_SECONDS, Machine
from tests.cluster.vm.bare_pod import CONTAINER, bare_pod
from tests.cluster.vm.conftest import GRACE_SECONDS, running
from tests.cluster.vm.machine import VirtualMachine
from tests.cluster.vm.player import ask
from tests.cluster.vm.timeline import READY, Timeline, lease
from tests.cluster.wait import wait_for

pytestmark = [pytest.mark.vm, pytest.mark.slow, pytest.mark.xdist_group("vm")]

ALIVE = "True KubeletReady"
UNKNOWN = "Unknown NodeStatusUnknown"
UNREACHABLE = "taint node.kubernetes.io/unreachable"
PERIODS_SECONDS = 20  # two looks of the node controller, five seconds apart, or two heartbeats; on a busy machine
BACK_SECONDS = 240
CLOCK_SECONDS = 2  # an emulated machine takes its time from a clock of whole seconds
HOST_PORT = 7000
# A kubelet that slept for longer than 30 s first says that its container runtime did not answer. A simulated machine is
# Ready at once: the one known difference.
AWAKENING = {
    f"{READY}: False KubeletNotReady",
    *(
        f"taint node.kubernetes.io/not-ready:{effect}: {now}"
        for effect in ("NoSchedule", "NoExecute")
        for now in ("there", "none")
    ),
}
IMPATIENT = {"tolerationSeconds": 3}  # the one thing of a pod's toleration that may change
Facts = Mapping[str, str]
Pair = tuple[Timeline, Timeline]


@pytest.fixture(scope="module")
def played(vm_control_plane: ControlPlane, platform: Platform) -> Iterator[Machine]:
    """The node `played` of facts/, by kwok: of the size of the booted one. Beside it the onlooker, which lives on."""
    with ExitStack() as stack:
        machines = {
            node.name: stack.enter_context(Machine.of(vm_control_plane, platform, node))
            for node in platform.cluster.nodes
            if node.name in ("onlooker", "played")
        }
        yield machines["played"]


@pytest.fixture(scope="module")
def pods(vm_control_plane: ControlPlane, booted: VirtualMachine, played: Machine) -> Iterator[list[Json]]:
    """A game server's pod on each of the two."""
    with ExitStack() as stack:
        manifests = [bare_pod(f"on-{machine.name}", machine.name, HOST_PORT) for machine in (booted, played)]
        for manifest in manifests:
            stack.enter_context(running(vm_control_plane.api, manifest))
        yield manifests


@pytest.fixture
def pair(vm_control_plane: ControlPlane, pods: list[Json]) -> Pair:
    """The timelines of the booted machine and of the played one."""
    api = vm_control_plane.api
    booted, played = (Timeline(api, pod["spec"]["nodeSelector"]["kubernetes.io/hostname"], pod) for pod in pods)
    for timeline in (booted, played):
        timeline.look()
    return booted, played


def wait_until(pair: Pair, what: str, wanted: Callable[[Facts], Facts], seconds: float) -> None:
    """Look at both until `wanted`, which names the facts that are not yet as they should be, names none."""

    def seen() -> bool:
        missing = {timeline.node: wanted(timeline.look()) for timeline in pair}
        if any(missing.values()):
            raise LookupError(f"still missing: {missing}")
        return True

    wait_for(what, seen, seconds)


def lose(pair: Pair, **more: str) -> None:
    """Wait until the control plane has given both up, and compare what it did."""
    taints = {f"{UNREACHABLE}:{effect}": "there" for effect in ("NoSchedule", "NoExecute")}
    lost = {READY: UNKNOWN, "pod Ready": "False", **taints, **more}
    wait_until(pair, "both to be given up", lambda now: dict(lost.items() - now.items()), GRACE_SECONDS + 60)
    booted, played = pair
    assert booted.now == played.now
    assert booted.everything == played.everything
    for timeline in pair:
        assert f"{READY}: {UNKNOWN}" in timeline.changes[0], "nothing happens before the node controller's verdict"
        assert GRACE_SECONDS - CLOCK_SECONDS <= timeline.silent_for[UNKNOWN] <= GRACE_SECONDS + PERIODS_SECONDS


def find_again(pair: Pair, before: Facts) -> None:
    """Wait until both are as they were, the same containers running on, and compare how they got there."""
    for timeline in pair:
        timeline.changes.clear()
    wait_until(pair, "both to be as before", lambda now: dict(now.items() ^ before.items()), BACK_SECONDS)
    booted, played = pair
    assert played.everything <= booted.everything
    assert booted.everything - played.everything <= AWAKENING


def has_renewed(timeline: Timeline, since: str) -> bool:
    return str(lease(timeline.api, timeline.node)["renewTime"]) != since


def test_alive(pair: Pair) -> None:
    """But for the Lease's holder: kubelet writes its node's name, kwok a name of its own."""
    booted, played = pair
    assert booted.now == played.now
    assert booted.now[READY] == ALIVE
    assert booted.now["pod Ready"] == "True"
    assert booted.now[f"container {CONTAINER}"] == "ready True, 0 restarts"
    for timeline in pair:
        heartbeat = lease(timeline.api, timeline.node)
        assert heartbeat["leaseDurationSeconds"] == LEASE_SECONDS
        first = heartbeat["renewTime"]
        renewed = f"{timeline.node} to renew its Lease, as it does every {LEASE_SECONDS / 4:.0f} s"
        wait_for(renewed, partial(has_renewed, timeline, first), PERIODS_SECONDS)


def test_hanging(pair: Pair, booted: VirtualMachine, played: Machine) -> None:
    before = pair[0].now
    booted.hang()
    played.hang()
    lose(pair)
    booted.wake()
    played.wake()
    find_again(pair, before)


def test_cut_off(pair: Pair, booted: VirtualMachine, played: Machine) -> None:
    """To the control plane a cut cable is a machine that hangs; but its games play on."""
    before = pair[0].now
    booted.cut_off()
    played.hang()
    lose(pair)
    assert ask(booted.udp[HOST_PORT], "is the cable out?") == ""
    assert int(booted.agent.run("pgrep --count perl")) == 1
    booted.reconnect()
    played.wake()
    find_again(pair, before)
    assert ask(booted.udp[HOST_PORT], "back?") == f"on-{booted.name} back?"


def test_dead(pair: Pair, booted: VirtualMachine, played: Machine) -> None:
    """The last test: the machine is gone after it. Nobody is left to end its pods, so they stay in deletion."""
    for timeline in pair:
        spec = timeline.api.get(timeline.pod)["spec"]
        timeline.api.patch(timeline.pod, {"spec": {"tolerations": [each | IMPATIENT for each in spec["tolerations"]]}})
    booted.die()
    played.die()
    lose(pair, **{"pod": "Running, being deleted", "pod DisruptionTarget": "True DeletionByTaintManager"})
