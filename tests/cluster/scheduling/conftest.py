"""Machines of three clusters, empty at the beginning of every test."""

from collections.abc import Iterator

import pytest

from tests.cluster.conftest import discard_data
from tests.cluster.ports import Ports
from tests.cluster.scheduling.facts import COMMITTED, WIDE
from tests.cluster.scheduling.ground import Ground, ground

GROUPS = [pytest.param(name, marks=pytest.mark.xdist_group(f"scheduling-{name}")) for name in (*COMMITTED, WIDE)]


@pytest.fixture(scope="session", params=GROUPS)
def machines(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, ports: Ports
) -> Iterator[Ground]:
    folder = tmp_path_factory.mktemp(request.param)
    with ground(request.param, folder, ports) as machines:
        yield machines
    discard_data(folder / "state")


@pytest.fixture
def empty(machines: Ground) -> Iterator[Ground]:
    """The machines with no pod on them."""
    yield machines
    machines.clear()
