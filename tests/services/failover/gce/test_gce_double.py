"""The double by itself: its clock, the lives of machines, and the hooks that boot them."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from failover.gce.resource import to_send
from tests.doubles.gce import fault, listing
from tests.doubles.gce.clock import ManualClock
from tests.doubles.gce.double import GceDouble
from tests.doubles.gce.instance import Guest
from tests.services.failover.gce.attempt import KEY, KNOWN, ZONE, attempt, settings

pytestmark = pytest.mark.asyncio
NAME = attempt().place.name


class Witness:
    """Hooks that remember."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, Guest]] = []

    async def running(self, guest: Guest) -> None:
        await asyncio.sleep(0)
        self.seen.append(("running", guest))

    def gone(self, guest: Guest) -> None:
        self.seen.append(("gone", guest))

    @property
    def words(self) -> list[str]:
        return [word for word, _ in self.seen]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def witness() -> Witness:
    return Witness()


@pytest_asyncio.fixture
async def double(clock: ManualClock, witness: Witness) -> AsyncIterator[GceDouble]:
    made = GceDouble(clock=clock, on_running=witness.running, on_gone=witness.gone)
    made.cloud.configure(boot_seconds=20, stop_seconds=5)
    async with made:
        yield made


def insert(double: GceDouble) -> None:
    double.cloud.insert(ZONE, to_send(attempt(), settings(double)))


def status(double: GceDouble) -> str:
    found = double.cloud.instances.get((ZONE, NAME))
    return found.status if found else "gone"


async def test_a_machine_lives_from_provisioning_until_it_is_gone(double: GceDouble, clock: ManualClock) -> None:
    insert(double)
    seen = [status(double)]
    for seconds in (10, 10, 86_399, 1, 5):
        clock.advance(seconds)
        seen.append(status(double))
    assert seen == ["PROVISIONING", "STAGING", "RUNNING", "RUNNING", "STOPPING", "gone"]


async def test_operations_go_from_pending_to_done_with_the_machine(double: GceDouble, clock: ManualClock) -> None:
    operation = double.cloud.insert(ZONE, to_send(attempt(), settings(double)))
    seen = [operation.status]
    for seconds in (0, 19, 1):
        clock.advance(seconds)
        seen.append(operation.status)
    assert seen == ["PENDING", "RUNNING", "RUNNING", "DONE"]


async def test_a_machine_that_runs_and_one_that_is_gone_are_told_with_their_data(
    double: GceDouble, clock: ManualClock, witness: Witness
) -> None:
    insert(double)
    clock.advance(20)
    await double.hooks.settled()
    double.cloud.delete(ZONE, NAME)
    clock.advance(5)
    await double.hooks.settled()
    assert witness.words == ["running", "gone"]
    _, guest = witness.seen[0]
    assert (guest.name, guest.zone, guest.project) == (NAME, ZONE, KNOWN.project)
    assert guest.metadata[KEY] == attempt().metadata[KEY]
    assert guest.labels["failover-cluster"] == "hybrid"
    assert guest.external_address
    assert "token" not in repr(guest)


async def test_the_end_of_its_run_time_is_told(double: GceDouble, clock: ManualClock, witness: Witness) -> None:
    insert(double)
    clock.advance(20 + 86_400 + 5)
    await double.hooks.settled()
    assert witness.words == ["running", "gone"]


async def test_stopping_is_being_gone_and_starting_is_running_again(
    double: GceDouble, clock: ManualClock, witness: Witness
) -> None:
    insert(double)
    clock.advance(20)
    double.cloud.stop(ZONE, NAME)
    clock.advance(5)
    double.cloud.start(ZONE, NAME)
    clock.advance(20)
    await double.hooks.settled()
    assert witness.words == ["running", "gone", "running"]


async def test_one_that_never_ran_is_told_of_by_nobody(double: GceDouble, clock: ManualClock, witness: Witness) -> None:
    double.cloud.insert(ZONE, to_send(attempt(), settings(double)), "", fault.stockout())
    clock.advance(0)
    assert status(double) == "gone"
    insert(double)
    clock.advance(15)
    double.cloud.delete(ZONE, NAME)
    clock.advance(100)
    await double.hooks.settled()
    assert witness.words == []


async def test_the_machine_stays_if_its_hook_fails(clock: ManualClock) -> None:
    def broken(guest: Guest) -> None:
        raise ValueError(guest.name)

    async with GceDouble(clock=clock, on_running=broken) as double:
        insert(double)
        clock.advance(1)
        await double.hooks.settled()
        assert status(double) == "RUNNING"
        assert [str(error) for error in double.hooks.errors] == [NAME]


async def test_a_failed_deletion_leaves_the_machine(double: GceDouble, clock: ManualClock) -> None:
    insert(double)
    clock.advance(20)
    error = fault.failed_operation("INTERNAL_ERROR", 500, method="instances.delete")
    operation = double.cloud.delete(ZONE, NAME, "", error)
    clock.advance(10)
    assert operation.error
    assert status(double) == "RUNNING"


async def test_lists_are_late_both_ways(double: GceDouble, clock: ManualClock) -> None:
    def listed() -> int:
        page = listing.page(double.cloud, {}, set(), False)
        return sum(len(scope.get("instances", [])) for scope in page["items"].values())

    double.cloud.configure(list_lag_seconds=30)
    insert(double)
    clock.advance(29)
    assert listed() == 0
    clock.advance(1)
    assert listed() == 1
    double.cloud.delete(ZONE, NAME)
    clock.advance(10)
    assert (listed(), status(double)) == (1, "gone")
    clock.advance(30)
    assert listed() == 0


async def test_timers_ring_in_their_order_and_at_their_time(clock: ManualClock) -> None:
    rung: list[tuple[str, float]] = []
    begun = clock.now()

    def ring(name: str) -> None:
        rung.append((name, clock.now() - begun))

    def ring_twice() -> None:
        ring("early")
        clock.later(1, lambda: ring("between"))

    clock.later(3, lambda: ring("late"))
    clock.later(1, ring_twice)
    clock.later(2, lambda: ring("cancelled")).cancel()
    clock.advance(5)
    assert rung == [("early", 1), ("between", 2), ("late", 3)]
    assert clock.now() - begun == 5


async def test_faults_that_want_the_same_strike_one_after_the_other(double: GceDouble) -> None:
    first, second = fault.server_error(), fault.throttled(times=2)
    late, other = fault.slow_operation(5), fault.server_error("instances.get")
    double.fail(first, second, late, other)
    strikes = [double.faults.strike("instances.insert", ZONE) for _ in range(4)]
    assert strikes == [[first, late], [second], [second], []]
    assert double.faults.active == [other]
