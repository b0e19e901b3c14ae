"""The `argocd` commands of the weekly run on kind (tests/kind/verify.sh), given to an Argo CD that holds dist/local."""

import re
from collections.abc import Iterator

import pytest

from tests.cluster.api import Json
from tests.cluster.argocd import NAMESPACE
from tests.cluster.gitops.argocd_server import ArgoCdServer
from tests.cluster.gitops.workbench import Workbench
from tests.program import ROOT

pytestmark = [pytest.mark.cluster, pytest.mark.slow, pytest.mark.xdist_group("gitops-local")]

VERIFY = ROOT / "tests" / "kind" / "verify.sh"
SERVER = "argocd-server"


@pytest.fixture(scope="module")
def cli(bench: Workbench) -> Iterator[ArgoCdServer]:
    """A server of this file's own: one that others started stays theirs."""
    processes = bench.argocd.processes
    others = processes.get(SERVER)
    try:
        yield ArgoCdServer(bench.argocd)
    finally:
        if processes.get(SERVER) is not others:
            processes.pop(SERVER).kill()
        if others:
            processes[SERVER] = others


@pytest.fixture
def unsynced(bench: Workbench) -> Iterator[str]:
    """An Application of the policies under another name, which nobody syncs; its name.

    Argo CD writes into each object which Application it is of, and that is the difference.
    """
    spec = bench.app("policy")["spec"]
    application: Json = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": "unsynced", "namespace": NAMESPACE},
        "spec": {key: spec[key] for key in ("project", "destination", "sources")},
    }
    bench.api.apply(application)
    yield "unsynced"
    bench.api.delete(application)


def test_these_are_the_commands_of_the_weekly_run() -> None:
    given = re.findall(r"\bargocd (app \w+|admin settings \w+ \S+)", VERIFY.read_text())
    assert given == ["app wait", "app wait", "app diff", "admin settings validate --load-cluster-settings)"]


def test_app_wait_ends_when_all_is_synced_and_healthy(bench: Workbench, cli: ArgoCdServer) -> None:
    cli.run("app", "wait", *sorted(bench.argocd.states()), "--timeout", "60")


def test_app_diff_finds_no_difference_anywhere(bench: Workbench, cli: ArgoCdServer) -> None:
    names = sorted(bench.argocd.states())
    assert set(names) == bench.argocd.expected()
    assert {name: cli.run("app", "diff", name, "--refresh") for name in names} == dict.fromkeys(names, "")


def test_app_diff_fails_when_there_is_a_difference(cli: ArgoCdServer, unsynced: str) -> None:
    command = ["app", "diff", unsynced, "--refresh"]
    with pytest.raises(AssertionError):
        cli.run(*command)
    told = cli.run(*command, "--exit-code=false")
    assert "argocd.argoproj.io/tracking-id: unsynced:" in told


def test_app_wait_fails_when_its_time_is_up(cli: ArgoCdServer, unsynced: str) -> None:
    with pytest.raises(AssertionError, match=r"timed out \(3s\) waiting"):
        cli.run("app", "wait", unsynced, "--sync", "--timeout", "3")
