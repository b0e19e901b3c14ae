"""What every test of Argo CD shares. Those of one folder share one cluster, and leave it as they found it."""

from collections.abc import Callable, Iterator

import pytest

from tests.cluster.gitops.timeline import Timeline


@pytest.fixture
def timeline(request: pytest.FixtureRequest, record_property: Callable[[str, object], None]) -> Iterator[Timeline]:
    timeline = Timeline(request.node.nodeid, record_property)
    yield timeline
    timeline.write()
