"""One cluster `local` for this folder: begun from nothing with this repository's facts, then given the tests' games."""

import time
from collections.abc import Iterator

import pytest

from tests.cluster.argocd import state
from tests.cluster.cluster import Cluster
from tests.cluster.conftest import discard_data
from tests.cluster.gitops.games import APPLES, BOATS, HARBOUR, ORCHARD
from tests.cluster.gitops.workbench import Workbench
from tests.cluster.wait import NotYetError, wait_for

SYNCED_LIMIT_SECONDS = 240  # to give up after; what is allowed, a test says
APPLES_CPU = "750m"
"""Of which the desk's 12 CPUs hold fewer than the 16 servers that a tenant's quota grants at least."""


@pytest.fixture(scope="package")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with Cluster(tmp_path_factory.mktemp("gitops-local"), "local") as cluster:
        yield cluster
    discard_data(cluster.folder)


@pytest.fixture(scope="package")
def seconds_to_sync(cluster: Cluster) -> float:
    """How long Argo CD took from nothing until every Application was Synced."""
    start = time.monotonic()
    cluster.argocd.begin()
    wait_for("every Application to be Synced", lambda: _all_synced(cluster), SYNCED_LIMIT_SECONDS)
    return time.monotonic() - start


@pytest.fixture(scope="package")
def seconds_to_health(cluster: Cluster, seconds_to_sync: float) -> float:
    """How long until every Application was Healthy too. Kubernetes takes up to 30 s to count a new CRD's objects for
    quotas, and Agones 30 s to look again at an autoscaler that came before its Fleet."""
    start = time.monotonic()
    cluster.argocd.wait_synced(SYNCED_LIMIT_SECONDS)
    return seconds_to_sync + time.monotonic() - start


@pytest.fixture(scope="package")
def bench(cluster: Cluster, seconds_to_health: float) -> Workbench:  # noqa: ARG001
    """The synced cluster, with this repository's facts alone."""
    return Workbench(cluster)


@pytest.fixture(scope="package")
def games(bench: Workbench) -> Workbench:
    """With two games more: APPLES of a fixed size 2, BOATS autoscaled from 1 up."""
    bench.write_game(APPLES, {"replicas": 2}, APPLES_CPU)
    bench.write_game(BOATS, {"autoscale": {"buffer": 1, "min": 1, "max": 4}})
    bench.merge("Two games")
    bench.wait_settled(f"games-{ORCHARD}", f"tenant-{ORCHARD}")
    return bench


@pytest.fixture(scope="package")
def boats(games: Workbench) -> Workbench:
    """Once BOATS run, too: an autoscaler that came before its Fleet looks again after its interval, 30 s."""
    games.wait_settled("root", f"games-{HARBOUR}", f"tenant-{HARBOUR}")
    games.wait_ready(BOATS, 1)
    return games


def _all_synced(cluster: Cluster) -> bool:
    cluster.argocd.check()
    states = {name: state(app) for name, app in cluster.argocd.applications().items()}
    left = {name: said for name, said in states.items() if not said.startswith("Synced ")}
    if left or set(states) != cluster.argocd.expected():
        raise NotYetError(left)
    return True
