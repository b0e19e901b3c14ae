"""What a replica that has just begun knows of machines that an earlier one made, or deleted."""

import pytest

from failover.decision.observed import Machine
from failover.provider import Instance, Place
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
