"""What a replica knows of machines: those that an earlier one made or deleted, and those that it is just making."""

import asyncio

import pytest

from failover.decision.observed import Machine
from failover.provider import Instance, InstanceRequest, Place
from failover.runtime.machines import Machines
from tests.doubles.clock import VirtualClock

pytestmark = pytest.mark.asyncio
GONE = Place("zone", "fo-0123456789-1")


class Empty:
    """A cloud in which there is nothing."""

    async def list(self) -> list[Instance]:
        return []

    async def get(self, _: Place) -> Instance | None:
        return None


async def test_a_machine_on_record_that_was_deleted_before_is_found_absent() -> None:
    """Killed right after the cloud took the deletion, the next replica must see that it is done: no list shows it."""
    machines = Machines(Empty(), VirtualClock(), lambda _: None)  # type: ignore[arg-type]
    assert machines.known(GONE).machine is Machine.UNKNOWN
    await machines.look_at_all([GONE])
    assert machines.known(GONE).machine is Machine.ABSENT


class Slow(Empty):
    """A cloud whose insert is under way for ever, and that tells of machines when it is let."""

    def __init__(self) -> None:
        self.answers = asyncio.Event()

    async def insert(self, _: InstanceRequest) -> None:
        await asyncio.Event().wait()

    async def get(self, _: Place) -> Instance | None:
        await self.answers.wait()
        return None


def insertion(place: Place) -> InstanceRequest:
    return InstanceRequest(place, "n2-standard-8", "id", {}, {}, 60)


async def test_a_machine_that_is_being_made_is_not_absent() -> None:
    """It boots and asks for its certificate while the cloud's answer is on its way: that would look like "gone"."""
    machines = Machines(Slow(), VirtualClock(), lambda _: None)  # type: ignore[arg-type]
    machines.new(GONE)
    assert machines.known(GONE).machine is Machine.ABSENT
    machines.insert(insertion(GONE))
    assert (machines.known(GONE).machine, machines.known(GONE).busy) == (Machine.UNKNOWN, True)
    await machines.close()


async def test_an_answer_from_before_it_was_asked_for_says_nothing_of_it() -> None:
    cloud = Slow()
    machines = Machines(cloud, VirtualClock(), lambda _: None)  # type: ignore[arg-type]
    looking = asyncio.ensure_future(machines.look_at_all([GONE]))
    await asyncio.sleep(0)
    machines.insert(insertion(GONE))
    cloud.answers.set()
    await looking
    assert machines.known(GONE).machine is Machine.UNKNOWN
    await machines.close()
