"""A machine that the cloud's double "boots": the real TLS bootstrap with what its start-up data holds, then kwok.

What kubelet does, in kubelet's order: ask for a certificate with the token, wait until it is signed, register the Node
with that certificate, under the real NodeRestriction. From then on it lives as the other simulated machines do.
"""

import base64
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from failover import startup
from tests.cluster.api import Api, ApiError, Json, Ref
from tests.cluster.control_plane import ControlPlane
from tests.cluster.machine import STAGES, kwok
from tests.cluster.process import Process
from tests.cluster.wait import NotYetError, wait_for
from tests.doubles.gce.instance import Guest

SIGNED_SECONDS = 60
LEASE_SECONDS = 4
"""A quarter of it lies between two renewals: well below the grace period of tests, or a node would flap."""

REQUEST = ("certificates.k8s.io/v1", "CertificateSigningRequest")
SIGNER = "kubernetes.io/kube-apiserver-client-kubelet"


@dataclass
class TemporaryMachine:
    """One of them. `handlers` are the runtimes that its kubelet reports, `drivers` the CSI drivers on it."""

    control_plane: ControlPlane
    guest: Guest
    cpu: str = "8"
    memory: str = "32Gi"
    handlers: tuple[str, ...] = ("kata-qemu-runtime-rs",)
    drivers: tuple[str, ...] = ("ru.yandex.s3.csi",)
    lease_seconds: int = LEASE_SECONDS
    process: Process | None = None
    off: threading.Event = field(default_factory=threading.Event)

    @property
    def arguments(self) -> dict[str, str]:
        words = self.guest.metadata[startup.KUBELET_ARGUMENTS].split()
        return dict(word.removeprefix("--").split("=", 1) for word in words)

    def boot(self) -> None:
        """Returns once it has joined, or was switched off before."""
        certificate = self.bootstrap()
        if certificate is None:
            return
        own = self.identity(certificate)
        own.create(self.node())
        own.patch(self.ref, {"status": self.status()}, subresource="status")
        self._install_driver()
        flags = [
            f"--manage-single-node={self.guest.name}",
            f"--node-ip={self.guest.internal_address}",
            f"--node-lease-duration-seconds={self.lease_seconds}",
        ]
        stages = [STAGES / "node.yaml", STAGES / "pod.yaml"]
        self.process = kwok(self.control_plane, f"machine-{self.guest.name}", stages, flags)
        if not self.off.is_set():
            self.process.start()

    def die(self) -> None:
        """Power off."""
        self.off.set()
        if self.process:
            self.process.kill()

    def bootstrap(self) -> bytes | None:
        """Key and certificate (PEM) of the node; None when it is switched off, or the request denied, before."""
        api = self.as_newcomer()
        key = ec.generate_private_key(ec.SECP256R1())
        made = api.create(request(self.guest.name, key))
        ref = Ref(*REQUEST, made["metadata"]["name"])

        def signed() -> bytes:
            status = api.get(ref).get("status", {})
            if self.off.is_set() or any(each["type"] == "Denied" for each in status.get("conditions", ())):
                return b"-"
            if "certificate" not in status:
                raise NotYetError(status)
            return base64.b64decode(status["certificate"])

        certificate = wait_for(f"{self.guest.name}'s certificate", signed, SIGNED_SECONDS)
        return None if certificate == b"-" else private_pem(key) + certificate

    def as_newcomer(self) -> Api:
        """The API as the join token opens it."""
        config = yaml.safe_load(self.guest.metadata[startup.BOOTSTRAP_KUBECONFIG])
        token = config["users"][0]["user"]["token"]
        server = config["clusters"][0]["cluster"]["server"]
        return Api(server, self._ca(), headers=[("Authorization", f"Bearer {token}")])

    def identity(self, pem: bytes) -> Api:
        """The API as this node."""
        folder = Path(tempfile.mkdtemp(dir=self.control_plane.folder))
        (folder / "node.pem").write_bytes(pem)
        return Api(self.control_plane.url, self.control_plane.ca, (folder / "node.pem", folder / "node.pem"))

    @property
    def ref(self) -> Ref:
        return Ref("v1", "Node", self.guest.name)

    def node(self) -> Json:
        """As kubelet registers it by its arguments."""
        given = self.arguments
        labels = dict(each.split("=", 1) for each in given["node-labels"].split(","))
        taints = [each.rpartition(":") for each in given["register-with-taints"].split(",")]
        return {
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {
                "name": given["hostname-override"],
                "labels": labels | {"kubernetes.io/hostname": self.guest.name},
            },
            "spec": {
                "providerID": given["provider-id"],
                "taints": [{"key": key.rstrip("="), "effect": effect} for key, _, effect in taints],
            },
        }

    def status(self) -> Json:
        room = {"cpu": self.cpu, "memory": self.memory, "pods": "110", "ephemeral-storage": "100Gi"}
        addresses = {"InternalIP": self.guest.internal_address, "Hostname": self.guest.name}
        return {
            "addresses": [{"type": kind, "address": address} for kind, address in addresses.items()],
            "capacity": room,
            "allocatable": room,
            "runtimeHandlers": [{"name": name} for name in self.handlers],
        }

    def _install_driver(self) -> None:
        drivers = [{"name": name, "nodeID": self.guest.name} for name in self.drivers]
        manifest = {"apiVersion": "storage.k8s.io/v1", "kind": "CSINode", "metadata": {"name": self.guest.name}}
        self.control_plane.api.apply(manifest | {"spec": {"drivers": drivers}})

    def _ca(self) -> Path:
        path = self.control_plane.folder / f"{self.guest.name}.ca.pem"
        path.write_text(self.guest.metadata[startup.CERTIFICATE_AUTHORITY])
        return path


