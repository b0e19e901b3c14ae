"""From nothing, and with what the charts bring arriving late: it converges, and nobody syncs anything by hand."""

import pytest

from tests.cluster.gitops.hybrid.conftest import MISSING, Order
from tests.cluster.gitops.steadiness import contents, generations, reconcile
from tests.cluster.gitops.timeline import Timeline
from tests.cluster.gitops.workbench import Workbench, operation

pytestmark = [pytest.mark.cluster, pytest.mark.slow, pytest.mark.xdist_group("gitops-hybrid")]

ALLOWED_SECONDS = 150
"""After the charts: what is left to wait of the retry that failed last (10, 20, 40 s, ...), and the sync itself."""


def test_missing_crds_hold_up_only_what_needs_them_and_it_converges_once_they_come(
    bench: Workbench, order: Order, timeline: Timeline
) -> None:
    timeline.mark(
        f"{len(order.without) - len(order.needs_charts)} Applications were Synced and Healthy without any CRD"
    )
    assert set(order.complaints) == order.needs_charts
    for name, message in sorted(order.complaints.items()):
        timeline.mark(f"{name}: {message.partition(chr(10))[0]}")
        assert MISSING in message
    timeline.mark(f"all {len(bench.argocd.expected())} Synced and Healthy {order.seconds:.1f} s after the CRDs came")
    assert order.seconds <= ALLOWED_SECONDS
    by_hand = {
        name
        for name, app in bench.argocd.applications().items()
        if not operation(app)["operation"].get("initiatedBy", {}).get("automated")
    }
    assert not by_hand


def test_all_stays_synced_and_nothing_is_written_again(bench: Workbench, timeline: Timeline) -> None:
    bench.wait_all_settled()
    before, versions = contents(bench), generations(bench)
    timeline.begin("three reconciliations of every Application")
    reconcile(bench, 3)
    timeline.mark("all Synced all the time")
    assert contents(bench) == before
    assert generations(bench) == versions
