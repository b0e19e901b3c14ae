"""Our provider's start: for machines that wait switched off (capacity source `stopped`)."""

import pytest

from failover.gce.provider import GceProvider
from failover.provider import ErrorClass, InstanceState, ProviderError
from tests.doubles.gce import fault
from tests.doubles.gce.double import GceDouble
from tests.doubles.gce.fault import Fault
from tests.services.failover.gce.attempt import ZONE, attempt

pytestmark = pytest.mark.asyncio
START = "instances.start"
PLACE = attempt().place


async def state(provider: GceProvider) -> InstanceState | None:
    found = await provider.get(PLACE)
    return found.state if found else None


async def stopped(double: GceDouble, provider: GceProvider) -> None:
    await provider.insert(attempt())
    double.cloud.stop(ZONE, PLACE.name)
    while await state(provider) is not InstanceState.STOPPED:
        pass


async def test_a_stopped_machine_runs_again_with_another_address(double: GceDouble, provider: GceProvider) -> None:
    await provider.insert(attempt())
    before = await provider.get(PLACE)
    double.cloud.stop(ZONE, PLACE.name)
    while await state(provider) is not InstanceState.STOPPED:
        pass
    await provider.start(PLACE)
    after = await provider.get(PLACE)
    assert before
    assert after
    assert after.state is InstanceState.RUNNING
    assert after.external_addresses
    assert after.external_addresses != before.external_addresses


async def test_one_that_runs_is_no_error(double: GceDouble, provider: GceProvider) -> None:
    await provider.insert(attempt())
    await provider.start(PLACE)
    assert await state(provider) is InstanceState.RUNNING
    assert double.server.count(START) == 0


async def test_one_that_is_gone_cannot_be_started(provider: GceProvider) -> None:
    with pytest.raises(ProviderError) as caught:
        await provider.start(PLACE)
    assert caught.value.error_class is ErrorClass.INVALID


async def test_one_that_is_stopping_is_started_later(double: GceDouble, provider: GceProvider) -> None:
    await provider.insert(attempt())
    double.cloud.configure(stop_seconds=3600)
    double.cloud.stop(ZONE, PLACE.name)
    with pytest.raises(ProviderError) as caught:
        await provider.start(PLACE)
    assert caught.value.error_class is ErrorClass.RETRY


@pytest.mark.parametrize(
    ("struck", "expected"),
    [
        (fault.stockout(method=START), ErrorClass.STOCKOUT),
        (fault.failed_operation("QUOTA_EXCEEDED", 403, method=START), ErrorClass.QUOTA),
        (fault.server_error(START), ErrorClass.RETRY),
        (fault.lost_answer(START), ErrorClass.RETRY),
        (fault.dropped(START), ErrorClass.RETRY),
        (fault.server_error("instances.get"), ErrorClass.RETRY),
        (Fault(method=START, status=400, reason="resourceNotReady"), ErrorClass.RETRY),
        (Fault(method=START, status=403, reason="forbidden"), ErrorClass.DENIED),
    ],
)
async def test_an_error_is_told_and_the_same_call_starts(
    double: GceDouble, provider: GceProvider, struck: Fault, expected: ErrorClass
) -> None:
    await stopped(double, provider)
    double.fail(struck)
    with pytest.raises(ProviderError) as caught:
        await provider.start(PLACE)
    assert caught.value.error_class is expected
    await provider.start(PLACE)
    while await state(provider) is InstanceState.STARTING:
        pass
    assert await state(provider) is InstanceState.RUNNING


async def test_each_start_has_a_request_id_of_its_own(double: GceDouble, provider: GceProvider) -> None:
    """An id used before would stand for that start, and nothing would be switched on."""
    for _ in range(2):
        await stopped(double, provider)
        await provider.start(PLACE)
    ids = [call.request_id for call in double.server.calls if call.method == START]
    assert len(set(ids)) == 2
    assert all(ids)
