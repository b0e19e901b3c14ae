"""What a game server and its SDK sidecar do on machines that run no containers: once the pod runs, ask to be Ready.

As the real sidecar, it sets `status.state: RequestReady`, so it serves the double and the real Agones alike. A pod on a
machine that is dead or hangs never runs, and its server never gets ready.
"""

import argparse
import logging
import threading
from pathlib import Path

from tests.cluster.api import ApiError
from tests.doubles.agones.__main__ import connect
from tests.doubles.agones.informer import Informer
from tests.doubles.agones.names import GROUP, Json, is_development, key, state, terminating
from tests.doubles.agones.pod import is_game_server_pod
from tests.doubles.agones.work_queue import WorkQueue

WORKERS = 4


class Sdk:
    """Asks for readiness once for each server."""

    def __init__(self, kubeconfig: Path) -> None:
        self._api = connect(kubeconfig, "sdk-server")
        self._pods = Informer(self._api, "v1", "Pod")
        self._servers = Informer(self._api, GROUP, "GameServer")
        self._queue = WorkQueue(WORKERS)
        for informer in (self._pods, self._servers):
            informer.on_change(lambda _, new: self._queue.add(self.sync, *key(new)) if new else None)

    def start(self) -> None:
        for informer in (self._pods, self._servers):
            informer.start()
            informer.synced.wait()
        self._queue.start()

    def sync(self, namespace: str, name: str) -> None:
        pod, server = self._pods.get(namespace, name), self._servers.get(namespace, name)
        if pod is None or server is None or not _runs(pod) or is_development(server):
            return
        if state(server) == "Scheduled" and not terminating(server):
            # The test makes it fail when Agones wrote in between, as an update would.
            version = server["metadata"]["resourceVersion"]
            patch = [
                {"op": "test", "path": "/metadata/resourceVersion", "value": version},
                {"op": "replace", "path": "/status/state", "value": "RequestReady"},
            ]
            try:
                self._servers.observe(self._api.patch(server, patch, "json"))
            except ApiError as error:
                if error.status not in (404, 409, 422):
                    raise


def _runs(pod: Json) -> bool:
    conditions = pod.get("status", {}).get("conditions") or ()
    ready = any(each["type"] == "ContainersReady" and each["status"] == "True" for each in conditions)
    return is_game_server_pod(pod) and not terminating(pod) and pod["status"].get("phase") == "Running" and ready


def main() -> None:
    """Run until killed."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    parser = argparse.ArgumentParser(prog="python -m tests.doubles.agones.sdk", description=__doc__)
    parser.add_argument("--kubeconfig", type=Path, required=True)
    Sdk(parser.parse_args().kubeconfig).start()
    threading.Event().wait()


if __name__ == "__main__":
    main()
