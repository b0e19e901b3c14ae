"""One control plane, cloud and Agones for all tests of this folder; every test leaves two home nodes that are well."""

from collections.abc import Iterator

import pytest

from tests.cluster.conftest import discard_data
from tests.cluster.ports import Ports
from tests.cluster.wait import wait_for
from tests.services.failover.live.ground import Ground, ground

HOMES = ("home-1", "home-2")
CLEAN_SECONDS = 240


@pytest.fixture(scope="package")
def ground_of_all(tmp_path_factory: pytest.TempPathFactory, ports: Ports) -> Iterator[Ground]:
    folder = tmp_path_factory.mktemp("failover")
    with ground(folder, ports) as place:
        for number, name in enumerate(HOMES, 1):
            place.add_machine(name, f"127.0.1.{number}")
        for machine in place.machines.values():
            machine.wait_ready()
        yield place
    discard_data(folder)


@pytest.fixture
def place(ground_of_all: Ground, request: pytest.FixtureRequest) -> Iterator[Ground]:
    """In a namespace of the test's own. What it started is stopped, and what is left is drained by an operator."""
    place = ground_of_all
    place.world = place.world.in_namespace(request.node.name)
    yield place
    for name in HOMES:
        place.revive_if_dead(name)
    place.stop_operators()
    place.remove_fleets()
    place.operator("cleaner")
    wait_for("nothing to be left", place.is_clean, CLEAN_SECONDS)
    place.stop_operators()
