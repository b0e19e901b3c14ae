"""Control planes and ports for matchmaking's tests, as tests/cluster has them."""

from tests.cluster.conftest import api, control_plane, ports

__all__ = ["api", "control_plane", "ports"]
