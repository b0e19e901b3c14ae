"""`failover run` is the operator; `failover status` says what it does, `failover simulate` what it would do."""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from failover import operator
from failover.settings import SettingsError
from failover.simulation.command import simulate
from failover.status import command as status
from failover.token import KeyFileError
from kubeclient.configuration import ConfigurationError

FAILED = 2
"""Exit code: it can't begin. A bad setting does not get better by being tried again."""


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code. Raises SystemExit for arguments that there are not."""
    options = parser().parse_args(arguments)
    try:
        return carry_out(options)
    except (SettingsError, KeyFileError, ConfigurationError) as error:
        sys.stderr.write(f"failover {options.command}: {error}\n")
        return FAILED


def carry_out(options: argparse.Namespace) -> int:
    """Raises SettingsError, KeyFileError and ConfigurationError."""
    match options.command:
        case "run":
            return operator.main(options.settings, options.kubeconfig)
        case "status":
            found = status.configuration(options.kubeconfig, options.context)
            return asyncio.run(status.status(found, json=options.output == "json", verbose=options.verbose))
        case _:
            return simulate(
                options.scenario,
                json=options.json,
                verbose=options.verbose,
                replicas=options.replicas,
                seed=options.seed,
            )


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="failover", description=__doc__)
    commands = made.add_subparsers(dest="command", required=True)

    run = commands.add_parser("run", help="be the operator, until told to stop")
    run.add_argument("--settings", type=Path, required=True, help="its file of settings")
    run.add_argument("--kubeconfig", type=Path, help="default: the pod's service account")

    told = commands.add_parser(
        "status",
        help="what is done for each home node; exit code 1: something is stuck, 2: it could not be found out",
    )
    told.add_argument("--kubeconfig", type=Path, help="default: as kubectl finds it")
    told.add_argument("--context", default="", help="of the kubeconfig; default: its current one")
    told.add_argument("-o", "--output", choices=("table", "json"), default="table")
    told.add_argument("-v", "--verbose", action="store_true", help="with the incidents that are over")

    played = commands.add_parser("simulate", help="play a scenario with the real decision, on a clock that jumps")
    played.add_argument("scenario", help="a file, or one that comes along: `list` names those")
    played.add_argument("--json", action="store_true", help="timeline, summary and records as one JSON object")
    played.add_argument("-v", "--verbose", action="store_true", help="with matches, calls and refused writes")
    played.add_argument("--replicas", type=int, help="of the operator; default: the scenario's")
    played.add_argument("--seed", type=int, default=0, help="of all moments that nobody knows; default: 0")
    return made


if __name__ == "__main__":
    sys.exit(main())
