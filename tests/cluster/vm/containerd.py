"""The pinned containerd, compiled: Debian's are 1.x, which kubelet cannot ask for the cgroup driver (KEP-4033).

Only nodes that boot need it, so its go.mod lies here and not among the tools of every harness.
"""

from pathlib import Path

from tests.cluster.tools.build import build
from tests.cluster.tools.upstream import Tool, Upstream

MODULE = "github.com/containerd/containerd/v2"
NAMES = ("containerd", "containerd-shim-runc-v2", "ctr")


class _Containerd(Upstream):
    @property
    def folder(self) -> Path:
        return Path(__file__).with_name("containerd")


UPSTREAM = _Containerd("containerd", MODULE, {f"{MODULE}/version.Version": "v{version}"})


def executables() -> list[Path]:
    """Files named NAMES, built now unless they were before."""
    return [build(Tool(name, UPSTREAM, f"{MODULE}/cmd/{name}", ("-v",), seconds=75)) for name in NAMES]
