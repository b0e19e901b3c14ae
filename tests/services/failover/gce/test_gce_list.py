"""Our provider's list: every machine of the cluster, or an error."""

from typing import Any

import pytest

from failover.gce import listing
from failover.gce.credentials import Anonymous
from failover.gce.provider import GceProvider
from failover.gce.rest import Answer, Rest
from failover.provider import ErrorClass, ProviderError
from tests.doubles.gce import fault
from tests.doubles.gce.double import GceDouble
from tests.doubles.gce.fault import Fault
from tests.services.failover.gce.attempt import KNOWN, OTHER_ZONE, Connect, attempt, settings

pytestmark = pytest.mark.asyncio
LIST = "instances.aggregatedList"


async def names(provider: GceProvider) -> list[str]:
    return sorted(f"{found.place.zone}/{found.place.name}" for found in await provider.list())


async def refused(provider: GceProvider) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        await provider.list()
    return caught.value


async def test_no_machines_is_an_empty_list(provider: GceProvider) -> None:
    assert await provider.list() == []


async def test_it_shows_this_clusters_machines_in_all_zones(
    double: GceDouble, provider: GceProvider, connect: Connect
) -> None:
    await provider.insert(attempt("fo-a-1"))
    await provider.insert(attempt("fo-a-2", OTHER_ZONE))
    other = connect(settings(double, cluster="another"))
    await other.insert(attempt("fo-b-1"))
    assert await names(provider) == ["asia-northeast1-b/fo-a-1", "asia-northeast1-c/fo-a-2"]
    assert await names(other) == ["asia-northeast1-b/fo-b-1"]


async def test_clusters_whose_names_are_made_to_fit_stay_apart(double: GceDouble, connect: Connect) -> None:
    """`a.b` and `a-b`: a list that mixed them would have one delete the other's machines."""
    dotted, dashed = (connect(settings(double, cluster=name)) for name in ("a.b", "a-b"))
    await dotted.insert(attempt("fo-dotted"))
    await dashed.insert(attempt("fo-dashed"))
    assert [found.place.name for found in await dotted.list()] == ["fo-dotted"]
    assert [found.place.name for found in await dashed.list()] == ["fo-dashed"]


async def test_it_goes_through_all_pages(
    double: GceDouble, provider: GceProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "PAGE", 2)
    for number in range(5):
        await provider.insert(attempt(f"fo-{number}", KNOWN.zones[number % 3]))
    assert len(await provider.list()) == 5
    assert double.server.count(LIST) == 3


@pytest.mark.parametrize("warn", [False, True], ids=["the call fails", "a warning"])
async def test_a_zone_out_of_reach_is_an_error(double: GceDouble, provider: GceProvider, warn: bool) -> None:
    """Defect D11: a list that failed was empty, and a second machine was made."""
    await provider.insert(attempt())
    double.server.unreachable, double.server.warn = {OTHER_ZONE}, warn
    error = await refused(provider)
    assert error.error_class is ErrorClass.RETRY
    assert OTHER_ZONE in error.message
    double.server.unreachable.clear()
    assert len(await provider.list()) == 1


async def test_a_failure_on_a_later_page_is_an_error(
    double: GceDouble, provider: GceProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "PAGE", 1)
    await provider.insert(attempt("fo-1"))
    await provider.insert(attempt("fo-2"))
    double.fail(Fault(method=LIST, skip=1, status=503))
    assert (await refused(provider)).error_class is ErrorClass.RETRY


@pytest.mark.parametrize(
    ("struck", "expected"),
    [
        (fault.server_error(LIST), ErrorClass.RETRY),
        (fault.throttled(LIST), ErrorClass.RETRY),
        (fault.throttled(LIST, 403), ErrorClass.RETRY),
        (fault.dropped(LIST, times=2), ErrorClass.RETRY),
        (fault.garbled(LIST), ErrorClass.RETRY),
        (Fault(method=LIST, status=404, reason="notFound"), ErrorClass.INVALID),
        (Fault(method=LIST, status=403, reason="forbidden"), ErrorClass.DENIED),
        (Fault(method=LIST, status=401, times=2), ErrorClass.DENIED),
    ],
)
async def test_no_error_is_an_empty_list(
    double: GceDouble, provider: GceProvider, struck: Fault, expected: ErrorClass
) -> None:
    double.fail(struck)
    assert (await refused(provider)).error_class is expected


async def test_a_new_machine_may_be_missing_from_lists_but_not_from_get(
    double: GceDouble, provider: GceProvider
) -> None:
    double.cloud.configure(list_lag_seconds=3600)
    await provider.insert(attempt())
    assert await provider.list() == []
    assert await provider.get(attempt().place)


# Answers that the double does not give.


class Pages(Rest):
    """Answers with these pages."""

    def __init__(self, *pages: Answer) -> None:
        super().__init__("http://127.0.0.1", "homeground-test", Anonymous(), 1)
        self._pages = list(pages)

    async def call(self, *_: Any, **__: Any) -> Answer:
        return self._pages.pop(0)


EMPTY = {f"zones/{zone}": {"warning": {"code": "NO_RESULTS_ON_PAGE"}} for zone in KNOWN.zones}


def without(zone: str) -> Answer:
    return {name: scope for name, scope in EMPTY.items() if name != f"zones/{zone}"}


async def test_that_answer_is_complete(double: GceDouble) -> None:
    assert await listing.every_instance(Pages({"items": EMPTY}), settings(double)) == []


@pytest.mark.parametrize(
    "pages",
    [
        pytest.param([{"items": without(OTHER_ZONE)}], id="a zone is not spoken of"),
        pytest.param([{}], id="no zone is spoken of"),
        pytest.param([{"items": EMPTY, "unreachables": ["zones/us-central1-a"]}], id="unreachables"),
        pytest.param([{"items": EMPTY, "warning": {"code": "PARTIAL_SUCCESS"}}], id="a warning about the whole"),
        pytest.param(
            [{"items": EMPTY | {"zones/us-west1-a": {"warning": {"code": "LIST_OVERHEAD_QUOTA_EXCEED"}}}}],
            id="a zone is cut short",
        ),
        pytest.param([{"items": EMPTY, "nextPageToken": "a"}] * 2, id="the same page for ever"),
        pytest.param([{"items": EMPTY | {"zones/x": {"instances": [{"name": "fo-1"}]}}}], id="half an instance"),
        pytest.param([{"items": ["zones/a"]}], id="items that are no scopes"),
        pytest.param([{"items": dict.fromkeys(EMPTY, "none")}], id="scopes that are none"),
    ],
)
async def test_an_answer_that_is_not_complete_is_an_error(double: GceDouble, pages: list[Answer]) -> None:
    with pytest.raises(ProviderError) as caught:
        await listing.every_instance(Pages(*pages), settings(double))
    assert caught.value.error_class is ErrorClass.RETRY


async def test_a_machine_without_our_label_is_left_out_whatever_the_filter_did(
    double: GceDouble, provider: GceProvider
) -> None:
    await provider.insert(attempt())
    foreign = double.cloud.find(attempt().place.zone, attempt().place.name).body() | {"labels": {"team": "art"}}
    page = {"items": EMPTY | {f"zones/{OTHER_ZONE}": {"instances": [foreign]}}}
    assert await listing.every_instance(Pages(page), settings(double)) == []
