"""One cluster `hybrid` for this folder: begun before any chart is there, then given the tests' games."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from tests.cluster import crds
from tests.cluster.api import Json
from tests.cluster.argocd import state
from tests.cluster.cluster import Cluster
from tests.cluster.conftest import discard_data
from tests.cluster.gitops.games import APPLES, BOATS, HARBOUR, ORCHARD, PEARS
from tests.cluster.gitops.workbench import Workbench, operation
from tests.cluster.wait import NotYetError, wait_for

MISSING = "no matches for kind"
"""What the API server says of a kind whose CRD is not there."""

ALONE_SECONDS, SYNCED_LIMIT_SECONDS = 120, 240  # to give up after; what is allowed, a test says


@dataclass(frozen=True)
class Order:
    """What Argo CD made of a cluster without CRDs, and once they came."""

    needs_charts: set[str]
    """Names of the Applications with objects whose CRDs come with a chart."""

    without: dict[str, Json]
    """All Applications, when all was done that can be done without charts."""

    complaints: dict[str, str]
    """What each that needs charts had said of its last failure. Between two tries it only says that it tries."""

    seconds: float
    """From the charts' arrival until all was Synced and Healthy."""


@pytest.fixture(scope="package")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with Cluster(tmp_path_factory.mktemp("gitops-hybrid"), "hybrid", with_charts=False) as cluster:
        yield cluster
    discard_data(cluster.folder)


@pytest.fixture(scope="package")
def order(cluster: Cluster) -> Order:
    cluster.argocd.begin()
    needs = _needs_charts(cluster)
    said: dict[str, str] = {}
    without = wait_for("all that needs no chart", lambda: _only_charts_missing(cluster, needs, said), ALONE_SECONDS)
    cluster.install_charts()
    start = time.monotonic()
    cluster.argocd.wait_synced(SYNCED_LIMIT_SECONDS)
    return Order(needs, without, said, time.monotonic() - start)


@pytest.fixture(scope="package")
def bench(cluster: Cluster, order: Order) -> Workbench:  # noqa: ARG001
    """The synced cluster, with this repository's facts alone."""
    return Workbench(cluster)


@pytest.fixture(scope="package")
def games(bench: Workbench) -> Workbench:
    """With three games more, all of fixed sizes: 2 APPLES and 1 of PEARS of one tenant, 1 of BOATS of another."""
    bench.write_game(APPLES, {"replicas": 2})
    bench.write_game(PEARS, {"replicas": 1})
    bench.write_game(BOATS, {"replicas": 1})
    bench.merge("Three games")
    bench.wait_settled("root", *(f"{kind}-{tenant}" for tenant in (ORCHARD, HARBOUR) for kind in ("games", "tenant")))
    return bench


def _needs_charts(cluster: Cluster) -> set[str]:
    groups = {crd["spec"]["group"] for crd in crds.of_all_charts()} - {"argoproj.io"}  # Argo CD brings its own
    files = (cluster.repository.served / "dist" / cluster.name).glob("*/*.yaml")
    return {file.parent.name for file in files if _group(file) in groups}


def _group(file: Path) -> str:
    return str(yaml.load(file.read_bytes(), crds.LOADER)["apiVersion"].rpartition("/")[0])


def _only_charts_missing(cluster: Cluster, needs_charts: set[str], said: dict[str, str]) -> dict[str, Json]:
    """The Applications, once those that need charts have failed and all others are well; `said` collects why."""
    cluster.argocd.check()
    apps = cluster.argocd.applications()
    wanting = {name: state(app) for name, app in apps.items() if state(app) != "Synced Healthy"}
    messages = {name: str(operation(apps[name]).get("message", "")) for name in needs_charts & set(apps)}
    said |= {name: message for name, message in messages.items() if MISSING in message}
    if set(apps) != cluster.argocd.expected() or set(wanting) != needs_charts or set(said) != needs_charts:
        raise NotYetError(wanting, messages)
    return apps
