"""A double of Agones 1.59.0: its controller and its extensions in one process, against a real API server."""

import logging
from pathlib import Path

import uvicorn
import yaml

from tests.cluster.api import Api
from tests.doubles.agones.allocation import Allocator
from tests.doubles.agones.autoscaler import AutoscalerController
from tests.doubles.agones.fleet import FleetController
from tests.doubles.agones.game_server import GameServerController
from tests.doubles.agones.game_server_set import GameServerSetController
from tests.doubles.agones.health import HealthController
from tests.doubles.agones.objects import Objects
from tests.doubles.agones.server import application
from tests.doubles.agones.settings import parse
from tests.doubles.agones.work_queue import WorkQueue

WORKERS = 8


def connect(kubeconfig: Path, program: str) -> Api:
    """The API server of a kubeconfig that names files. The program's name becomes the manager of what it writes."""
    config = yaml.safe_load(kubeconfig.read_text())
    cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
    client = Path(user["client-certificate"]), Path(user["client-key"])
    agent = f"{program}/v0.0.0 (linux/amd64) kubernetes/$Format"
    return Api(cluster["server"], Path(cluster["certificate-authority"]), client, [("User-Agent", agent)])


def main() -> None:
    """Run until killed."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    settings = parse()
    queue = WorkQueue(WORKERS)
    objects = Objects(connect(settings.kubeconfig, "controller"))
    allocator = Allocator(objects.as_(connect(settings.kubeconfig, "extensions")), settings.batch_wait)
    FleetController(objects, queue)
    GameServerSetController(objects, queue)
    servers = GameServerController(objects, queue, settings)
    HealthController(objects, queue, servers)
    AutoscalerController(objects, queue)
    # The API server calls the webhooks for what the controllers write, so they must be there first.
    server = uvicorn.Server(
        uvicorn.Config(
            application(allocator),
            host="127.0.0.1",
            port=settings.webhook_port,
            ssl_certfile=settings.certificate,
            ssl_keyfile=settings.key,
            log_level="warning",
        )
    )
    objects.start()
    servers.restore()
    queue.start()
    allocator.start()
    server.run()


if __name__ == "__main__":
    main()
