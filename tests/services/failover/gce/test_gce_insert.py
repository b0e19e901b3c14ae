"""Our provider's insert on the double: one machine, whatever happens to calls and answers."""

import asyncio
from dataclasses import replace

import pytest

from failover.gce.provider import GceProvider
from failover.gce.resource import CLUSTER, REQUEST
from failover.provider import ErrorClass, InstanceState, ProviderError
from tests.doubles.gce import fault
from tests.doubles.gce.clock import ManualClock
from tests.doubles.gce.double import GceDouble
from tests.doubles.gce.fault import Fault
from tests.services.failover.gce.attempt import KEY, ZONE, Connect, attempt, settings

pytestmark = pytest.mark.asyncio


async def refused(provider: GceProvider) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        await provider.insert(attempt())
    return caught.value


async def test_a_machine_is_made_as_it_was_asked_for(double: GceDouble, provider: GceProvider) -> None:
    await provider.insert(attempt())
    (made,) = double.cloud.instances.values()
    asked = made.asked
    assert asked["machineType"] == f"zones/{ZONE}/machineTypes/n2-standard-8"
    assert asked["advancedMachineFeatures"] == {"enableNestedVirtualization": True}
    assert asked["scheduling"] == {"maxRunDuration": {"seconds": "86400"}, "instanceTerminationAction": "DELETE"}
    assert asked["serviceAccounts"] == []
    assert asked["tags"] == {"items": ["game-runner"]}
    assert made.guest().metadata == attempt().metadata
    (disk,) = asked["disks"]
    assert disk["initializeParams"] == {
        "sourceImage": "projects/homeground-test/global/images/family/k8s-kata-node",
        "diskSizeGb": "100",
        "diskType": f"zones/{ZONE}/diskTypes/pd-balanced",
    }
    assert disk["autoDelete"]
    (interface,) = asked["networkInterfaces"]
    assert interface["network"] == "projects/homeground-test/global/networks/homeground"
    assert interface["subnetwork"] == "projects/homeground-test/regions/asia-northeast1/subnetworks/asia-northeast1"
    assert interface["accessConfigs"][0]["type"] == "ONE_TO_ONE_NAT"


async def test_its_labels_fit_and_name_cluster_and_attempt(double: GceDouble, provider: GceProvider) -> None:
    await provider.insert(attempt())
    labels = dict(next(iter(double.cloud.instances.values())).labels)
    assert labels.pop("onprem-node").startswith("uc-k8s4p-example-org_")
    assert labels == {
        "failover-uid": "4f2d5a0c-9b7e-4e6f-8a1b-3c5d7e9f0a2b",
        CLUSTER: "hybrid",
        REQUEST: attempt().request_id,
    }


async def test_insert_returns_when_the_operation_is_done(double: GceDouble, provider: GceProvider) -> None:
    double.cloud.configure(boot_seconds=0.1)
    await provider.insert(attempt())
    found = await provider.get(attempt().place)
    assert found
    assert found.state is InstanceState.RUNNING


@pytest.mark.parametrize(
    "lost",
    [
        pytest.param(fault.lost_answer(status=500), id="500 after it was carried out"),
        pytest.param(fault.lost_answer(status=503), id="503 after it was carried out"),
        pytest.param(fault.dropped(), id="connection cut after it was carried out"),
        pytest.param(fault.dropped(committed=False), id="connection cut before"),
        pytest.param(fault.garbled(), id="a proxy's page"),
        pytest.param(fault.server_error(), id="503 before"),
        pytest.param(fault.throttled(), id="429"),
        pytest.param(fault.throttled(status=403), id="403 rateLimitExceeded"),
        pytest.param(fault.dropped("zoneOperations.wait"), id="the wait is cut"),
        pytest.param(fault.server_error("zoneOperations.wait", 502), id="the wait fails"),
        pytest.param(
            Fault(method="zoneOperations.wait", status=404, reason="notFound"), id="the operation is not known"
        ),
    ],
)
async def test_after_a_lost_answer_the_same_call_ends_in_one_machine(
    double: GceDouble, provider: GceProvider, lost: Fault
) -> None:
    double.cloud.configure(boot_seconds=0.05)
    double.fail(lost)
    assert (await refused(provider)).error_class is ErrorClass.RETRY
    await provider.insert(attempt())
    assert len(double.cloud.instances) == 1
    inserts = [call.request_id for call in double.server.calls if call.method == "instances.insert"]
    assert inserts == [attempt().request_id] * 2
    assert sum(each.kind == "insert" for each in double.cloud.operations.values()) == 1


