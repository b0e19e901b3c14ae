"""`failover status` from the command line to an API server, and back to an exit code."""

import json
from pathlib import Path

import pytest

from failover.__main__ import main
from failover.status.command import configuration
from kubeclient.configuration import ConfigurationError
from tests.services.failover.status.api_server import TOKEN, kubeconfig, serve
from tests.services.failover.status.records import TROUBLED, objects

WELL = [each for each in objects() if each["metadata"]["name"] not in TROUBLED]


def test_all_well_is_exit_code_0(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with serve(WELL) as url:
        assert main(["status", "--kubeconfig", str(kubeconfig(tmp_path, url))]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split()[:2] == ["NODE", "PHASE"]
    assert len(lines) == 1 + len(WELL)


@pytest.mark.parametrize("output", ["table", "json"])
def test_something_stuck_is_exit_code_1(output: str, tmp_path: Path) -> None:
    with serve(objects()) as url:
        assert main(["status", "-o", output, "--kubeconfig", str(kubeconfig(tmp_path, url))]) == 1


def test_json_is_what_the_api_server_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with serve(WELL) as url:
        assert main(["status", "-o", "json", "--kubeconfig", str(kubeconfig(tmp_path, url))]) == 0
    assert json.loads(capsys.readouterr().out) == {"apiVersion": "v1", "kind": "List", "items": WELL}


def test_verbose_shows_what_was_before(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with serve(WELL) as url:
        main(["status", "-v", "--kubeconfig", str(kubeconfig(tmp_path, url))])
    assert (
        "incident 2: 2026-11-01 01:00:00Z, NotReady, lasted 1h, a machine stood in after 35 s"
        in capsys.readouterr().out
    )


@pytest.mark.parametrize(("token", "code"), [("another", 200), (TOKEN, 503)])
def test_an_api_server_that_refuses_is_exit_code_2(
    token: str, code: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with serve(WELL, code) as url:
        assert main(["status", "--kubeconfig", str(kubeconfig(tmp_path, url, token))]) == 2
    said = capsys.readouterr()
    assert said.err.startswith("failover status: ")
    assert "not today" in said.err
    assert TOKEN not in said.err
    assert said.out == ""


def test_an_api_server_that_is_not_there_is_exit_code_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with serve(WELL) as url:
        path = kubeconfig(tmp_path, url)
    assert main(["status", "--kubeconfig", str(path)]) == 2
    assert "failover status: " in capsys.readouterr().err


def test_a_record_that_cannot_be_read_is_exit_code_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    broken = [{"metadata": {"name": "home-1"}, "status": {"open": "yes"}}]
    with serve(broken) as url:
        assert main(["status", "--kubeconfig", str(kubeconfig(tmp_path, url))]) == 2
    assert "NodeFailover home-1: status: " in capsys.readouterr().err


def test_no_way_to_a_cluster_is_exit_code_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status", "--kubeconfig", str(tmp_path / "none")]) == 2
    assert "none" in capsys.readouterr().err


def test_the_cluster_is_found_as_kubectl_finds_it(tmp_path: Path) -> None:
    (tmp_path / ".kube").mkdir()
    here, there = kubeconfig(tmp_path, "http://here"), kubeconfig(tmp_path / ".kube", "http://there")
    assert configuration(here, environ={"KUBECONFIG": str(there)}, home=tmp_path).url == "http://here"
    assert configuration(environ={"KUBECONFIG": str(here)}, home=tmp_path).url == "http://here"
    assert configuration(environ={}, home=tmp_path).url == "http://there"


def test_without_any_of_them_it_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="--kubeconfig, set KUBECONFIG"):
        configuration(environ={}, home=tmp_path)


def test_a_pod_asks_with_its_own_service_account(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="serviceaccount"):
        configuration(environ={"KUBERNETES_SERVICE_HOST": "10.96.0.1", "KUBERNETES_SERVICE_PORT": "443"}, home=tmp_path)


def test_run_begins_the_operator_with_its_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[object] = []

    def operator(*arguments: object) -> int:
        seen.extend(arguments)
        return 0

    monkeypatch.setattr("failover.operator.main", operator)
    assert main(["run", "--settings", "here.yaml", "--kubeconfig", "config"]) == 0
    assert seen == [Path("here.yaml"), Path("config")]


def test_run_with_settings_that_cannot_be_used_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "--settings", str(tmp_path / "none.yaml")]) == 2
    assert capsys.readouterr().err.startswith("failover run: ")
