"""images/node/homeground-join: from metadata to kubelet's files, on a folder that stands for the machine's disk."""

import os
import shutil
import stat
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from failover.startup import BOOTSTRAP_KUBECONFIG, CERTIFICATE_AUTHORITY, KUBELET_ARGUMENTS, SECRET_KEYS
from tests.cluster.vm import node_configuration
from tests.program import ROOT
from tests.services.failover.metadata_server import MetadataServer
from tests.services.failover.test_startup import CA, TOKEN, made

FOLDER = ROOT / "images" / "node"
SCRIPT, UNIT = FOLDER / "homeground-join", FOLDER / "homeground-join.service"
JOINED = "var/lib/kubelet/kubeconfig"
FILES = {
    "etc/kubernetes/bootstrap-kubelet.conf": 0o600,
    "etc/kubernetes/pki/ca.crt": 0o644,
    "etc/default/kubelet": 0o644,
}
pytestmark = pytest.mark.skipif(not shutil.which("curl"), reason="no curl: apt install curl")


@pytest.fixture
def server() -> Iterator[MetadataServer]:
    with MetadataServer(made().metadata) as server:
        yield server


def join(folder: Path, url: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run it as the unit does. What it asks of systemd is written to `systemctl` in the folder."""
    programs = folder / "programs"
    programs.mkdir(exist_ok=True)
    systemctl = programs / "systemctl"
    systemctl.write_text(f'#!/bin/sh\necho "$@" >>{folder}/systemctl\n')
    systemctl.chmod(0o755)
    given = {
        "PATH": f"{programs}:{os.environ['PATH']}",
        "HOMEGROUND_METADATA": url,
        "HOMEGROUND_ROOT": str(folder / "disk"),
    }
    return subprocess.run(
        [SCRIPT], env=given | environment, capture_output=True, text=True, check=False, timeout=60, cwd=folder
    )


def written(folder: Path) -> dict[str, str]:
    """Every file of the machine, by its path."""
    disk = folder / "disk"
    return {str(path.relative_to(disk)): path.read_text() for path in disk.rglob("*") if path.is_file()}


def started(folder: Path) -> list[str]:
    log = folder / "systemctl"
    return log.read_text().splitlines() if log.exists() else []


def expected(metadata: Mapping[str, str]) -> dict[str, str]:
    return {
        "etc/kubernetes/bootstrap-kubelet.conf": metadata[BOOTSTRAP_KUBECONFIG],
        "etc/kubernetes/pki/ca.crt": CA,
        "etc/default/kubelet": f"KUBELET_ARGS={metadata[KUBELET_ARGUMENTS]} --node-ip=10.10.0.77\n",
    }


def test_kubelet_finds_what_the_operator_wrote_and_is_started(tmp_path: Path, server: MetadataServer) -> None:
    done = join(tmp_path, server.url)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert written(tmp_path) == expected(made().metadata)
    assert {name: stat.S_IMODE((tmp_path / "disk" / name).stat().st_mode) for name in FILES} == FILES
    assert started(tmp_path) == ["start --no-block kubelet.service"]


def test_its_files_are_those_that_a_node_of_ours_reads() -> None:
    assert f"/{next(iter(FILES))}" == node_configuration.BOOTSTRAP_KUBECONFIG
    assert f"/{list(FILES)[1]}" == node_configuration.CA
    assert f"EnvironmentFile=/{list(FILES)[2]}" in node_configuration.KUBELET_UNIT
    assert f"/{JOINED}" == node_configuration.KUBECONFIG
    assert "$KUBELET_ARGS" in node_configuration.KUBELET_UNIT


def test_other_users_may_look_into_the_folders_it_made(tmp_path: Path, server: MetadataServer) -> None:
    join(tmp_path, server.url)
    assert stat.S_IMODE((tmp_path / "disk" / "etc" / "kubernetes" / "pki").stat().st_mode) == 0o755


def test_run_again_it_does_the_same(tmp_path: Path, server: MetadataServer) -> None:
    join(tmp_path, server.url)
    before = written(tmp_path)
    assert join(tmp_path, server.url).returncode == 0
    assert written(tmp_path) == before
    assert len(started(tmp_path)) == 2


def test_a_machine_that_has_joined_boots_again_without_its_token(tmp_path: Path, server: MetadataServer) -> None:
    join(tmp_path, server.url)
    (tmp_path / "disk" / JOINED).parent.mkdir(parents=True)
    (tmp_path / "disk" / JOINED).write_text("kubelet's own")
    for key in SECRET_KEYS:
        del server.values[f"attributes/{key}"]
    server.values["network-interfaces/0/ip"] = "10.10.0.99"
    assert join(tmp_path, server.url).returncode == 0
    assert written(tmp_path)["etc/default/kubelet"].endswith(" --node-ip=10.10.0.99\n")
    assert len(started(tmp_path)) == 2


def test_a_proxy_of_the_environment_is_not_asked(tmp_path: Path, server: MetadataServer) -> None:
    nobody = dict.fromkeys(("http_proxy", "all_proxy", "ALL_PROXY"), "http://127.0.0.1:1")
    assert join(tmp_path, server.url, **nobody).returncode == 0


def test_the_token_is_in_no_argument_or_word_of_it(tmp_path: Path, server: MetadataServer) -> None:
    """`bash -x` prints every command with its arguments, as /proc would show them."""
    programs = tmp_path / "programs"
    join(tmp_path, server.url)
    traced = subprocess.run(
        ["bash", "-x", SCRIPT], capture_output=True, text=True, check=True, timeout=60,
        env={"PATH": f"{programs}:{os.environ['PATH']}", "HOMEGROUND_METADATA": server.url,
             "HOMEGROUND_ROOT": str(tmp_path / "disk")},
    )  # fmt: skip
    assert "attributes/homeground-bootstrap-kubeconfig" in traced.stderr
    assert TOKEN.secret not in traced.stdout + traced.stderr


ARGUMENTS, ADDRESS = f"attributes/{KUBELET_ARGUMENTS}", "network-interfaces/0/ip"
KUBECONFIG, AUTHORITY = f"attributes/{BOOTSTRAP_KUBECONFIG}", f"attributes/{CERTIFICATE_AUTHORITY}"
MISSING = {
    ARGUMENTS: "the operator did not make this machine",
    ADDRESS: "no address",
    AUTHORITY: "no certificate authority",
    KUBECONFIG: "the join token is gone, and this machine has not joined",
}


@pytest.mark.parametrize("key", MISSING)
def test_without_a_part_kubelet_is_not_started(tmp_path: Path, server: MetadataServer, key: str) -> None:
    del server.values[key]
    done = join(tmp_path, server.url)
    assert done.returncode == 1
    assert MISSING[key] in done.stderr
    assert "etc/default/kubelet" not in written(tmp_path)
    assert started(tmp_path) == []


@pytest.mark.parametrize(("key", "status"), [(ARGUMENTS, 500), (ADDRESS, 403), (AUTHORITY, 429), (KUBECONFIG, 503)])
def test_a_refusal_is_not_taken_for_an_absence(tmp_path: Path, server: MetadataServer, key: str, status: int) -> None:
    (tmp_path / "disk" / JOINED).parent.mkdir(parents=True)
    (tmp_path / "disk" / JOINED).write_text("kubelet's own")
    server.broken[key] = status
    done = join(tmp_path, server.url)
    assert (done.returncode, done.stderr) == (1, f"homeground-join: {key}: HTTP {status}\n")
    assert started(tmp_path) == []


BAD: dict[str, tuple[str, str]] = {
    "two lines of arguments": (ARGUMENTS, "--a=b\nLD_PRELOAD=/tmp/x"),
    "a quote": (ARGUMENTS, '--a="b'),
    "a variable": (ARGUMENTS, "--a=$HOME"),
    "a command": (ARGUMENTS, "--a=`id`"),
    "an empty line": (ARGUMENTS, "\n"),
    "no arguments": (ARGUMENTS, ""),
    "a name for an address": (ADDRESS, "evil.example"),
    "two addresses": (ADDRESS, "10.0.0.1 --anonymous-auth"),
    "an empty token": (KUBECONFIG, ""),
}


@pytest.mark.parametrize(("key", "value"), BAD.values(), ids=BAD)
def test_what_is_no_such_value_is_not_passed_on(tmp_path: Path, server: MetadataServer, key: str, value: str) -> None:
    server.values[key] = value
    done = join(tmp_path, server.url)
    assert done.returncode == 1
    assert "etc/default/kubelet" not in written(tmp_path)
    assert started(tmp_path) == []


@pytest.mark.parametrize("flavour", ["", "Amazon"])
def test_a_server_that_is_no_metadata_server_is_not_believed(
    tmp_path: Path, server: MetadataServer, flavour: str
) -> None:
    server.flavour = flavour
    done = join(tmp_path, server.url)
    assert done.returncode == 1
    assert "not from a metadata server" in done.stderr
    assert written(tmp_path) == {}


def test_without_an_answer_it_fails_at_once_for_the_unit_to_run_it_again(tmp_path: Path) -> None:
    with MetadataServer({}) as gone:
        url = gone.url
    done = join(tmp_path, url)
    assert done.returncode == 1
    assert "no answer" in done.stderr
    assert written(tmp_path) == {}
    unit = UNIT.read_text().splitlines()
    assert {"Restart=on-failure", "StartLimitIntervalSec=0"} <= set(unit)
    assert "ExecStart=/usr/local/sbin/homeground-join" in unit


def test_nothing_of_it_waits_or_needs_a_clouds_tool() -> None:
    text = SCRIPT.read_text()
    assert not any(word in text for word in ("sleep", "kubeadm", "gcloud", "--retry"))
