"""Google's own client, on a double that runs in a thread: the client blocks."""

from collections.abc import Iterator

import pytest

from tests.doubles.gce.clock import ManualClock
from tests.doubles.gce.double import GceDouble, in_thread
from tests.services.failover.gce.contract.official_client import Google


@pytest.fixture
def google() -> Iterator[Google]:
    with in_thread(GceDouble()) as double:
        client = Google(double)
        yield client
        client.close()


@pytest.fixture
def slow_google() -> Iterator[Google]:
    """On a double whose clock stands still: `pass_time` lets things happen."""
    clock = ManualClock()
    with in_thread(GceDouble(clock=clock)) as double:
        client = Google(double, clock)
        yield client
        client.close()
