"""Contract: aggregatedList of the double through Google's client."""

import urllib.request
from typing import Any

import pytest
from google.api_core import exceptions
from google.cloud import compute_v1

from tests.services.failover.gce.attempt import KNOWN, OTHER_ZONE, ZONE
from tests.services.failover.gce.contract.official_client import Google


def listed(google: Google, **request: Any) -> dict[str, Any]:
    """Scopes by name, of all pages."""
    pages = google.instances.aggregated_list(request={"project": KNOWN.project} | request, retry=None)
    scopes: dict[str, Any] = {}
    for name, scope in pages:
        scopes.setdefault(name, []).append(scope)
    return scopes


def names(google: Google, **request: Any) -> list[str]:
    scopes = listed(google, **request)
    return sorted(instance.name for scope in scopes.values() for part in scope for instance in part.instances)


def three_machines(google: Google) -> None:
    google.made("fo-1")
    google.made("fo-2", labels={"failover-cluster": "another"})
    google.made("fo-3", OTHER_ZONE, machineType=f"zones/{OTHER_ZONE}/machineTypes/n2-standard-8")


def test_every_zone_is_a_scope_and_an_empty_one_warns(google: Google) -> None:
    google.made()
    scopes = listed(google)
    assert set(scopes) == {f"zones/{zone}" for zone in KNOWN.zones}
    (empty,) = scopes[f"zones/{OTHER_ZONE}"]
    assert empty.warning.code == "NO_RESULTS_ON_PAGE"
    assert not empty.instances
    (full,) = scopes[f"zones/{ZONE}"]
    assert not full.warning.code
    assert full.instances[0].kind == "compute#instance"


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("", ["fo-1", "fo-2", "fo-3"]),
        ("labels.failover-cluster=hybrid", ["fo-1", "fo-3"]),
        ('labels.failover-cluster="hybrid"', ["fo-1", "fo-3"]),
        ("(labels.failover-cluster = hybrid)", ["fo-1", "fo-3"]),
        ("labels.failover-cluster eq h.*", ["fo-1", "fo-3"]),
        ("labels.failover-cluster ne hybrid", ["fo-2"]),
        ("labels.failover-cluster != hybrid", ["fo-2"]),
        ("labels.failover-uid:*", ["fo-1", "fo-3"]),
        ("(labels.failover-cluster=hybrid) (name=fo-3)", ["fo-3"]),
        ("labels.failover-cluster=hybrid AND status=RUNNING", ["fo-1", "fo-3"]),
        ("labels.failover-cluster=nobody", []),
    ],
)
def test_filters(google: Google, expression: str, expected: list[str]) -> None:
    three_machines(google)
    assert names(google, filter=expression) == expected


@pytest.mark.parametrize("expression", ["labels.a", "colour=red", "labels.a=b OR labels.a=c", "((("])
def test_a_filter_that_is_not_understood_is_refused(google: Google, expression: str) -> None:
    with pytest.raises(exceptions.BadRequest, match="Invalid list filter expression"):
        names(google, filter=expression)


@pytest.mark.parametrize("size", [1, 2, 3, 500])
def test_pages_hold_no_more_than_was_asked_for_and_together_all(google: Google, size: int) -> None:
    three_machines(google)
    pages = google.instances.aggregated_list(request={"project": KNOWN.project, "max_results": size}, retry=None)
    sizes = [sum(len(scope.instances) for scope in page.items.values()) for page in pages.pages]
    assert sum(sizes) == 3
    assert max(sizes) <= size
    assert len(sizes) == -(-3 // size)
    assert names(google, max_results=size) == ["fo-1", "fo-2", "fo-3"]


@pytest.mark.parametrize("request_", [{"max_results": 501}, {"page_token": "elsewhere"}])
def test_a_page_that_cannot_be_is_refused(google: Google, request_: dict[str, Any]) -> None:
    with pytest.raises(exceptions.BadRequest):
        names(google, **request_)


def test_a_zone_out_of_reach_fails_the_call(google: Google) -> None:
    three_machines(google)
    google.double.server.unreachable = {OTHER_ZONE}
    with pytest.raises(exceptions.ServiceUnavailable):
        names(google)


def test_a_zone_out_of_reach_is_told_if_parts_are_asked_for(google: Google) -> None:
    """The REST reference has `returnPartialSuccess`; the client of this version does not send it."""
    three_machines(google)
    google.double.server.unreachable = {OTHER_ZONE}
    url = f"{google.double.api}/projects/{KNOWN.project}/aggregated/instances?returnPartialSuccess=true"
    with urllib.request.urlopen(url, timeout=10) as answer:
        page: Any = compute_v1.InstanceAggregatedList.from_json(answer.read())
    assert list(page.unreachables) == [f"zones/{OTHER_ZONE}"]
    assert page.items[f"zones/{OTHER_ZONE}"].warning.code == "UNREACHABLE"
    assert len(page.items[f"zones/{ZONE}"].instances) == 2


def test_lists_may_be_late_and_get_is_not(google: Google) -> None:
    google.double.cloud.configure(list_lag_seconds=3600)
    google.made()
    assert names(google) == []
    assert google.get().status == "RUNNING"
