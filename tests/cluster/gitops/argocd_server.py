"""Argo CD's own API server, and the real `argocd` command as docs/ tells people to use it."""

import os
import subprocess
from typing import NamedTuple

import urllib3

from tests.cluster.argocd import ArgoCD
from tests.cluster.tools import tool
from tests.cluster.wait import wait_for

START_SECONDS, COMMAND_SECONDS = 60, 60


class Health(NamedTuple):
    """What Argo CD says of one object: `Healthy`, `Progressing`, `Degraded`, ... and why."""

    status: str
    message: str


class ArgoCdServer:
    """Runs beside `argocd`, and ends with it."""

    def __init__(self, argocd: ArgoCD) -> None:
        self._argocd = argocd
        self._address = argocd.start_server()
        wait_for("Argo CD's API server", self._serves, START_SECONDS)

    def run(self, *arguments: str) -> str:
        """The output of `argocd <arguments>`. Raises AssertionError with what it said when it fails."""
        done = subprocess.run(
            [str(tool("argocd")), *arguments, "--server", self._address, "--plaintext"],
            env=os.environ | {"HOME": str(self._argocd.folder)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=COMMAND_SECONDS,
        )
        assert done.returncode == 0, f"argocd {' '.join(arguments)}: {done.stderr}"
        return done.stdout

    def health(self, app: str, kind: str, name: str) -> Health:
        """One object's health, which is in no Application's status. Raises KeyError when it is not there."""
        with urllib3.PoolManager(retries=False) as pool:
            tree = pool.request("GET", f"http://{self._address}/api/v1/applications/{app}/resource-tree").json()
        for node in tree.get("nodes", ()):
            if (node["kind"], node["name"]) == (kind, name):
                return Health(node["health"]["status"], node["health"].get("message", ""))
        raise KeyError(f"{app} has no {kind} {name}")

    def _serves(self) -> bool:
        self._argocd.check()
        with urllib3.PoolManager(retries=False) as pool:
            return pool.request("GET", f"http://{self._address}/healthz").status == 200
