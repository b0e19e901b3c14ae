"""Our provider's clear_metadata: when it returns, the join token is off the machine."""

import asyncio

import pytest

from failover.gce.provider import GceProvider
from failover.provider import ErrorClass, ProviderError
from tests.doubles.gce import fault
from tests.doubles.gce.double import GceDouble
from tests.doubles.gce.fault import Fault
from tests.services.failover.gce.attempt import KEY, TOKEN, ZONE, attempt

pytestmark = pytest.mark.asyncio
SET = "instances.setMetadata"
PLACE = attempt().place


def kept(double: GceDouble) -> list[str]:
    return [item["key"] for item in double.cloud.find(ZONE, PLACE.name).metadata]


async def test_the_keys_are_removed_and_others_stay(double: GceDouble, provider: GceProvider) -> None:
    await provider.insert(attempt())
    await provider.clear_metadata(PLACE, (KEY, "never-there"))
    assert kept(double) == ["enable-oslogin", "password"]
    (request,) = [call for call in double.server.calls if call.method == SET]
    assert request.request_id


async def test_again_it_writes_nothing(double: GceDouble, provider: GceProvider) -> None:
    await provider.insert(attempt())
    for _ in range(2):
        await provider.clear_metadata(PLACE, (KEY,))
    assert double.server.count(SET) == 1


async def test_a_machine_that_is_gone_has_none(provider: GceProvider) -> None:
    await provider.clear_metadata(PLACE, (KEY,))


async def test_a_machine_that_goes_meanwhile_has_none(double: GceDouble, provider: GceProvider) -> None:
    await provider.insert(attempt())
    message = f"The resource 'projects/homeground-test/zones/{ZONE}/instances/{PLACE.name}' was not found"
    double.fail(Fault(method=SET, status=404, reason="notFound", message=message))
    await provider.clear_metadata(PLACE, (KEY,))


@pytest.mark.parametrize(
    "conflict",
    [
        pytest.param(Fault(method=SET, status=412, reason="conditionNotMet"), id="in the call"),
        pytest.param(fault.failed_operation("CONDITION_NOT_MET", 412, method=SET), id="in the operation"),
    ],
)
async def test_somebody_else_wrote_first(double: GceDouble, provider: GceProvider, conflict: Fault) -> None:
    """GCE tells of it in either way (CloudVE/cloudbridge#349)."""
    await provider.insert(attempt())
    double.fail(conflict)
    await provider.clear_metadata(PLACE, (KEY,))
    assert kept(double) == ["enable-oslogin", "password"]
    assert double.server.count(SET) == 2


async def test_what_somebody_else_wrote_meanwhile_is_kept(double: GceDouble, provider: GceProvider) -> None:
    await provider.insert(attempt())
    double.fail(fault.slow_answer(0.05, "instances.get"))
    clearing = asyncio.create_task(provider.clear_metadata(PLACE, (KEY,)))
    while double.server.count("instances.get") == 0:
        await asyncio.sleep(0.001)
    machine = double.cloud.find(ZONE, PLACE.name)
    written = {"fingerprint": machine.fingerprint, "items": [*machine.metadata, {"key": "theirs", "value": "1"}]}
    double.cloud.set_metadata(ZONE, PLACE.name, written)
    await clearing
    assert sorted(kept(double)) == ["enable-oslogin", "password", "theirs"]


async def test_metadata_that_keeps_changing_is_tried_again_later(double: GceDouble, provider: GceProvider) -> None:
    await provider.insert(attempt())
    double.fail(Fault(method=SET, status=412, reason="conditionNotMet", times=0))
    with pytest.raises(ProviderError) as caught:
        await provider.clear_metadata(PLACE, (KEY,))
    assert caught.value.error_class is ErrorClass.RETRY
    assert TOKEN not in str(caught.value)


@pytest.mark.parametrize(
    ("struck", "expected"),
    [
        (fault.server_error(SET), ErrorClass.RETRY),
        (fault.server_error("instances.get"), ErrorClass.RETRY),
        (fault.lost_answer(SET), ErrorClass.RETRY),
        (fault.dropped(SET), ErrorClass.RETRY),
        (fault.failed_operation("INTERNAL_ERROR", 500, method=SET), ErrorClass.RETRY),
        (Fault(method=SET, status=403, reason="forbidden"), ErrorClass.DENIED),
    ],
)
async def test_an_error_is_told_and_the_same_call_clears(
    double: GceDouble, provider: GceProvider, struck: Fault, expected: ErrorClass
) -> None:
    await provider.insert(attempt())
    double.fail(struck)
    with pytest.raises(ProviderError) as caught:
        await provider.clear_metadata(PLACE, (KEY,))
    assert caught.value.error_class is expected
    await provider.clear_metadata(PLACE, (KEY,))
    assert kept(double) == ["enable-oslogin", "password"]
