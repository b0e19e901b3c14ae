"""Facts that contradict each other: what the program prints, and that dist/ stays as it was."""

from pathlib import Path

import pytest

from tests.breaking import CLUSTER, DESK, GAME, Case, assert_refused, broken
from tests.program import copy_facts, run

pytestmark = pytest.mark.slow  # a process a case

CASES = [
    Case(
        "a name other than the file's", GAME, "name: domination\n", "name: dominatoin\n",
        "name: found dominatoin, expected domination, as the file is called",
    ),
    Case(
        "both sizes", GAME, "  replicas: 3", "  replicas: 3\n  autoscale: {buffer: 1, min: 1, max: 3}",
        "fleet: found replicas and autoscale, expected exactly one of the two",
        at="fleet:",
    ),
    Case(
        "neither size", GAME, "  replicas: 3", "  site: home",
        "fleet: found neither replicas nor autoscale, expected exactly one of the two",
        at="fleet:",
    ),
    Case("the latest image", GAME, "ue-server-env:1.2.0", "ue-server-env:latest", "server.image: found ghcr.io/..."),
    Case("an image without a tag", GAME, "ue-server-env:1.2.0", "ue-server-env", "server.image: found ghcr.io/..."),
    Case(
        "a fleet at no site", GAME, "  replicas: 3", "  replicas: 3\n  site: hoem",
        "fleet.site: found hoem, expected a site of cluster hybrid: home, cloud (did you mean home?)",
        at="site: hoem",
    ),
    Case(
        "a node at no site", CLUSTER, "    site: cloud\n    roles", "    site: clout\n    roles",
        "nodes[0].site: found clout, expected one of home, cloud (did you mean cloud?)",
    ),
    Case(
        "a game on no cluster", GAME, "clusters: [hybrid]", "clusters: [hybird]",
        "clusters[0]: found hybird, expected one of hybrid, local (did you mean hybrid?)",
    ),
    Case(
        "networks that overlap", CLUSTER, "pods: 10.244.0.0/16", "pods: 10.96.0.0/16",
        "network.pods: found 10.96.0.0/16, expected a network that does not overlap 10.96.0.0/12...",
    ),
    Case(
        "a network that is a host", CLUSTER, "pods: 10.244.0.0/16", "pods: 10.244.1.0/16",
        "network.pods: found 10.244.1.0/16, expected a network in CIDR notation...",
    ),
    Case(
        "a pool outside its site", CLUSTER, "[163.220.236.56/32]", "[192.0.2.1/32]",
        "addressPools[0].addresses[0]: found 192.0.2.1/32, expected addresses in 10.240.0.0/24 or ...",
    ),
    Case("two nodes of one name", CLUSTER, "name: uc-k8s1p", "name: uc-k8s4p", "nodes[2].name: found uc-k8s4p a ..."),
    Case(
        "plain containers without trust", DESK, "trusted: true\n", "trusted: false\n",
        "isolation: found runc, expected kata...",
        at="isolation: runc",
    ),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_message_names_the_line_what_was_found_and_what_would_be_right(tmp_path: Path, case: Case) -> None:
    folder = copy_facts(tmp_path)
    assert_refused(folder, broken(folder, case))


def test_a_fleet_too_large_for_its_nodes_is_refused_with_the_largest_size(tmp_path: Path) -> None:
    folder = copy_facts(tmp_path)
    case = Case("", GAME, "replicas: 3", "replicas: 300", "fleet.replicas: found 300, expected at most ")
    line = broken(folder, case)
    done = run(folder)
    assert done.returncode == 1
    assert any(said.startswith(line) and "uc-k8s4p of hybrid" in said for said in done.stderr.splitlines())


def test_an_unsupported_kubernetes_is_refused_with_every_reason(tmp_path: Path) -> None:
    folder = copy_facts(tmp_path)
    case = Case("", CLUSTER, "kubernetes: 1.35.4", "kubernetes: 1.29.1", "kubernetes: found 1.29.1, expected ")
    line = broken(folder, case)
    assert_refused(folder, *(f"{line}{version}..." for version in ("1.33", "1.34", "1.35", "a minor that this Agones")))


def test_a_server_too_large_for_every_machine_is_refused(tmp_path: Path) -> None:
    folder = copy_facts(tmp_path)
    line = broken(folder, Case("", GAME, "memory: 2Gi", "memory: 200Gi", "server.memory: found ..."))
    assert_refused(folder, f"{GAME}:6: server: found ...", line)