def request(node: str, key: ec.EllipticCurvePrivateKey) -> Json:
    """What kubelet sends (pkg/kubelet/certificate/bootstrap)."""
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "system:nodes"),
            x509.NameAttribute(NameOID.COMMON_NAME, f"system:node:{node}"),
        ]
    )
    signed = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())
    pem = signed.public_bytes(serialization.Encoding.PEM)
    return {
        "apiVersion": REQUEST[0],
        "kind": REQUEST[1],
        "metadata": {"generateName": "node-csr-"},
        "spec": {
            "request": base64.b64encode(pem).decode(),
            "signerName": SIGNER,
            "usages": ["digital signature", "client auth"],
        },
    }


def private_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


class Temporary(Protocol):
    """The cloud's machines: the hooks of its double, and where they reach the API server."""

    @property
    def server(self) -> str: ...

    @property
    def processes(self) -> dict[str, Process]: ...

    def on_running(self, guest: Guest) -> None: ...

    def on_gone(self, guest: Guest) -> None: ...

    def stop(self) -> None: ...


class TemporaryMachines:
    """What runs in the cloud boots, what is gone there dies.

    `traits` are those of machines that boot from now on. `thief` is called with each before it joins, and with the API
    as its token opens it.
    """

    def __init__(self, control_plane: ControlPlane) -> None:
        self._control_plane = control_plane
        self.traits: dict[str, Any] = {}
        self.thief: Callable[[TemporaryMachine, Api], None] | None = None
        self.machines: dict[str, TemporaryMachine] = {}
        self.processes: dict[str, Process] = {}

    @property
    def server(self) -> str:
        return self._control_plane.url

    def on_running(self, guest: Guest) -> None:
        machine = TemporaryMachine(self._control_plane, guest, **self.traits)
        self.machines[guest.name] = machine
        try:
            if self.thief:
                self.thief(machine, machine.as_newcomer())
            machine.boot()
        except ApiError:
            if not machine.off.is_set():
                raise
        if machine.process:
            self.processes[machine.process.name] = machine.process

    def on_gone(self, guest: Guest) -> None:
        if machine := self.machines.get(guest.name):
            machine.die()

    def stop(self) -> None:
        for machine in self.machines.values():
            machine.die()
