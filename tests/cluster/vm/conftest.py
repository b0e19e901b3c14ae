"""One booted node for all tests that need one, beside a control plane of its own."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from homeground.platform import Platform
from tests.cluster.api import Api, Json
from tests.cluster.conftest import discard_data
from tests.cluster.control_plane import ControlPlane
from tests.cluster.machine import condition
from tests.cluster.ports import Ports
from tests.cluster.vm import image
from tests.cluster.vm.emulated import emulated
from tests.cluster.vm.machine import VirtualMachine
from tests.cluster.wait import wait_for

GRACE_SECONDS = 40
"""Without a heartbeat until a node is Unknown. The default, 50 s, would only make the tests of dying longer."""

POD_SECONDS = 300


@pytest.fixture(scope="session")
def platform() -> Platform:
    return emulated()


@pytest.fixture(scope="session")
def node_image() -> image.Image:
    if reason := image.missing():
        pytest.skip(f"no node can boot here: {reason}")
    return image.node_image()


@pytest.fixture(scope="session")
def vm_control_plane(
    tmp_path_factory: pytest.TempPathFactory, ports: Ports, node_image: image.Image
) -> Iterator[ControlPlane]:
    """A control plane of its own, whose machines die, and sooner than by default."""
    assert node_image  # asked for, so that the skip comes first
    flags = [f"--node-monitor-grace-period={GRACE_SECONDS}s"]
    with ControlPlane(tmp_path_factory.mktemp("vm"), ports, controller_manager_flags=flags) as control_plane:
        yield control_plane
    discard_data(control_plane.folder)


@pytest.fixture(scope="session")
def booted(vm_control_plane: ControlPlane, node_image: image.Image, platform: Platform) -> Iterator[VirtualMachine]:
    """The node `booted` of facts/, joined and Ready."""
    node = next(node for node in platform.cluster.nodes if node.name == "booted")
    with VirtualMachine(vm_control_plane, node_image, platform, node) as machine:
        yield machine


@contextmanager
def running(api: Api, manifest: Json) -> Iterator[None]:
    """Inside it the pod is Ready, after it the pod is gone, also from a machine that is dead."""
    api.create(manifest)
    name = manifest["metadata"]["name"]
    try:
        wait_for(
            f"pod {name} to be Ready",
            lambda: condition(api.get(manifest), "Ready").get("status") == "True",
            POD_SECONDS,
        )
        yield
    finally:
        api.delete(manifest, grace=0)
        wait_for(f"pod {name} to be gone", lambda: not api.find(manifest), POD_SECONDS)
