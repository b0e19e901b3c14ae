"""A site of many machines: what watching it costs, and what happens when most of them die at once.

200 nodes with 5,000 servers, on demand: FAILOVER_SCALE=200x5000.
"""

import os
import re
import urllib.request
from collections.abc import Iterator
from statistics import quantiles

import pytest

from failover import words
from tests.cluster.api import Json
from tests.cluster.conftest import discard_data
from tests.cluster.ports import Ports
from tests.cluster.wait import wait_for
from tests.services.failover.live import crowd
from tests.services.failover.live.ground import Ground, ground, home_node
from tests.services.failover.live.kubelet_port import KubeletPort

pytestmark = [pytest.mark.cluster, pytest.mark.slow, pytest.mark.xdist_group("failover-scale")]

NODES, SERVERS = (int(each) for each in os.environ.get("FAILOVER_SCALE", "50x1000").split("x"))
GROUPS = 4 if NODES > 50 else 2
PLAYED = 10
"""Every so manieth server has a match."""

MOST_MACHINES = 3
GRACE_SECONDS, SUSPECT_SECONDS, SECONDS = 24, 12, 300
CALM_SECONDS = 20
CPU_PERCENT, MEMORY_MIB, CALLS_A_MINUTE = 25, 256, 120
"""Bounds of a calm operator; docs/failover.md has what was measured."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, ports: Ports) -> Iterator[Ground]:
    """All machines Ready, all servers there."""
    folder = tmp_path_factory.mktemp("scale")
    with ground(folder, ports, agones=crowd.NoAgones, grace_seconds=GRACE_SECONDS) as place:
        port = place.stack.enter_context(KubeletPort("127.0.1.1", place.kubelet_port))
        for number in range(NODES):
            place.ports[name_of(number)] = port
            node = home_node(name_of(number), "127.0.1.1", "64")
            node["metadata"]["labels"][crowd.GROUP] = str(number % GROUPS)
            place.api.apply(node)
            place.api.apply(node | {"status": node["status"]}, subresource="status")
        for group in range(GROUPS):
            process = crowd.machines(place.control_plane, str(group))
            place.stack.callback(process.kill)
            place.groups[str(group)] = process.start()
        wait_for("all nodes to be Ready", lambda: all(place.is_ready(name_of(each)) for each in range(NODES)), SECONDS)
        crowd.seed(place.control_plane, [server(place, number) for number in range(SERVERS)])
        yield place
    discard_data(folder)


def name_of(number: int) -> str:
    return f"home-{number:03d}"


def server(place: Ground, number: int) -> Json:
    state = "Ready" if number % PLAYED else "Allocated"
    return crowd.server(place.world.namespace, f"server-{number}", name_of(number * 7 % NODES), state)


def calls(place: Ground) -> float:
    """That the operator has made of the Kubernetes API, as its own metrics have it."""
    place.operators["operator"].check()
    served = re.search(r"/metrics on port (\d+)", place.operators["operator"].log.read_text())
    if not served:
        raise LookupError("it does not serve yet")
    with urllib.request.urlopen(f"http://127.0.0.1:{served[1]}/metrics") as answer:
        lines = answer.read().decode().splitlines()
    counts = [line for line in lines if line.startswith("failover_kubernetes_api_request_duration_seconds_count")]
    return sum(float(line.split()[-1]) for line in counts)


def free_on(place: Ground, nodes: set[str]) -> list[Json]:
    """Servers without a match on these nodes."""
    return [each for each in place.servers(state="Ready") if each["status"]["nodeName"] in nodes]


def test_most_machines_die_at_once_and_nothing_runs_away(site: Ground) -> None:
    operator = site.operator(suspectAfter=SUSPECT_SECONDS, maxMachines=MOST_MACHINES, temporaryGrace=120)
    wait_for("the operator to serve", lambda: calls(site) > 0, SECONDS)
    meter = crowd.Meter(operator, lambda: calls(site))
    wait_for("some calm", lambda: meter.read() if meter.elapsed() >= CALM_SECONDS else None, SECONDS)
    calm = meter.last
    played = {each["metadata"]["uid"] for each in site.servers(state="Allocated")}

    with crowd.bystander(site.api) as taken:
        die(site, "0")
        dead = {name_of(each) for each in range(0, NODES, GROUPS)}
        wait_for("a machine to stand in", lambda: len(site.temporary_nodes()) == MOST_MACHINES, SECONDS)
        wait_for("what nobody plays on to be gone", lambda: not free_on(site, dead), SECONDS)
        for group in range(1, GROUPS):
            die(site, str(group))
        everywhere = {name_of(each) for each in range(NODES)}
        wait_for("all of it", lambda: not free_on(site, everywhere), SECONDS)
        assert len(site.instances()) <= MOST_MACHINES
    storm = meter.read()

    inserted = site.gce.do(lambda: [each for each in site.gce.cloud.operations.values() if each.kind == "insert"])
    p99 = quantiles(taken, n=100)[98]
    report = f"calm: {calm}; {NODES} nodes dying: {storm}; a bystander's call p99 {1000 * p99:.0f} ms of {len(taken)}"
    (site.folder / "scale.txt").write_text(report + "\n")
    assert len(inserted) == MOST_MACHINES, report
    assert {each["metadata"]["uid"] for each in site.servers(state="Allocated")} == played
    assert not [each for each in site.api.list("v1", "Node") if is_given_up(each)]
    assert p99 < 1, report
    assert calm.cpu_percent < CPU_PERCENT, report
    assert calm.memory_mib < MEMORY_MIB, report
    assert calm.calls_a_minute < CALLS_A_MINUTE, report


def is_given_up(node: Json) -> bool:
    return any(each["key"] == words.OUT_OF_SERVICE for each in node["spec"].get("taints", ()))


def die(site: Ground, group: str) -> None:
    """Silence too: all machines share one port."""
    site.ports[name_of(0)].fall_silent()
    site.groups[group].kill()
