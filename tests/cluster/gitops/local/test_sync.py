"""Argo CD takes dist/local from an empty cluster to Synced and Healthy, and keeps it there."""

import pytest

from tests.cluster.gitops.steadiness import contents, generations, reconcile
from tests.cluster.gitops.timeline import Timeline
from tests.cluster.gitops.workbench import Workbench

pytestmark = [pytest.mark.cluster, pytest.mark.slow, pytest.mark.xdist_group("gitops-local")]

ALLOWED_SECONDS = 60


def test_an_empty_cluster_is_synced_within_a_minute(
    bench: Workbench, seconds_to_sync: float, seconds_to_health: float, timeline: Timeline
) -> None:
    timeline.mark(f"all {len(bench.argocd.expected())} Applications Synced {seconds_to_sync:.1f} s after the root came")
    timeline.mark(f"and Healthy, with their game servers, after {seconds_to_health:.1f} s")
    assert set(bench.argocd.states()) >= bench.argocd.expected()
    assert seconds_to_sync <= ALLOWED_SECONDS


def test_all_stays_synced_and_nothing_is_written_again(boats: Workbench, timeline: Timeline) -> None:
    bench = boats
    bench.wait_all_settled()
    before, versions = contents(bench), generations(bench)
    timeline.begin("three reconciliations of every Application")
    reconcile(bench, 3)
    timeline.mark("all Synced all the time")
    assert contents(bench) == before
    assert generations(bench) == versions
