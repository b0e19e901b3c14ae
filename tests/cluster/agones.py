"""Agones beside a control plane: our double, or the real one when AGONES_BIN names a folder with its programs.

Everything else is the same for both: the accounts, roles, webhooks and API of the published install.yaml, served from
loopback, and the stand-in for the SDK sidecars.
"""

import base64
import json
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import yaml

from homeground import sdk_sidecar
from homeground.platform import Platform
from homeground.versions import PINS
from tests.cluster import crds
from tests.cluster.api import Json, Ref
from tests.cluster.control_plane import ControlPlane, write_kubeconfig
from tests.cluster.machine import condition
from tests.cluster.process import Process, Processes
from tests.cluster.wait import wait_for
from tests.program import ROOT

NAMESPACE = "agones-system"
SERVICE = "agones-controller-service"
ACCOUNT = f"system:serviceaccount:{NAMESPACE}:agones-controller"
GROUPS = ("system:serviceaccounts", f"system:serviceaccounts:{NAMESPACE}")
API_SERVICE = Ref("apiregistration.k8s.io/v1", "APIService", "v1.allocation.agones.dev")
ACCESS = ("ServiceAccount", "ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding", "PriorityClass")
SERVED = ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration", "APIService")
START_SECONDS = 60
Ranges = Mapping[str, tuple[int, int]]
PORTS: Ranges = {"default": (7000, 8000)}
# The path of the certificate is compiled into the real extensions, so they see a root folder of their own.
IN_OWN_ROOT = 'mount --rbind /proc "$0/proc" && exec chroot "$0" "$@"'


