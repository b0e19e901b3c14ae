"""One control plane with two machines and Agones for all tests of the director."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.cluster.agones import Agones
from tests.cluster.conftest import discard_data
from tests.cluster.control_plane import ControlPlane
from tests.cluster.machine import Machine
from tests.cluster.ports import Ports
from tests.doubles.agones.world import RANGES, World, node


@pytest.fixture(scope="package")
def shared_world(tmp_path_factory: pytest.TempPathFactory, ports: Ports) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("director")
    with ExitStack() as stack:
        control_plane = stack.enter_context(ControlPlane(folder, ports))
        for number in (1, 2):
            stack.enter_context(Machine(control_plane, node(f"machine-{number}", f"10.9.0.{number}")))
        agones = stack.enter_context(Agones(control_plane, ranges=RANGES, batch_wait="50ms"))
        yield World(control_plane, agones)
    discard_data(folder)


@pytest.fixture
def world(shared_world: World, request: pytest.FixtureRequest) -> World:
    """Agones, and a namespace of the test's own."""
    for process in shared_world.processes.values():
        process.check()
    return shared_world.in_namespace(request.node.name)
