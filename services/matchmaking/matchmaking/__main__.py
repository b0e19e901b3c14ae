"""`python -m matchmaking`: matchmaking in one process, until it is told to stop."""

import argparse
import asyncio
import logging
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from kubeclient import configuration
from kubeclient.client import Client
from kubeclient.clock import SystemClock
from kubeclient.configuration import ConfigurationError
from kubeclient.connection import Connection
from matchmaking import process
from matchmaking.settings import Settings, SettingsError, load
from matchmaking.store import StoreError
from matchmaking.store.valkey import NotDurableError
from matchmaking.tokens.keys import KeysError

FAILED = 2
"""Exit code: it can't begin. A bad setting does not get better by being tried again."""

log = logging.getLogger("matchmaking")


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code. Raises SystemExit for arguments that there are not."""
    options = parser().parse_args(arguments)
    logging.basicConfig(level=options.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:
        found = configuration.load(options.kubeconfig)
        asyncio.run(run(load(options.settings), found, options.host, options.port))
    except (SettingsError, KeysError, ConfigurationError, NotDurableError, StoreError, OSError) as error:
        sys.stderr.write(f"matchmaking: {error}\n")
        return FAILED
    return 0


async def run(settings: Settings, cluster: configuration.Configuration, host: str, port: int) -> None:
    """Until SIGTERM or SIGINT. Raises what process.running does."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    async with (
        Client(Connection(cluster, agent="matchmaking/0.1", connections=32)) as client,
        process.running(settings, client, SystemClock(), host, port) as taken,
    ):
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stopped.set)
        log.info("players are served on port %d", taken)
        await stopped.wait()


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="matchmaking", description=__doc__)
    made.add_argument("--settings", type=Path, required=True, help="its file of settings")
    made.add_argument("--kubeconfig", type=Path, help="default: the pod's service account")
    made.add_argument("--host", default="::", help="address that players' requests are taken at; default: all")
    made.add_argument("--port", type=int, default=8080, help="0 takes a free one")
    made.add_argument("--log-level", choices=("debug", "info", "warning"), default="info")
    return made


if __name__ == "__main__":
    sys.exit(main())