async def test_an_answer_that_takes_too_long_is_no_failure(
    double: GceDouble, provider: GceProvider, connect: Connect
) -> None:
    double.fail(fault.slow_answer(0.3))
    assert (await refused(connect(settings(double, call_seconds=0.1)))).error_class is ErrorClass.RETRY
    await provider.insert(attempt())
    assert len(double.cloud.instances) == 1


async def test_an_operation_that_hangs_is_given_up_by_the_clock_and_found_again(connect: Connect) -> None:
    clock = ManualClock()
    async with GceDouble(clock=clock) as double:
        double.fail(fault.slow_operation(3600))
        for _ in range(2):
            hasty = connect(settings(double, operation_seconds=0.1))
            assert (await refused(hasty)).error_class is ErrorClass.RETRY
        found = await hasty.get(attempt().place)
        assert found
        assert found.state is InstanceState.STARTING
        clock.advance(3600)
        await connect(settings(double)).insert(attempt())
        assert len(double.cloud.operations) == 1
        assert len(double.cloud.instances) == 1


@pytest.mark.parametrize(
    ("struck", "expected"),
    [
        (fault.stockout(), ErrorClass.STOCKOUT),
        (fault.stockout(details=True), ErrorClass.STOCKOUT),
        (fault.quota(), ErrorClass.QUOTA),
        (fault.quota_in_operation(), ErrorClass.QUOTA),
        (fault.failed_operation("IP_SPACE_EXHAUSTED_WITH_DETAILS", 400), ErrorClass.QUOTA),
        (fault.failed_operation("RESOURCE_NOT_FOUND", 404, "The resource 'x' was not found"), ErrorClass.INVALID),
        (fault.failed_operation("INVALID_FIELD_VALUE", 400), ErrorClass.INVALID),
        (fault.failed_operation("UNHEARD_OF", 400), ErrorClass.INVALID),
        (fault.failed_operation("PERMISSIONS_ERROR", 403), ErrorClass.DENIED),
        (fault.failed_operation("INTERNAL_ERROR", 500), ErrorClass.RETRY),
        (fault.failed_operation("UNHEARD_OF", 503), ErrorClass.RETRY),
        (fault.failed_operation("RESOURCE_OPERATION_RATE_EXCEEDED", 403), ErrorClass.RETRY),
        (Fault(status=401, reason="authError", times=2), ErrorClass.DENIED),
        (Fault(status=403, reason="forbidden", message="Required 'compute.instances.create'"), ErrorClass.DENIED),
        (Fault(status=403, garbled=True), ErrorClass.DENIED),
        (Fault(status=400, reason="invalid"), ErrorClass.INVALID),
        (Fault(status=404, reason="notFound"), ErrorClass.INVALID),
        (Fault(status=307), ErrorClass.RETRY),
        (Fault(status=408, reason="timeout"), ErrorClass.RETRY),
    ],
)
async def test_each_failure_has_its_class(
    double: GceDouble, provider: GceProvider, struck: Fault, expected: ErrorClass
) -> None:
    double.fail(struck)
    assert (await refused(provider)).error_class is expected
    assert not double.cloud.instances


async def test_a_missing_image_is_an_error_of_the_request(double: GceDouble, provider: GceProvider) -> None:
    """Defect D17: `was not found` counted as success."""
    double.cloud.configure(families=())
    error = await refused(provider)
    assert error.error_class is ErrorClass.INVALID
    assert "k8s-kata-node" in error.message


