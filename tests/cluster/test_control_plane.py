"""The control plane of the harness: quick, real, and gone without a trace."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cluster.api import Api, ApiError, Json, Ref
from tests.cluster.bootstrap_token import bootstrap_token
from tests.cluster.control_plane import ControlPlane
from tests.cluster.ports import Ports
from tests.cluster.process import ProcessError
from tests.cluster.wait import wait_for
from tests.program import ROOT

pytestmark = pytest.mark.cluster

SECONDS = 30


def children(of: int) -> list[int]:
    """Processes whose environment says that a harness in this folder started them."""
    return [
        int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit() and parent(int(entry.name)) == of
    ]


def parent(pid: int) -> int | None:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except (OSError, IndexError):
        return None


def listening(ports: range) -> set[int]:
    """Which of these ports somebody listens on."""
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    found = {int(fields[1].partition(":")[2], 16) for line in lines if (fields := line.split())[3] == "0A"}
    return found & set(ports)


def test_it_is_the_pinned_version_with_four_real_components(control_plane: ControlPlane, api: Api) -> None:
    assert api.call("GET", "/version")["gitVersion"] == "v1.35.4"
    assert set(control_plane.processes) == {
        "etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"
    }  # fmt: skip
    assert all(process.running for process in control_plane.processes.values())


def test_strict_validation_tells_a_misspelt_field(api: Api) -> None:
    with pytest.raises(ApiError, match="field not declared in schema"):
        api.apply(
            {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x", "namespace": "default"}, "dat": {}}
        )


def test_rbac_is_real(api: Api) -> None:
    nobody = api.as_("somebody", ["system:authenticated"])
    with pytest.raises(ApiError, match="cannot list resource") as refused:
        nobody.list("v1", "Secret", "default")
    assert refused.value.status == 403


def test_a_bootstrap_token_authenticates_and_no_more_once_deleted(api: Api) -> None:
    token, secret = bootstrap_token(api, groups=["system:bootstrappers:test"])
    joiner = api.with_token(token)
    review = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview", "metadata": {"name": "x"}}
    user = wait_for("the token to be known", lambda: joiner.create(review)["status"]["userInfo"], SECONDS)
    assert "system:bootstrappers:test" in user["groups"]
    api.delete(secret)
    wait_for("the token to be refused", lambda: refused(joiner, review), SECONDS)


def refused(api: Api, review: Json) -> bool:
    try:
        api.create(review)
    except ApiError as error:
        return error.status == 401
    return False


def test_a_certificate_signing_request_is_signed_once_approved(control_plane: ControlPlane, api: Api) -> None:
    request = control_plane.authority.signing_request("system:node:some", ["system:nodes"])
    csr = api.create(
        {
            "apiVersion": "certificates.k8s.io/v1",
            "kind": "CertificateSigningRequest",
            "metadata": {"generateName": "some-"},
            "spec": {
                "request": request,
                "signerName": "kubernetes.io/kube-apiserver-client-kubelet",
                "usages": ["digital signature", "client auth"],
            },
        }
    )
    approved = {"type": "Approved", "status": "True", "reason": "Test"}
    api.patch(csr, {"status": {"conditions": [approved]}}, subresource="approval")
    wait_for("the certificate", lambda: api.get(csr)["status"].get("certificate"), SECONDS)


def test_a_part_that_ends_is_reported_with_its_log(tmp_path: Path) -> None:
    with Ports() as ports, ControlPlane(tmp_path, ports) as control_plane:
        control_plane.processes["kube-scheduler"].kill()
        with pytest.raises(ProcessError, match=r"kube-scheduler ended with -9; .*kube-scheduler.log ends:\n.+"):
            control_plane.check()


def test_two_run_side_by_side_and_know_nothing_of_each_other(control_plane: ControlPlane, tmp_path: Path) -> None:
    with Ports() as ports, ControlPlane(tmp_path, ports) as other:
        name = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "only-here"}}
        other.api.create(name)
        assert control_plane.api.find(Ref("v1", "Namespace", "only-here")) is None
        assert control_plane.port != other.port


def test_a_cold_start_takes_at_most_ten_seconds(tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    """Seconds of CPU, which busy neighbours do not change; with two free cores it is less by the clock."""
    begin = time.monotonic()
    with Ports() as ports, ControlPlane(tmp_path, ports) as control_plane:
        by_clock = time.monotonic() - begin
        of_cpu = sum(process.cpu_seconds for process in control_plane.processes.values())
    record_property("seconds", round(by_clock, 1))
    assert of_cpu <= 10, f"{of_cpu:.1f} s of CPU, {by_clock:.1f} s by the clock"


@pytest.mark.slow
def test_twenty_starts_and_stops_leave_no_process_and_no_port(tmp_path: Path) -> None:
    before = set(children(os.getpid()))
    with Ports() as ports:
        for attempt in range(20):
            with ControlPlane(tmp_path / str(attempt), ports) as control_plane:
                assert control_plane.api.get(Ref("v1", "Namespace", "default"))
            ports.reset()
        assert set(children(os.getpid())) == before
        assert not listening(ports.block)


TRIES = 3
KILLED = """
import sys, time
from pathlib import Path
from tests.cluster.control_plane import ControlPlane
from tests.cluster.ports import Ports

with Ports() as ports, ControlPlane(Path(sys.argv[1]), ports) as control_plane:
    print(ports.block.start, *(process.pid for process in control_plane.processes.values()), flush=True)
    time.sleep(600)
"""


def test_a_killed_run_leaves_nothing_that_blocks_the_next(tmp_path: Path) -> None:
    for attempt in range(TRIES):  # somebody else's harness may begin just then, and have the block before us
        first = killed_run(tmp_path / str(attempt))
        with Ports() as ports:
            if ports.block.start != first:
                continue
            wait_for("its ports to be free", lambda: not listening(ports.block), SECONDS)
            with socket.socket() as probe:  # as the next harness does
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(("127.0.0.1", first))
            return
    pytest.fail(f"the block of a killed run was not to be had {TRIES} times")


def killed_run(folder: Path) -> int:
    """The first port of its block, once all of its components are gone."""
    run = subprocess.Popen([sys.executable, "-c", KILLED, str(folder)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    with run:
        assert run.stdout
        first, *pids = map(int, run.stdout.readline().split())
        run.send_signal(signal.SIGKILL)
    wait_for("its components to be gone", lambda: not any(parent(pid) for pid in pids), SECONDS)
    return first
