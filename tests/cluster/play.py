"""`make play`: the platform at a desk. Everything on loopback, nothing outlives Ctrl-C.

`python -m tests.cluster.play [CLUSTER]` starts the cluster of clusters/CLUSTER.yaml (local), lets Argo CD sync its
dist/ and then follows the working copy: what `make synth` writes, Argo CD finds as a new commit.
"""

import argparse
import os
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

from homeground.versions import PINS
from tests.cluster.cluster import Cluster
from tests.cluster.console import Console
from tests.cluster.tools import NAMES, tool
from tests.cluster.wait import wait_for
from tests.program import ROOT

SYNC_SECONDS = 300
USED = (
    "etcd",
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "kubectl",
    "kwok",
    "argocd",
    "redis-server",
)


class Steps:
    """Progress: each step as it begins, and its time once the next one does."""

    def __init__(self) -> None:
        self._begin = self._last = time.monotonic()
        self._open = False

    def begin(self, what: str) -> None:
        self.end()
        sys.stdout.write(f"  {what} ... ")
        sys.stdout.flush()
        self._last, self._open = time.monotonic(), True

    def end(self) -> None:
        if self._open:
            sys.stdout.write(f"{time.monotonic() - self._last:.1f} s\n")
        self._open = False

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._begin


def main() -> int:
    parser = argparse.ArgumentParser(description="The platform at a desk, until Ctrl-C.")
    clusters = sorted(path.stem for path in (ROOT / "clusters").glob("*.yaml"))
    parser.add_argument("cluster", nargs="?", default="local", choices=clusters, help="a file of clusters/ (local)")
    cluster = parser.parse_args().cluster
    for ending in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, lambda *_: sys.exit(1))
    try:
        with tempfile.TemporaryDirectory(prefix="homeground-play-", ignore_cleanup_errors=True) as folder:
            play(Path(folder), cluster)
    except KeyboardInterrupt:
        sys.stdout.write("\nended; nothing is left of it\n")
    return 0


def play(folder: Path, name: str) -> None:
    """Start, sync, explain, and serve the console until it ends."""
    versions = f"Kubernetes {PINS['kubernetes']}, Argo CD {PINS['argo-cd']}, Agones {PINS['agones']} (a double)"
    sys.stdout.write(f"clusters/{name}.yaml at your desk: {versions}\n")
    steps = Steps()
    steps.begin(f"tools: {len(USED)} of {len(NAMES)}, compiled the first time (about 15 minutes)")
    for used in USED:
        tool(used)
    with Cluster(folder, name, progress=steps.begin) as cluster:
        steps.begin(f"Argo CD syncs dist/{name}: {len(cluster.argocd.expected())} Applications")
        cluster.argocd.begin()
        cluster.argocd.wait_synced(SYNC_SECONDS)
        console = Console(cluster, ROOT)
        steps.begin("game servers get Ready")
        wait_for("game servers to be Ready", console.is_ready, SYNC_SECONDS)
        steps.end()
        sys.stdout.write(f"ready in {steps.seconds:.0f} s\n\n{what_to_try(cluster)}\n")
        console.run()


def what_to_try(cluster: Cluster) -> str:
    """What a newcomer can do next, ready to be copied."""
    game, machine = cluster.platform.games[0], next(iter(cluster.platform.runners)).name
    kubectl = "" if shutil.which("kubectl") else f"    alias kubectl={tool('kubectl')}\n"
    return f"""In another terminal:
{kubectl}    export KUBECONFIG={cluster.control_plane.kubeconfig}
    kubectl get applications -n argocd
    kubectl get fleets,gameservers -A

Change a size: edit `fleet` in games/{game.name}.yaml, run `make synth`, and watch this terminal.

Here, type
    status              what runs
    allocate {game.name:<10} a match: one Ready server becomes Allocated
    kill {machine:<14} the machine dies; its node is NotReady within a minute (revive, hang and wake as well)
    quit                or Ctrl-C: end it all
"""


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    os._exit(code)  # jsii's Node heard the Ctrl-C as well: the farewell to it would end in a traceback