class Agones(Processes):
    """A context manager; inside it the webhooks and the allocation API answer.

    `ranges` are host ports by name, both ends included; a `platform` brings its own. `batch_wait` is a Go duration.
    `programs` is the folder of the real controller and extensions; None is the double.
    """

    def __init__(
        self,
        control_plane: ControlPlane,
        platform: Platform | None = None,
        *,
        ranges: Ranges = PORTS,
        batch_wait: str = "50ms",
        programs: Path | None = None,
    ) -> None:
        self._control_plane, self.api = control_plane, control_plane.api
        given = os.environ.get("AGONES_BIN")
        self.programs = programs or (Path(given) if given else None)
        ours = platform.port_ranges if platform else {}
        self._ranges = {name: (each.min, each.max) for name, each in ours.items()} or dict(ranges)
        self._batch_wait = batch_wait
        self._port = control_plane.ports.take()
        hosts = ("127.0.0.1", "localhost", f"{SERVICE}.{NAMESPACE}.svc")
        self._certificate, self._key = control_plane.authority.server("agones", hosts)
        self.processes: dict[str, Process] = {}
        self._stack = ExitStack()

    def begin_all(self) -> None:
        """Its objects, its programs, and then the webhooks and the API that these serve."""
        self._install()
        self.start()
        for manifest in _published(SERVED):
            self.api.apply(self._local(manifest), manager="helm")
        wait_for("the allocation API and the webhooks", self._serves, START_SECONDS)

    def start(self) -> None:
        """Start its programs, or start them again."""
        self.processes = self.processes or {process.name: process for process in self._programs()}
        for process in self.processes.values():
            process.start()

    def stop(self) -> None:
        """End its programs; its objects stay, as those of a dead Agones do."""
        super().stop()

    def _install(self) -> None:
        self.api.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}})
        crds.install(self.api, crds.of_charts(["agones"]))
        for manifest in _published(ACCESS):
            self.api.apply(manifest, manager="helm", strict=False)
        name, spec = {"name": SERVICE, "namespace": NAMESPACE}, {"type": "ExternalName", "externalName": "localhost"}
        self.api.apply({"apiVersion": "v1", "kind": "Service", "metadata": name, "spec": spec}, manager="helm")

    def _local(self, manifest: Json) -> Json:
        """Its webhooks or API served from here instead of by a Service."""
        bundle = base64.b64encode(self._control_plane.ca.read_bytes()).decode()
        new: Json = json.loads(json.dumps(manifest))
        if new["kind"] == "APIService":
            new["spec"] |= {"caBundle": bundle}
            new["spec"]["service"]["port"] = self._port
            return new
        for webhook in new["webhooks"]:
            path = webhook["clientConfig"]["service"]["path"]
            webhook["clientConfig"] = {"url": f"https://127.0.0.1:{self._port}{path}", "caBundle": bundle}
        return new

    def _serves(self) -> bool:
        self.check()
        return condition(self.api.get(API_SERVICE), "Available").get("status") == "True"

    # Its programs

    def _programs(self) -> list[Process]:
        folder, client = self._control_plane.folder, self._control_plane.authority.client(ACCOUNT, GROUPS)
        user = {"client-certificate": str(client[0]), "client-key": str(client[1])}
        kubeconfig = write_kubeconfig(
            folder / "agones.kubeconfig", self._control_plane.url, self._control_plane.ca, user
        )
        sdk: list[str | Path] = [
            sys.executable,
            "-m",
            "tests.doubles.agones.sdk",
            "--kubeconfig",
            self._control_plane.kubeconfig,
        ]
        environment = {"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "constructs")])}
        found = [Process("agones-sdk", sdk, folder, environment)]
        if self.programs:
            return found + self._real(self.programs, kubeconfig)
        double: list[str | Path] = [
            sys.executable,
            "-m",
            "tests.doubles.agones",
            "--kubeconfig",
            kubeconfig,
            *self._controller_flags(),
        ]
        double += [f"--webhook-port={self._port}", f"--allocation-batch-wait-time={self._batch_wait}"]
        double += [f"--cert-file={self._certificate}", f"--key-file={self._key}"]
        return [*found, Process("agones", double, folder, environment)]

    def _controller_flags(self) -> list[str]:
        first, last = self._ranges["default"]
        extra = {name: ends for name, ends in self._ranges.items() if name != "default"}
        sidecar = sdk_sidecar.CHART_VALUES
        return [
            f"--min-port={first}",
            f"--max-port={last}",
            *([f"--additional-port-ranges={json.dumps(extra)}"] if extra else []),
            f"--sidecar-image={sdk_sidecar.IMAGE}",
            f"--sidecar-cpu-request={sidecar['cpuRequest']}",
            f"--sidecar-cpu-limit={sidecar['cpuLimit']}",
            f"--sidecar-memory-request={sidecar['memoryRequest']}",
            f"--sidecar-memory-limit={sidecar['memoryLimit']}",
        ]

    def _real(self, programs: Path, kubeconfig: Path) -> list[Process]:
        folder = self._control_plane.folder
        root = self._root(folder / "agones-root", kubeconfig)
        environment = {"POD_NAME": "agones-0", "POD_NAMESPACE": NAMESPACE, "LEADER_ELECTION": "false"}
        common = ["--kubeconfig=/kubeconfig", "--cloud-product=generic", "--log-level=error"]
        wait = f"--allocation-batch-wait-time={self._batch_wait}"
        ports = [f"--http-port={self._control_plane.ports.take()}", f"--webhook-port={self._port}"]
        flags = {
            "controller": [*common, *self._controller_flags()],
            "extensions": [*common, *ports, wait],
        }
        for name in flags:
            shutil.copy(programs / name, root / name)
        alone: list[str | Path] = ["unshare", "--mount", "--propagation=private", "sh", "-c", IN_OWN_ROOT, root]
        return [
            Process(f"agones-{name}", [*alone, f"/{name}", *own], folder, environment) for name, own in flags.items()
        ]

    def _root(self, root: Path, kubeconfig: Path) -> Path:
        """A root folder for the real programs: certificate, kubeconfig, and the keys that the kubeconfig names."""
        shutil.rmtree(root, ignore_errors=True)
        for name in ("certs", "proc", "tmp", "etc"):
            (root / name).mkdir(parents=True)
        shutil.copy(self._certificate, root / "certs" / "server.crt")
        shutil.copy(self._key, root / "certs" / "server.key")
        shutil.copy(kubeconfig, root / "kubeconfig")
        config = yaml.safe_load(kubeconfig.read_text())
        cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
        for file in (cluster["certificate-authority"], user["client-certificate"], user["client-key"]):
            inside = root / Path(file).relative_to("/")
            inside.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, inside)
        return root


@cache
def _published(kinds: Sequence[str]) -> tuple[Json, ...]:
    """The objects of install.yaml of these kinds, without the webhook that is for GKE Autopilot alone."""
    found = [each for each in crds.documents(f"agones/{PINS['agones']}/install.yaml") if each["kind"] in kinds]
    return tuple(each for each in found if not each["metadata"]["name"].startswith("zzz-"))
