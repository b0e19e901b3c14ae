"""Commands on a node through qemu's guest agent: without its network, so also while it is cut off."""

import base64
from pathlib import Path

from tests.cluster.api import Json
from tests.cluster.vm.qemu_socket import QemuSocket
from tests.cluster.wait import wait_for

RUN_SECONDS = 60


class GuestAgent:
    """The agent of one machine, by the socket that qemu opened for it."""

    def __init__(self, socket: Path) -> None:
        self._socket = QemuSocket(socket, greeting=False)

    def run(self, command: str) -> str:
        """What a shell command on the node prints. Raises RuntimeError if it fails."""
        arguments = {"path": "/bin/sh", "arg": ["-c", command], "capture-output": True}
        pid = self._socket.call("guest-exec", **arguments)["pid"]
        done = wait_for(f"{command!r} to end on the node", lambda: self._ended(pid), RUN_SECONDS)
        out, err = (base64.b64decode(done.get(name, "")).decode() for name in ("out-data", "err-data"))
        if done["exitcode"]:
            raise RuntimeError(f"{command!r} ended with {done['exitcode']}: {out}{err}")
        return out

    def _ended(self, pid: int) -> Json | None:
        status: Json = self._socket.call("guest-exec-status", pid=pid)
        return status if status["exited"] else None
