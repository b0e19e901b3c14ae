"""Who leads: by one's own clock, with whatever goes wrong in between."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from itertools import pairwise

import pytest
import pytest_asyncio

from kubeclient.client import Client
from kubeclient.election import Election
from kubeclient.resources import LEASES, Json
from tests.doubles.clock import VirtualClock
from tests.doubles.kubernetes.api_server import ApiServer
from tests.doubles.kubernetes.faults import Break, Fault, Hang, LoseAnswer, Refuse
from tests.doubles.kubernetes.wire import Wire

pytestmark = pytest.mark.asyncio
NAMESPACE, NAME = "homeground", "failover"


class Replica:
    """One of several, whose wire can be cut."""

    def __init__(self, server: ApiServer, name: str) -> None:
        self.wire = Wire(server, name)
        self.lost: list[float] = []
        self.election = Election(
            Client(self.wire, server.clock, timeout=5),
            server.clock,
            namespace=NAMESPACE,
            name=NAME,
            identity=name,
            on_lost=lambda: self.lost.append(server.clock.monotonic()),
        )
        self.task = asyncio.create_task(self.election.run())

    @property
    def leads(self) -> bool:
        return self.election.leading

    async def stop(self) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)


class Ground:
    def __init__(self, stack: AsyncExitStack) -> None:
        self.clock = VirtualClock()
        self.server = ApiServer(self.clock)
        self._stack = stack

    def replica(self, name: str) -> Replica:
        replica = Replica(self.server, name)
        self._stack.push_async_callback(replica.stop)
        return replica

    async def leader_and_other(self) -> tuple[Replica, Replica]:
        first = self.replica("one")
        await self.clock.until(lambda: first.leads)
        second = self.replica("two")
        await self.clock.until(lambda: second.election.holder == "one")
        return first, second

    @property
    def spec(self) -> Json:
        lease = self.server.find(LEASES, NAME, NAMESPACE)
        assert lease
        spec: Json = lease["spec"]
        return spec

    def touch(self, **spec: object) -> None:
        """Somebody else writes the Lease."""
        self.server.edit(LEASES, NAME, lambda lease: lease["spec"].update(spec), NAMESPACE)


@pytest_asyncio.fixture
async def ground() -> AsyncIterator[Ground]:
    async with AsyncExitStack() as stack:
        ground = Ground(stack)
        yield ground
        await stack.aclose()
        await ground.server.close()


async def test_the_first_one_leads_and_the_others_wait(ground: Ground) -> None:
    first, second = await ground.leader_and_other()
    await ground.clock.sleep(300)
    assert (first.leads, second.leads) == (True, False)
    assert first.election.elected.is_set()
    assert not second.election.elected.is_set()
    assert (ground.spec["holderIdentity"], ground.spec["leaseTransitions"]) == ("one", 1)


async def test_a_leader_renews_at_its_pace_in_one_call_each(ground: Ground) -> None:
    first = ground.replica("one")
    await ground.clock.until(lambda: first.leads)
    calls = len(ground.server.calls)
    await ground.clock.sleep(240)
    made = [done.call.verb for done in ground.server.calls[calls:]]
    assert set(made) == {"update"}
    assert 100 <= len(made) <= 121, "every 2 to 2.4 s"


async def test_a_leader_that_is_cut_off_stops_before_another_begins(ground: Ground) -> None:
    first, second = await ground.leader_and_other()
    cut = ground.clock.monotonic()
    first.wire.cut = True
    await ground.clock.until(lambda: first.lost)
    assert not first.leads
    assert not second.leads
    assert 7 <= first.lost[0] - cut <= 10
    await ground.clock.until(lambda: second.leads)
    assert 12 <= ground.clock.monotonic() - cut <= 20
    assert first.task.done()


async def test_a_leader_that_stops_lets_go_at_once(ground: Ground) -> None:
    first, second = await ground.leader_and_other()
    begun = ground.clock.monotonic()
    await first.stop()
    assert not first.leads
    assert ground.spec["holderIdentity"] == ""
    await ground.clock.until(lambda: second.leads)
    assert ground.clock.monotonic() - begun < 3
    assert first.lost == [], "stopping is no loss"


async def test_one_that_stops_before_it_led_touches_nothing(ground: Ground) -> None:
    first, second = await ground.leader_and_other()
    await second.stop()
    assert ground.spec["holderIdentity"] == "one"
    assert first.leads


@pytest.mark.parametrize(
    "fault", [Break(), LoseAnswer(), Refuse(500), Refuse(409, "Conflict"), Hang(), Hang(done=True)]
)
async def test_one_renewal_that_fails_is_made_good(ground: Ground, fault: Fault) -> None:
    first, second = await ground.leader_and_other()
    ground.server.faults.add(fault, verb="update", client="one")
    await ground.clock.sleep(60)
    assert first.leads
    assert not second.leads
    assert first.lost == []


async def test_a_lost_answer_to_the_first_write_is_found_out_by_reading(ground: Ground) -> None:
    ground.server.faults.add(LoseAnswer(), verb="create")
    first = ground.replica("one")
    await ground.clock.until(lambda: first.leads, seconds=5)
    assert ground.spec["leaseTransitions"] == 1


async def test_clocks_that_disagree_about_the_day_make_no_two_leaders(ground: Ground) -> None:
    first, second = await ground.leader_and_other()
    for days in (-400, 400, 0):
        ground.clock.skew = timedelta(days=days)
        await ground.clock.sleep(60)
        assert (first.leads, second.leads) == (True, False)


async def test_one_that_starts_waits_its_whole_time_however_old_the_lease_looks(ground: Ground) -> None:
    """It has not seen that nobody renews: a clock that is an hour ahead would see the same."""
    old = {"holderIdentity": "dead", "leaseDurationSeconds": 15, "renewTime": "2020-01-01T00:00:00.000000Z"}
    ground.server.put(LEASES, {"metadata": {"name": NAME, "namespace": NAMESPACE}, "spec": old})
    first = ground.replica("one")
    await ground.clock.until(lambda: first.leads)
    assert 15 <= ground.clock.monotonic() <= 18


async def test_the_time_that_the_holder_promised_counts(ground: Ground) -> None:
    long = {"holderIdentity": "other", "leaseDurationSeconds": 60}
    ground.server.put(LEASES, {"metadata": {"name": NAME, "namespace": NAMESPACE}, "spec": long})
    first = ground.replica("one")
    await ground.clock.until(lambda: first.leads)
    assert 60 <= ground.clock.monotonic() <= 63


async def test_a_lease_that_another_took_is_lost_at_once(ground: Ground) -> None:
    first, _ = await ground.leader_and_other()
    begun = ground.clock.monotonic()
    ground.touch(holderIdentity="three", renewTime="2026-01-01T09:00:00.000000Z")
    await ground.clock.until(lambda: first.lost)
    assert ground.clock.monotonic() - begun < 5
    assert ground.spec["holderIdentity"] == "three", "another's is not given up"


async def test_time_that_passes_unnoticed_ends_leadership_without_a_word(ground: Ground) -> None:
    """As when the process was stopped for a minute: what it asks first must already be told."""
    first, _ = await ground.leader_and_other()
    ground.clock._elapsed += 60
    assert not first.leads


async def test_an_annotation_does_not_prolong_a_dead_leaders_time(ground: Ground) -> None:
    first, second = await ground.leader_and_other()
    first.wire.cut = True
    cut = ground.clock.monotonic()
    for number in range(5):
        await ground.clock.sleep(3)
        lease = ground.server.find(LEASES, NAME, NAMESPACE)
        assert lease
        lease["metadata"]["annotations"] = {"number": str(number)}
        ground.server.put(LEASES, lease)
    await ground.clock.until(lambda: second.leads)
    assert ground.clock.monotonic() - cut <= 20


async def test_of_many_at_most_one_leads_whatever_is_cut(ground: Ground) -> None:
    """True here because all share one clock, which a real cluster does not promise."""
    replicas = [ground.replica(f"r{number}") for number in range(4)]
    leaders = []
    for step in range(200):
        for number, replica in enumerate(replicas):
            replica.wire.cut = (step // 12 + number) % 4 == 0
            if replica.task.done():
                replicas[number] = ground.replica(f"r{number}-{step}")
        await ground.clock.sleep(3)
        leading = [replica.election.identity for replica in replicas if replica.leads]
        assert len(leading) <= 1
        leaders += leading
    assert len(leaders) > 100
    assert sum(one != other for one, other in pairwise(leaders)) >= 4, "it changed hands"


async def test_times_that_cannot_work_are_refused(ground: Ground) -> None:
    for lease, renew, retry in ((10, 10, 2), (15, 2, 2), (15, 10, 0)):
        with pytest.raises(ValueError, match="must outlive"):
            Election(
                Client(Wire(ground.server)),
                ground.clock,
                namespace=NAMESPACE,
                name=NAME,
                identity="one",
                on_lost=lambda: None,
                lease_seconds=lease,
                renew_seconds=renew,
                retry_seconds=retry,
            )
