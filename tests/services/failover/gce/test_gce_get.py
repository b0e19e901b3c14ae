"""Our provider's get: a machine, or nothing if GCE says so itself, and never because of an error."""

from datetime import UTC, datetime

import pytest

from failover.gce.credentials import Anonymous
from failover.gce.provider import GceProvider
from failover.provider import ErrorClass, InstanceState, Place, ProviderError
from tests.doubles.gce import fault
from tests.doubles.gce.clock import ManualClock
from tests.doubles.gce.double import GceDouble
from tests.doubles.gce.fault import Fault
from tests.services.failover.gce.attempt import ZONE, Connect, attempt, settings

pytestmark = pytest.mark.asyncio
GET = "instances.get"


async def test_a_machine_is_shown_with_its_addresses_and_provider_id(provider: GceProvider) -> None:
    before = datetime.now(UTC).timestamp()
    await provider.insert(attempt())
    found = await provider.get(attempt().place)
    assert found
    assert found.place == attempt().place
    assert found.state is InstanceState.RUNNING
    assert found.provider_id == f"gce://homeground-test/{ZONE}/fo-4f2d5a-1"
    assert found.machine_type == "n2-standard-8"
    assert [address.partition(".")[0] for address in found.external_addresses] == ["203"]
    assert [address.partition(".")[0] for address in found.internal_addresses] == ["10"]
    assert before - 1 < found.created.timestamp() <= datetime.now(UTC).timestamp()


async def test_it_shows_no_start_up_data(provider: GceProvider) -> None:
    await provider.insert(attempt())
    assert "token" not in repr(await provider.get(attempt().place))


async def test_none_is_what_gce_says_of_a_machine_that_is_not_there(provider: GceProvider) -> None:
    assert await provider.get(attempt().place) is None


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("PROVISIONING", InstanceState.STARTING),
        ("STAGING", InstanceState.STARTING),
        ("RUNNING", InstanceState.RUNNING),
        ("STOPPING", InstanceState.STOPPING),
        ("PENDING_STOP", InstanceState.STOPPING),
        ("SUSPENDING", InstanceState.STOPPING),
        ("DEPROVISIONING", InstanceState.STOPPING),
        ("TERMINATED", InstanceState.STOPPED),
        ("SUSPENDED", InstanceState.STOPPED),
        ("REPAIRING", InstanceState.STARTING),
        ("OF_A_KIND_TO_COME", InstanceState.STARTING),
    ],
)
async def test_each_status_has_its_state(
    double: GceDouble, provider: GceProvider, status: str, expected: InstanceState
) -> None:
    await provider.insert(attempt())
    double.cloud.find(ZONE, attempt().place.name).status = status
    found = await provider.get(attempt().place)
    assert found
    assert found.state is expected


@pytest.mark.parametrize(
    ("struck", "expected"),
    [
        pytest.param(fault.server_error(GET, 500), ErrorClass.RETRY, id="500"),
        pytest.param(fault.server_error(GET, 503), ErrorClass.RETRY, id="503"),
        pytest.param(fault.throttled(GET), ErrorClass.RETRY, id="429"),
        pytest.param(fault.throttled(GET, 403), ErrorClass.RETRY, id="403 rateLimitExceeded"),
        pytest.param(fault.dropped(GET, times=2), ErrorClass.RETRY, id="cut, also when aiohttp asks again"),
        pytest.param(fault.garbled(GET), ErrorClass.RETRY, id="a page instead of JSON"),
        pytest.param(fault.garbled(GET, 404), ErrorClass.INVALID, id="a proxy's 404"),
        pytest.param(
            Fault(method=GET, status=404, reason="notFound", message="The resource 'projects/other' was not found"),
            ErrorClass.INVALID,
            id="the project is not there",
        ),
        pytest.param(Fault(method=GET, status=404, reason="other"), ErrorClass.INVALID, id="404 for another reason"),
        pytest.param(Fault(method=GET, status=403, reason="forbidden"), ErrorClass.DENIED, id="403"),
        pytest.param(Fault(method=GET, status=401, times=2), ErrorClass.DENIED, id="401"),
    ],
)
async def test_no_error_is_an_absence(
    double: GceDouble, provider: GceProvider, struck: Fault, expected: ErrorClass
) -> None:
    """Defect D3: one 503, and a machine was taken to be gone."""
    double.fail(struck)
    with pytest.raises(ProviderError) as caught:
        await provider.get(attempt().place)
    assert caught.value.error_class is expected


async def test_an_answer_that_takes_too_long_is_no_absence(double: GceDouble, connect: Connect) -> None:
    double.fail(fault.slow_answer(0.3, GET))
    with pytest.raises(ProviderError) as caught:
        await connect(settings(double, call_seconds=0.1)).get(attempt().place)
    assert caught.value.error_class is ErrorClass.RETRY


async def test_nobody_listening_is_no_absence(double: GceDouble, connect: Connect) -> None:
    provider = connect(settings(double))
    await double.server.connections.close()
    with pytest.raises(ProviderError) as caught:
        await provider.get(attempt().place)
    assert caught.value.error_class is ErrorClass.RETRY


async def test_a_name_that_is_another_path_is_an_error(provider: GceProvider) -> None:
    with pytest.raises(ProviderError):
        await provider.get(Place(ZONE, ""))


async def test_the_cloud_itself_ends_a_machine_whose_time_is_over(connect: Connect) -> None:
    clock = ManualClock()
    async with GceDouble(clock=clock) as double:
        provider = connect(settings(double, operation_seconds=0.05))
        with pytest.raises(ProviderError):
            await provider.insert(attempt())
        clock.advance(1)
        assert await provider.get(attempt().place)
        clock.advance(86_400)
        assert await provider.get(attempt().place) is None


async def test_every_call_is_counted_with_its_outcome(double: GceDouble) -> None:
    seen: list[tuple[str, str]] = []
    provider = GceProvider(settings(double), Anonymous(), lambda method, code, _: seen.append((method, code)))
    await provider.insert(attempt())
    double.fail(fault.server_error(GET), fault.dropped(GET, times=2))
    caught = [await _refused(provider) for _ in range(2)]
    await provider.close()
    assert [error.error_class for error in caught] == [ErrorClass.RETRY] * 2
    assert seen[0] == ("instances.insert", "200")
    assert seen[-2:] == [(GET, "503"), (GET, "ServerDisconnectedError")]


async def _refused(provider: GceProvider) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        await provider.get(attempt().place)
    return caught.value
