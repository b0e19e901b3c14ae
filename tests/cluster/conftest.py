"""Control planes for tests."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.api import Api
from tests.cluster.control_plane import ControlPlane
from tests.cluster.ports import Ports


@pytest.fixture(scope="session")
def ports() -> Iterator[Ports]:
    with Ports() as ports:
        yield ports


@pytest.fixture(scope="session")
def control_plane(tmp_path_factory: pytest.TempPathFactory, ports: Ports) -> Iterator[ControlPlane]:
    """One control plane for all tests of this worker that need no other: they share nothing else."""
    with ControlPlane(tmp_path_factory.mktemp("control-plane"), ports) as control_plane:
        yield control_plane
    discard_data(control_plane.folder)


@pytest.fixture
def api(control_plane: ControlPlane) -> Api:
    """An administrator's view of the shared control plane."""
    control_plane.check()
    return control_plane.api


def discard_data(folder: Path) -> None:
    """Keep the logs (pytest keeps the folders of its last three runs), drop what is large."""
    shutil.rmtree(folder / "etcd", ignore_errors=True)


@pytest.hookimpl(tryfirst=True)  # xdist reads the groups in its own
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that share the session's control plane go to one worker, so that only one is started."""
    for item in items:
        if "control_plane" in getattr(item, "fixturenames", ()) and not item.get_closest_marker("xdist_group"):
            item.add_marker(pytest.mark.xdist_group("control-plane"))
