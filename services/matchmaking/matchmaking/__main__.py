"""`python -m matchmaking`: `run` serves until it is told to stop, `kick` has a player leave a match."""

import argparse
import asyncio
import logging
import signal
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

from kubeclient import configuration
from kubeclient.client import Call, Client
from kubeclient.clock import SystemClock
from kubeclient.configuration import ConfigurationError
from kubeclient.connection import Connection
from kubeclient.error import ApiError
from kubeclient.status_page import StatusPage
from matchmaking import kick, process
from matchmaking.api.server import Listen, TlsError
from matchmaking.metrics import Metrics
from matchmaking.role import Role
from matchmaking.settings import SettingsError, load
from matchmaking.store import StoreError
from matchmaking.store.valkey import NotDurableError
from matchmaking.tokens.keys import KeysError

FAILED = 2
"""Exit code: it can't begin. A bad setting does not get better by being tried again."""

AGENT = "matchmaking/0.1"
UNUSABLE = (SettingsError, KeysError, TlsError, ConfigurationError, NotDurableError, StoreError, ApiError, OSError)
log = logging.getLogger("matchmaking")


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code. Raises SystemExit for arguments that there are not."""
    options = parser().parse_args(arguments)
    logging.basicConfig(level=options.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:
        asyncio.run(options.act(options))
    except (*UNUSABLE, kick.KickError) as error:
        sys.stderr.write(f"matchmaking: {error}\n")
        return FAILED
    return 0


async def run(options: argparse.Namespace) -> None:
    """Until SIGTERM or SIGINT. Raises what process.running does."""
    settings, metrics, clock = load(options.settings), Metrics(), SystemClock()
    roles = frozenset(map(Role, options.role or Role))
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()

    def observed(call: Call) -> None:
        metrics.api.labels(call.verb, str(call.resource), str(call.status)).observe(call.seconds)

    connection = None
    if Role.DIRECTOR in roles:
        connection = Connection(configuration.load(options.kubeconfig), agent=AGENT, connections=32)
    client = Client(connection, clock, observe=observed) if connection else None
    listen = Listen(options.host, options.port, options.tls)
    try:
        async with (
            process.running(
                settings, clock, listen, client, roles=roles, metrics=metrics, replica=options.replica
            ) as taken,
            StatusPage(options.status_port, metrics.registry, taken.missing, taken.refresh) as page,
        ):
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.add_signal_handler(number, stopped.set)
            log.info("serving /livez, /readyz and /metrics on port %d", page.port)
            if taken.port:
                log.info("players are served on port %d", taken.port)
            await stopped.wait()
    finally:
        if client:
            await client.close()


async def kicked(options: argparse.Namespace) -> None:
    """Raises KickError and ApiError."""
    connection = Connection(configuration.load(options.kubeconfig), agent=AGENT)
    async with Client(connection) as client:
        await kick.kick(client, options.namespace, options.server, options.player)
    sys.stdout.write(f"{options.player} has to leave {options.namespace}/{options.server}\n")


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="matchmaking", description=__doc__)
    made.add_argument("--log-level", choices=("debug", "info", "warning"), default="info")
    commands = made.add_subparsers(required=True)
    serving = commands.add_parser("run", help="serve until it is told to stop")
    serving.set_defaults(act=run)
    serving.add_argument("--settings", type=Path, required=True, help="its file of settings")
    serving.add_argument("--role", action="append", choices=[*Role], help="one of its roles; default: all of them")
    serving.add_argument("--host", default="::", help="address that players' requests are taken at; default: all")
    serving.add_argument("--port", type=int, default=8080, help="0 takes a free one")
    serving.add_argument("--tls", type=Path, help="a folder with tls.crt and tls.key; default: plain HTTP")
    serving.add_argument("--status-port", type=int, default=8081, help="of /livez, /readyz and /metrics")
    serving.add_argument(
        "--replica",
        default=socket.gethostname(),
        help="a name that no other has now; who comes back by its name goes on at once; default: the host's",
    )
    leaving = commands.add_parser("kick", help="have a player leave a match")
    leaving.set_defaults(act=kicked)
    leaving.add_argument("namespace", help="of the GameServer")
    leaving.add_argument("server", help="its name")
    leaving.add_argument("player", help="subject of the player's token")
    for command in (serving, leaving):
        command.add_argument("--kubeconfig", type=Path, help="default: the pod's service account")
    return made


if __name__ == "__main__":
    sys.exit(main())
