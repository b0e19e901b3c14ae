"""A node that really boots: qemu without KVM, systemd, containerd, kubelet. It can die, hang and be cut off."""

import io
import os
import tarfile
import time
import uuid
from pathlib import Path
from typing import Protocol, Self

from homeground import labels, quantity
from homeground.platform import Platform
from schemas.cluster import Node
from tests.cluster.api import Json
from tests.cluster.control_plane import ControlPlane
from tests.cluster.machine import condition
from tests.cluster.process import Process
from tests.cluster.vm import container_image, kubelet
from tests.cluster.vm.guest_agent import GuestAgent
from tests.cluster.vm.image import Image
from tests.cluster.vm.join import Join
from tests.cluster.vm.node_configuration import BOOTSTRAP_KUBECONFIG, NodeConfiguration
from tests.cluster.vm.qemu_socket import QemuSocket
from tests.cluster.wait import wait_for

HOST = "10.0.2.2"
"""The host's loopback, as a guest of qemu's user-mode network sees it."""

READY_SECONDS = 420  # to give up after. Measured: 35 s alone, 184 s beside an Argo CD that syncs a whole cluster
NICENESS = -5
NETWORK = "net"
KERNEL = "console=hvc0 root=/dev/vda rw quiet mitigations=off"
# qemu 7.2 spoils the flags of cmpxchg16b, so the kernel's allocator faults; with BMI and fsgsbase no node ever joined.
# And without `max`'s vector units and five-level page tables a node boots in two thirds of the time.
CPU = "qemu64,-cx16,-svm,+rdrand"


class Joining(Protocol):
    """What a machine brings along to join by."""

    def files(self, url: str) -> dict[str, str]:
        """Text by absolute path; `url` is the API server's as the node sees it."""


