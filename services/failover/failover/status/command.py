"""`failover status`: ask the API server, print, and say by the exit code whether somebody should get up."""

import os
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from failover.status import node_failover
from failover.status.advice import troubled
from failover.status.table import to_text
from kubeclient.client import Client
from kubeclient.configuration import Configuration, ConfigurationError, of_kubeconfig, of_pod
from kubeclient.connection import Connection
from kubeclient.error import ApiError
from kubeclient.resources import NODE_FAILOVERS, Json

AGENT = "failover-status"
WELL, TROUBLED, FAILED = 0, 1, 2
"""Exit codes: all is well or goes its way; something is blocked; it could not be found out."""


async def status(configuration: Configuration, *, json: bool = False, verbose: bool = False) -> int:
    """Print all records of a cluster, and return the exit code."""
    try:
        async with Client(Connection(configuration, agent=AGENT)) as client:
            objects = list((await client.list(NODE_FAILOVERS)).items)
        return show(objects, json=json, verbose=verbose)
    except (ApiError, node_failover.RecordError) as error:
        sys.stderr.write(f"failover status: {error}\n")
        return FAILED


def show(objects: list[Json], *, json: bool, verbose: bool) -> int:
    """Raises RecordError."""
    records = [node_failover.of(each) for each in objects]
    if json:
        body = {"apiVersion": "v1", "kind": "List", "items": objects}
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(body), indent=2).decode() + "\n")
    else:
        sys.stdout.write(to_text(records, datetime.now(UTC), verbose))
    return TROUBLED if any(troubled(each.status) for each in records) else WELL


def configuration(
    kubeconfig: Path | None = None,
    context: str = "",
    environ: Mapping[str, str] = os.environ,
    home: Path | None = None,
) -> Configuration:
    """As kubectl finds it: the file named, $KUBECONFIG, the pod's service account, ~/.kube/config.

    Raises ConfigurationError.
    """
    given = kubeconfig or (Path(environ["KUBECONFIG"]) if environ.get("KUBECONFIG") else None)
    if given:
        return of_kubeconfig(given, context)
    if environ.get("KUBERNETES_SERVICE_HOST"):
        return of_pod(environ)
    usual = (home or Path.home()) / ".kube" / "config"
    if not usual.exists():
        raise ConfigurationError(f"no cluster: name a --kubeconfig, set KUBECONFIG, or have {usual}")
    return of_kubeconfig(usual, context)
