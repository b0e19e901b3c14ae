"""One control plane with two machines and one Agones for all contract tests: the double, or AGONES_BIN's."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.cluster.agones import Agones
from tests.cluster.control_plane import ControlPlane
from tests.cluster.machine import Machine
from tests.cluster.ports import Ports
from tests.doubles.agones.endings import Endings, begun
from tests.doubles.agones.world import RANGES, World, node

# Real Agones asks for nothing of the kind; it only makes the death of a machine visible in seconds.
FAST_DEATH = ("--node-monitor-grace-period=16s", "--node-monitor-period=1s")


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[World, Endings]]:
    folder = tmp_path_factory.mktemp("agones")
    with ExitStack() as stack:
        ports = stack.enter_context(Ports())
        control_plane = stack.enter_context(ControlPlane(folder, ports, controller_manager_flags=FAST_DEATH))
        for number in (1, 2):
            stack.enter_context(Machine(control_plane, node(f"machine-{number}", f"10.9.0.{number}")))
        agones = stack.enter_context(Agones(control_plane, ranges=RANGES, batch_wait="100ms"))
        world = World(control_plane, agones)
        yield world, stack.enter_context(begun(world))


@pytest.fixture
def world(shared: tuple[World, Endings], request: pytest.FixtureRequest) -> World:
    """Agones, and a namespace of the test's own."""
    world, _ = shared
    for process in world.processes.values():
        process.check()
    return world.in_namespace(request.node.name)


@pytest.fixture
def endings(shared: tuple[World, Endings]) -> Endings:
    return shared[1]