async def test_a_stockout_stays_that_attempts_answer(double: GceDouble, provider: GceProvider) -> None:
    """Its request id stands for the failed operation: another zone is another attempt."""
    double.fail(fault.stockout())
    for _ in range(2):
        assert (await refused(provider)).error_class is ErrorClass.STOCKOUT
    assert len(double.cloud.operations) == 1
    await provider.insert(attempt(zone="asia-northeast1-c"))
    assert len(double.cloud.instances) == 1


async def test_an_operation_that_failed_of_a_passing_cause_is_tried_again(
    double: GceDouble, provider: GceProvider
) -> None:
    """With the same id GCE would answer with the same failure for ever."""
    double.fail(fault.failed_operation("INTERNAL_ERROR", 500))
    assert (await refused(provider)).error_class is ErrorClass.RETRY
    await provider.insert(attempt())
    await provider.insert(attempt())
    assert len(double.cloud.instances) == 1


async def test_two_inserts_of_one_attempt_at_once_make_one_machine(
    double: GceDouble, provider: GceProvider, connect: Connect
) -> None:
    double.cloud.configure(boot_seconds=0.05)
    other = connect(settings(double))
    await asyncio.gather(provider.insert(attempt()), other.insert(attempt()), provider.insert(attempt()))
    assert len(double.cloud.instances) == 1
    assert len(double.cloud.operations) == 1


async def test_a_machine_of_this_attempt_is_adopted_when_its_id_is_forgotten(
    double: GceDouble, provider: GceProvider
) -> None:
    await provider.insert(attempt())
    double.cloud.forget_requests()
    await provider.insert(attempt())
    assert len(double.cloud.instances) == 1


async def test_a_machine_of_another_attempt_is_a_conflict(double: GceDouble, provider: GceProvider) -> None:
    await provider.insert(attempt())
    other = replace(attempt(), request_id="11111111-2222-4333-8444-555555555555")
    with pytest.raises(ProviderError) as caught:
        await provider.insert(other)
    assert caught.value.error_class is ErrorClass.CONFLICT
    (made,) = double.cloud.instances.values()
    assert made.labels[REQUEST] == attempt().request_id


async def test_a_machine_made_before_the_settings_changed_is_adopted(
    double: GceDouble, provider: GceProvider, connect: Connect
) -> None:
    await provider.insert(attempt())
    changed = connect(replace(settings(double), disk_gb=200))
    await changed.insert(attempt())
    assert len(double.cloud.instances) == 1


async def test_while_adopting_an_error_is_no_absence(double: GceDouble, provider: GceProvider) -> None:
    await provider.insert(attempt())
    double.cloud.forget_requests()
    double.fail(fault.server_error("instances.get"))
    assert (await refused(provider)).error_class is ErrorClass.RETRY


async def test_a_name_that_was_taken_and_is_free_again_is_tried_again(double: GceDouble, provider: GceProvider) -> None:
    double.fail(Fault(method="instances.insert", status=409, reason="alreadyExists", message="It already exists"))
    assert (await refused(provider)).error_class is ErrorClass.RETRY
    await provider.insert(attempt())
    assert len(double.cloud.instances) == 1


async def test_a_machine_deleted_while_it_was_made_is_not_made_again(double: GceDouble, provider: GceProvider) -> None:
    double.cloud.configure(boot_seconds=60)
    inserting = asyncio.create_task(refused(provider))
    while double.server.count("zoneOperations.wait") == 0:
        await asyncio.sleep(0.005)
    await provider.delete(attempt().place, "22222222-2222-4333-8444-555555555555")
    assert (await inserting).error_class is ErrorClass.CONFLICT
    assert (await refused(provider)).error_class is ErrorClass.CONFLICT
    assert not double.cloud.instances


async def test_start_up_data_is_what_the_machine_boots_with(connect: Connect) -> None:
    seen: list[str] = []
    async with GceDouble(on_running=lambda guest: seen.append(guest.metadata[KEY])) as double:
        provider = connect(settings(double))
        await provider.insert(attempt())
        await double.hooks.settled()
    assert seen == [attempt().metadata[KEY]]
