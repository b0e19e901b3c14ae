"""Our provider's delete: accepted, or gone already; and never stuck on an earlier failure."""

from typing import Any
from uuid import uuid4

import pytest

from failover.gce.provider import GceProvider
from failover.gce.rest import Answer, Rest
from failover.provider import ErrorClass, InstanceState, ProviderError
from tests.doubles.gce import fault
from tests.doubles.gce.double import GceDouble
from tests.doubles.gce.fault import Fault
from tests.services.failover.gce.attempt import attempt

pytestmark = pytest.mark.asyncio
DELETE = "instances.delete"
ID = "7b0f9c0e-3a51-4d0a-9d9c-0b8f6f3c2d11"
PLACE = attempt().place


async def until_gone(provider: GceProvider) -> None:
    while await provider.get(PLACE):
        pass


async def test_it_returns_when_the_cloud_has_accepted(double: GceDouble, provider: GceProvider) -> None:
    await provider.insert(attempt())
    double.cloud.configure(stop_seconds=3600)
    await provider.delete(PLACE, ID)
    found = await provider.get(PLACE)
    assert found
    assert found.state is InstanceState.STOPPING
    assert [call.request_id for call in double.server.calls if call.method == DELETE] == [ID]


async def test_one_that_is_gone_is_no_error(provider: GceProvider) -> None:
    await provider.insert(attempt())
    await provider.delete(PLACE, ID)
    await until_gone(provider)
    await provider.delete(PLACE, ID)
    await provider.delete(PLACE, str(uuid4()))


async def test_one_that_is_being_deleted_may_be_deleted_again(double: GceDouble, provider: GceProvider) -> None:
    await provider.insert(attempt())
    double.cloud.configure(stop_seconds=0.05)
    await provider.delete(PLACE, ID)
    await provider.delete(PLACE, str(uuid4()))
    await until_gone(provider)


@pytest.mark.parametrize(
    ("struck", "expected"),
    [
        (fault.server_error(DELETE), ErrorClass.RETRY),
        (fault.lost_answer(DELETE), ErrorClass.RETRY),
        (fault.garbled(DELETE), ErrorClass.RETRY),
        (fault.throttled(DELETE), ErrorClass.RETRY),
        (Fault(method=DELETE, status=400, reason="resourceNotReady"), ErrorClass.RETRY),
        (fault.garbled(DELETE, 404), ErrorClass.INVALID),
        (Fault(method=DELETE, status=403, reason="forbidden"), ErrorClass.DENIED),
    ],
)
async def test_an_error_is_told_and_the_same_call_deletes(
    double: GceDouble, provider: GceProvider, struck: Fault, expected: ErrorClass
) -> None:
    await provider.insert(attempt())
    double.fail(struck)
    with pytest.raises(ProviderError) as caught:
        await provider.delete(PLACE, ID)
    assert caught.value.error_class is expected
    await provider.delete(PLACE, ID)
    await until_gone(provider)


async def test_a_connection_cut_after_it_was_carried_out_does_no_harm(double: GceDouble, provider: GceProvider) -> None:
    """Once aiohttp sends a DELETE again by itself; the second time it is told."""
    await provider.insert(attempt())
    double.fail(fault.dropped(DELETE, times=2))
    with pytest.raises(ProviderError) as caught:
        await provider.delete(PLACE, ID)
    assert caught.value.error_class is ErrorClass.RETRY
    await provider.delete(PLACE, ID)
    await until_gone(provider)
    assert sum(each.kind == "delete" for each in double.cloud.operations.values()) == 1


async def test_a_deletion_that_failed_does_not_answer_for_later_ones(double: GceDouble, provider: GceProvider) -> None:
    """GCE answers the same request id with the failed operation: the machine would never be deleted."""
    await provider.insert(attempt())
    double.fail(fault.failed_operation("INTERNAL_ERROR", 500, method=DELETE))
    await provider.delete(PLACE, ID)
    while not all(operation.is_done for operation in double.cloud.operations.values()):
        await provider.get(PLACE)
    assert await provider.get(PLACE)
    await provider.delete(PLACE, ID)
    await until_gone(provider)


async def test_a_deletion_that_fails_at_once_and_again_is_told(
    provider: GceProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def failed(*_: Any, **__: Any) -> Answer:
        error = {"errors": [{"code": "PERMISSIONS_ERROR", "message": "not you"}]}
        return {"name": "operation-1", "status": "DONE", "error": error, "httpErrorStatusCode": 403}

    monkeypatch.setattr(Rest, "call", failed)
    with pytest.raises(ProviderError) as caught:
        await provider.delete(PLACE, ID)
    assert caught.value.error_class is ErrorClass.DENIED
