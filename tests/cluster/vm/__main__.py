"""`python -m tests.cluster.vm`: nodes that really boot, beside a control plane, until Ctrl-C."""

import argparse
import signal
import sys
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import msgspec

from homeground.problem import ProblemsError
from schemas.cluster import Node
from tests.cluster.api import Json
from tests.cluster.control_plane import ControlPlane
from tests.cluster.ports import Ports
from tests.cluster.tools import tool
from tests.cluster.vm import image
from tests.cluster.vm.bare_pod import bare_pod
from tests.cluster.vm.emulated import emulated
from tests.cluster.vm.machine import VirtualMachine
from tests.cluster.wait import wait_for

POD_SECONDS = 90
COMMANDS = {
    "die": VirtualMachine.die,
    "hang": VirtualMachine.hang,
    "wake": VirtualMachine.wake,
    "cut-off": VirtualMachine.cut_off,
    "reconnect": VirtualMachine.reconnect,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.cluster.vm", description=__doc__)
    parser.add_argument("--nodes", type=int, default=1, help="how many to boot, one after another (1)")
    count = parser.parse_args().nodes
    if reason := image.missing():
        sys.stderr.write(f"no node can boot here: {reason}\n")
        return 1
    for ending in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, lambda *_: sys.exit(1))
    try:
        with tempfile.TemporaryDirectory(prefix="homeground-vm-", ignore_cleanup_errors=True) as folder:
            run(Path(folder), count)
    except ProblemsError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        sys.stdout.write("\nended; nothing is left of it\n")
    return 0


def run(folder: Path, count: int) -> None:
    """Boot them, say what to try, and do what is typed until Ctrl-C."""
    progress = image.Progress("vm")
    progress("disk image: cached, or built in a minute and a half")
    disk = image.node_image()
    with ExitStack() as stack:
        progress("control plane")
        control_plane = stack.enter_context(ControlPlane(folder, stack.enter_context(Ports())))
        platform, machines = emulated(), {}
        for node in named(platform.cluster.nodes[0], count):
            progress(f"{node.name}: power on")
            machine = stack.enter_context(VirtualMachine(control_plane, disk, platform, node))
            machines[node.name] = machine
            progress(f"{node.name}: joined and Ready, {machine.ready_after:.0f} s after power on")
            play(control_plane, machine)
            progress(f"{node.name}: a game server runs on it")
        sys.stdout.write(advice(control_plane, machines))
        sys.stdout.flush()
        obey(machines)


def named(node: Node, count: int) -> list[Node]:
    """Machines like that one; each has qemu's network to itself, so they may share its address."""
    return [msgspec.structs.replace(node, name=f"{node.name}-{number}") for number in range(1, count + 1)]


def play(control_plane: ControlPlane, machine: VirtualMachine) -> None:
    """Run a game server on it."""
    pod = bare_pod(f"server-on-{machine.name}", machine.name, min(machine.udp))
    control_plane.api.create(pod)
    wait_for(f"a pod on {machine.name}", partial(runs, control_plane, pod), POD_SECONDS)


def runs(control_plane: ControlPlane, pod: Json) -> bool:
    return bool(control_plane.api.get(pod)["status"]["phase"] == "Running")


def advice(control_plane: ControlPlane, machines: Mapping[str, VirtualMachine]) -> str:
    lines = ["", "Try, in another terminal:", f"  export KUBECONFIG={control_plane.kubeconfig}"]
    lines.append(f"  {tool('kubectl')} get nodes,pods -o wide --watch")
    for name, machine in machines.items():
        port = min(machine.udp.values())
        player = f"exec 3<>/dev/udp/127.0.0.1/{port}; echo hello >&3; timeout 1 cat <&3"
        lines.append(f"  bash -c '{player}'    # a player of {name}'s server")
        lines.append(f"  tail -f {machine.process.log}    # {name}'s console")
    lines.append(f"Type {', '.join(COMMANDS)} and a node's name; Ctrl-C ends it all.\n")
    return "\n".join(lines)


def obey(machines: Mapping[str, VirtualMachine]) -> None:
    """Typed commands, such as `cut-off booted-1`; without a terminal only Ctrl-C is left."""
    for line in sys.stdin:
        command, _, name = line.strip().partition(" ")
        if command in COMMANDS and name in machines:
            COMMANDS[command](machines[name])
        elif command:
            sys.stdout.write(f"one of {', '.join(COMMANDS)}, and one of {', '.join(machines)}\n")
    while True:
        signal.pause()


if __name__ == "__main__":
    sys.exit(main())
