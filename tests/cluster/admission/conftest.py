"""One control plane a cluster of dist/, shared by all tests of this folder."""

from collections.abc import Iterator

import pytest

from tests.cluster.admission.applied import Applied
from tests.cluster.admission.dist import CLUSTERS
from tests.cluster.admission.first_sync import synced
from tests.cluster.conftest import discard_data
from tests.cluster.ports import Ports

GROUPS = [pytest.param(name, marks=pytest.mark.xdist_group(f"admission-{name}")) for name in CLUSTERS]


@pytest.fixture(scope="session", params=GROUPS)
def cluster(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, ports: Ports
) -> Iterator[Applied]:
    """Each cluster in turn, with everything of its dist/ applied. Tests leave it as they found it."""
    folder = tmp_path_factory.mktemp(request.param)
    with synced(request.param, folder, ports) as cluster:
        yield cluster
    discard_data(folder)
