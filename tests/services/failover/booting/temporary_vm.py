"""A machine of the cloud's double that really boots: images/node's join unit, and nothing else, makes it a node."""

from contextlib import ExitStack

import msgspec
import yaml

from homeground.platform import Platform
from tests.cluster.control_plane import ControlPlane
from tests.cluster.process import Process
from tests.cluster.vm.image import Image
from tests.cluster.vm.machine import HOST, Joining, VirtualMachine
from tests.doubles.gce.instance import Guest
from tests.program import ROOT
from tests.services.failover.metadata_server import MetadataServer

JOIN = ROOT / "images" / "node"
ADDRESS = "10.0.2.15"
"""Which qemu gives its guests."""

KUBELET_SETTINGS = "/etc/default/kubelet"
UNITS = "/etc/systemd/system"


class JoinUnit:
    """What an image of images/node has in it, and where a machine's metadata is."""

    def __init__(self, metadata_port: int) -> None:
        self._metadata = f"http://{HOST}:{metadata_port}"

    def files(self, url: str) -> dict[str, str]:  # noqa: ARG002
        return {
            "/usr/local/sbin/homeground-join": (JOIN / "homeground-join").read_text(),
            f"{UNITS}/homeground-join.service": (JOIN / "homeground-join.service").read_text(),
            "/etc/default/homeground-join": f"HOMEGROUND_METADATA={self._metadata}\n",
            f"{UNITS}/multi-user.target.d/join.conf": "[Unit]\nWants=homeground-join.service\n",
            # The disk of the other tests has kubelet enabled: here it starts when the join unit says so.
            f"{UNITS}/kubelet.service.d/join.conf": f"[Unit]\nConditionPathExists={KUBELET_SETTINGS}\n",
        }


class TemporaryVm(VirtualMachine):
    """It knows nothing of itself but what its metadata says."""

    def boot_files(self, join: Joining) -> dict[str, str]:
        files = super().boot_files(join)
        del files[KUBELET_SETTINGS]
        settings = yaml.safe_load(files["/etc/kubernetes/kubelet.yaml"])
        del settings["providerID"]
        return files | {"/etc/kubernetes/kubelet.yaml": yaml.safe_dump(settings)}


class TemporaryVms:
    """The hooks of the cloud's double."""

    def __init__(self, control_plane: ControlPlane, image: Image, platform: Platform) -> None:
        self._control_plane, self._image, self._platform = control_plane, image, platform
        self._stack = ExitStack()
        self.machines: dict[str, TemporaryVm] = {}

    @property
    def server(self) -> str:
        return f"https://{HOST}:{self._control_plane.port}"

    @property
    def processes(self) -> dict[str, Process]:
        return {each.process.name: each.process for each in self.machines.values()}

    def on_running(self, guest: Guest) -> None:
        metadata = self._stack.enter_context(MetadataServer(guest.metadata, ADDRESS))
        node = msgspec.structs.replace(self._platform.cluster.nodes[0], name=guest.name)
        machine = TemporaryVm(self._control_plane, self._image, self._platform, node)
        self.machines[guest.name] = machine
        machine.start(JoinUnit(metadata.port))

    def on_gone(self, guest: Guest) -> None:
        if machine := self.machines.get(guest.name):
            machine.die()

    def stop(self) -> None:
        for machine in self.machines.values():
            machine.die()
        self._stack.close()
