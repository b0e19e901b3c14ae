"""`failover run`: be the operator, until told to stop."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from failover import operator
from failover.kubernetes.configuration import ConfigurationError
from failover.settings import SettingsError
from failover.token import KeyFileError

FAILED = 2
"""Exit code: it can't begin. A bad setting does not get better by being tried again."""


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code."""
    options = parser().parse_args(arguments)
    try:
        return operator.main(options.settings, options.kubeconfig)
    except (SettingsError, KeyFileError, ConfigurationError) as error:
        sys.stderr.write(f"failover run: {error}\n")
        return FAILED


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="failover", description=__doc__)
    commands = made.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="be the operator, until told to stop")
    run.add_argument("--settings", type=Path, required=True, help="its file of settings")
    run.add_argument("--kubeconfig", type=Path, help="default: the pod's service account")
    return made


if __name__ == "__main__":
    sys.exit(main())
