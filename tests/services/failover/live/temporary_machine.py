"""A machine that the cloud's double "boots": the real TLS bootstrap with what its start-up data holds, then kwok.

What kubelet does, in kubelet's order: ask for a certificate with the token, wait until it is signed, register the Node
with that certificate, under the real NodeRestriction. From then on it lives as the other simulated machines do.
"""

import base64
import tempfile
import threading
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from failover import startup
from tests.cluster.api import Api, ApiError, Json, Ref
from tests.cluster.control_plane import ControlPlane
from tests.cluster.machine import LEASE_SECONDS, STAGES, kwok
from tests.cluster.process import Process
from tests.cluster.wait import NotYetError, wait_for
from tests.doubles.gce.instance import Guest

SIGNED_SECONDS = 60
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
            f"--node-lease-duration-seconds={LEASE_SECONDS}",
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
        config = yaml.safe_load(self.guest.metadata[startup.BOOTSTRAP_KUBECONFIG])
        token = config["users"][0]["user"]["token"]
        api = Api(
            config["clusters"][0]["cluster"]["server"], self._ca(), headers=[("Authorization", f"Bearer {token}")]
        )
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


class TemporaryMachines:
    """The hooks of the cloud's double: what runs there boots, what is gone there dies."""

    def __init__(self, control_plane: ControlPlane, **traits: object) -> None:
        self._control_plane, self._traits = control_plane, traits
        self.machines: dict[str, TemporaryMachine] = {}
        self.processes: dict[str, Process] = {}

    def on_running(self, guest: Guest) -> None:
        machine = TemporaryMachine(self._control_plane, guest, **self._traits)  # type: ignore[arg-type]
        self.machines[guest.name] = machine
        try:
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