class VirtualMachine:
    """A machine of the facts. A context manager: inside it the node is Ready, after it the machine is gone.

    `udp[port]` is the port of 127.0.0.1 that leads to a game port of the node; `ready_after` is seconds from power on,
    `computed` what it took of them to compute.
    """

    def __init__(self, control_plane: ControlPlane, image: Image, platform: Platform, node: Node) -> None:
        self.name, self._node = node.name, node
        self._control_plane, self._image = control_plane, image
        self.configuration = NodeConfiguration.of(platform, node)
        self._name = f"vm-{self.name}"
        self.folder = control_plane.folder / self._name
        self.udp = {port: control_plane.ports.take() for port in platform.cluster.game_ports.ports}
        self._kubelet_port = control_plane.ports.take()
        client = control_plane.authority.client(f"{self.name}-administrator", ["system:masters"])
        self.kubelet = kubelet.Kubelet(self._kubelet_port, client)
        self.agent = GuestAgent(self.folder / "agent.sock")
        self._qmp = QemuSocket(self.folder / "qmp.sock", greeting=True)
        self.process = Process(self._name, self._command(), self.folder)
        self.processes = {self.process.name: self.process}
        self.ready_after = self.computed = 0.0

    def __enter__(self) -> Self:
        power_on = time.monotonic()
        try:
            with Join(self._control_plane, self.name) as join:
                self.start(join)
                join.wait(READY_SECONDS, self.process.check)
            self.wait_ready()
        except BaseException:
            self.die()
            raise
        self.ready_after, self.computed = time.monotonic() - power_on, self.process.cpu_seconds
        return self

    def __exit__(self, *_: object) -> None:
        self.die()

    def start(self, join: Joining) -> None:
        """Power on, with what `join` has for it. Somebody is to answer the node's request then."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._boot_files.write_bytes(self._boot_archive(join))
        self.process.start()
        go_first(self.process.pid)

    def wait_ready(self) -> None:
        wait_for(f"node {self.name} to be Ready; its console is {self.process.log}", self.is_ready, READY_SECONDS)

    def is_ready(self) -> bool:
        """Its Ready condition is True, and the taint that says otherwise is lifted."""
        self.process.check()
        node = self.node()
        taints = {taint["key"] for taint in node["spec"].get("taints", ())}
        return condition(node, "Ready").get("status") == "True" and not taints & set(labels.PARTITION_TAINTS)

    def node(self) -> Json:
        return self._control_plane.api.call("GET", f"/api/v1/nodes/{self.name}")

    def die(self) -> None:
        """Power off: nothing of it says another word."""
        self.process.kill()

    def hang(self) -> None:
        """Stop it where it stands: its connections stay open, and time goes on without it."""
        self.process.freeze()

    def wake(self) -> None:
        self.process.thaw()

    def cut_off(self) -> None:
        """Pull the network cable: what runs on it runs on."""
        self._qmp.call("set_link", name=NETWORK, up=False)

    def reconnect(self) -> None:
        self._qmp.call("set_link", name=NETWORK, up=True)

    @property
    def _boot_files(self) -> Path:
        return self.folder / "boot.tar"

    def boot_files(self, join: Joining) -> dict[str, str]:
        """Text of each file that makes the image this node, by absolute path."""
        url = f"https://{HOST}:{self._control_plane.port}"
        return self.configuration.files() | join.files(url) | {"/etc/machine-id": f"{uuid.uuid4().hex}\n"}

    def _boot_archive(self, join: Joining) -> bytes:
        """A tar archive, laid over the root file system before systemd starts (initramfs.py)."""
        files = {name: text.encode() for name, text in self.boot_files(join).items()}
        files["/var/lib/homeground/images.tar"] = container_image.archive(self._image)
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w") as tar:
            for name, content in files.items():
                entry = tarfile.TarInfo(name.lstrip("/"))
                entry.size, entry.mode = len(content), _mode(name, content)
                tar.addfile(entry, io.BytesIO(content))
        return out.getvalue()

    def _command(self) -> list[str | Path]:
        forwards = [f"udp:127.0.0.1:{here}-:{there}" for there, here in self.udp.items()]
        forwards.append(f"tcp:127.0.0.1:{self._kubelet_port}-:{kubelet.PORT}")
        network = ["user", f"id={NETWORK}", "ipv6=off", *(f"hostfwd={forward}" for forward in forwards)]
        return [
            *("qemu-system-x86_64", "-accel", "tcg,thread=multi", "-cpu", CPU, "-smp", str(self._node.cpu)),
            *("-m", f"{quantity.mebibytes(self._node.memory)}M"),
            *("-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"),
            *("-kernel", self._image.kernel, "-initrd", self._image.initramfs, "-append", KERNEL),
            # What is written goes to a file that qemu has unlinked already: the cached disk stays as built.
            *("-drive", f"file={self._image.disk},format=raw,if=virtio,snapshot=on"),
            *("-drive", f"file={self._boot_files},format=raw,if=virtio,readonly=on"),
            *("-netdev", ",".join(network), "-device", f"virtio-net-pci,netdev={NETWORK},romfile="),
            *("-device", "virtio-serial-pci"),
            *("-chardev", f"file,id=console,append=on,path={self.folder / self._name}.log"),
            *("-device", "virtconsole,chardev=console"),
            *("-chardev", f"socket,id=agent,path={self.folder / 'agent.sock'},server=on,wait=off"),
            *("-device", "virtserialport,chardev=agent,name=org.qemu.guest_agent.0"),
            *("-qmp", f"unix:{self.folder / 'qmp.sock'},server=on,wait=off"),
        ]


def _mode(name: str, content: bytes) -> int:
    if name == BOOTSTRAP_KUBECONFIG:
        return 0o600
    return 0o755 if content.startswith(b"#!") else 0o644


def go_first(pid: int) -> None:
    """Three times the share of a process beside it: booting is half a minute of computing within a time limit.

    A session of its own is an autogroup where the kernel has those, and then niceness counts within it alone.
    """
    os.setpriority(os.PRIO_PROCESS, pid, NICENESS)
    autogroup = Path(f"/proc/{pid}/autogroup")
    if autogroup.exists():
        autogroup.write_text(str(NICENESS))
