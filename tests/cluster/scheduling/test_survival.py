"""With every machine at home dead, all that failover needs fits on the always-on nodes, and starts there."""

from collections.abc import Iterator
from functools import partial

import pytest

from homeground import capacity, labels, quantity
from homeground.workload import Workload
from tests.cluster import machine
from tests.cluster.api import Json
from tests.cluster.conftest import discard_data
from tests.cluster.machine import condition
from tests.cluster.ports import Ports
from tests.cluster.scheduling import pods
from tests.cluster.scheduling.facts import COMMITTED
from tests.cluster.scheduling.ground import READY_SECONDS, Ground, ground, node_of, reason
from tests.cluster.wait import wait_for

pytestmark = [pytest.mark.cluster, pytest.mark.slow]

GRACE_SECONDS = 12
"""Kubernetes' default is 50; a lease is renewed four times in it, as there."""

GROUPS = [pytest.param(name, marks=pytest.mark.xdist_group(f"survival-{name}")) for name in COMMITTED]
UNREACHABLE = "node.kubernetes.io/unreachable"


@pytest.fixture(scope="module", params=GROUPS)
def after_home(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, ports: Ports
) -> Iterator[Ground]:
    """A cluster of which only the always-on machines are left, as the control plane sees it."""
    folder = tmp_path_factory.mktemp(f"survival-{request.param}")
    flags = [f"--node-monitor-grace-period={GRACE_SECONDS}s", "--node-monitor-period=1s"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(machine, "LEASE_SECONDS", GRACE_SECONDS)
        with ground(request.param, folder, ports, flags) as made:
            dead = [node.name for node in made.synthesis.platform.cluster.nodes if not node.always_on]
            for name in dead:
                made.machines[name].die()
            for name in dead:
                wait_for(f"node {name} to be tainted", partial(_is_given_up, made, name), READY_SECONDS)
            yield made
    discard_data(folder / "state")


def _is_given_up(made: Ground, name: str) -> bool:
    node = made.api.get(made.machines[name].node)
    taints = {(taint["key"], taint["effect"]) for taint in node["spec"].get("taints", ())}
    return taints >= {(UNREACHABLE, "NoSchedule"), (UNREACHABLE, "NoExecute")}


def start_everything(made: Ground) -> list[Workload]:
    """All workloads of the survival set; those that dist/ renders by their own manifests, the charts' as pods."""
    ours = [dict(rendered.manifest) for rendered in made.synthesis.of_kind("Deployment", "StatefulSet", "ConfigMap")]
    for manifest in ours:
        made.api.apply(manifest)
    rendered = {manifest["metadata"]["name"] for manifest in ours}
    survivors = [w for w in made.synthesis.workloads if w.runs_on == "always-on"]
    made.create(pods.of_platform(made.synthesis.platform, [w for w in survivors if w.name not in rendered]))
    return survivors


def running(made: Ground, count: int) -> list[Json] | None:
    found = made.api.list("v1", "Pod")
    refused = {pod["metadata"]["name"]: reason(pod) for pod in found if reason(pod)}
    assert refused == {}
    ready = [pod for pod in found if condition(pod, "Ready").get("status") == "True"]
    return found if len(found) == count == len(ready) else None


def requested(placed: list[Json], resource: str) -> int:
    """The sum of what they ask for, in thousandths or MiB."""
    of = quantity.millicores if resource == "cpu" else quantity.mebibytes
    containers = (container for pod in placed for container in pod["spec"]["containers"])
    return sum(of(container["resources"]["requests"][resource]) for container in containers)


def test_all_that_failover_needs_runs_on_what_is_left(after_home: Ground) -> None:
    platform = after_home.synthesis.platform
    survivors = start_everything(after_home)
    rooms = capacity.rooms(platform, survivors)
    assert capacity.place_survivors(platform, rooms, survivors) == []
    count = sum(workload.replicas for workload in survivors)
    placed = wait_for(f"{count} pods to run", partial(running, after_home, count), READY_SECONDS)
    assert {node_of(pod) for pod in placed} <= {node.name for node in platform.always_on}
    used = {resource: requested(placed, resource) for resource in ("cpu", "memory")}
    left = capacity.rooms(platform, [])
    assert used == {
        resource: sum(
            getattr(left[node.name], resource) - getattr(rooms[node.name], resource) for node in platform.always_on
        )
        for resource in ("cpu", "memory")
    }
    _last_place(after_home, rooms)


def _last_place(made: Ground, rooms: dict[str, capacity.Room]) -> None:
    """What is left fits exactly, and a thousandth of a CPU more does not."""
    room = max((rooms[node.name] for node in made.synthesis.platform.always_on), key=lambda room: room.cpu)
    for name, more in (("exact", 0), ("too-much", 1)):
        [pod] = pods.of_platform(made.synthesis.platform, [Workload(name, room.cpu + more, room.memory)])
        made.create([pod])
        judged = made.placed(pods.NAMESPACE, waiting=more)
        assert ["Insufficient cpu" in reason(pod) for pod in judged if reason(pod)] == [True] * more
        made.api.delete(pod, grace=0)
        wait_for(f"pod {name} to go", partial(_is_gone, made, pod), READY_SECONDS)


def _is_gone(made: Ground, pod: Json) -> bool:
    return made.api.find(pod) is None


@pytest.mark.parametrize("after_home", [group for group in GROUPS if group.values == ("hybrid",)], indirect=True)
def test_game_servers_wait_for_a_machine(after_home: Ground) -> None:
    """None starts on the control plane or on a machine that may be dead."""
    platform = after_home.synthesis.platform
    assert not any(node.always_on for node in platform.runners)
    for game in platform.games:
        after_home.create(pods.of_game(after_home.synthesis, game, 1, pods.HostPorts(platform)))
        for pod in after_home.placed(labels.tenant_namespace(game.tenant), waiting=1):
            assert "untolerated taint" in reason(pod)
