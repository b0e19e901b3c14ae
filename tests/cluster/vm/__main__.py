"""`python -m tests.cluster.vm`: nodes that really boot, beside a control plane, until Ctrl-C."""

import argparse
import signal
import sys
import tempfile
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import msgspec

from homeground.facts import load
from homeground.platform import Platform
from homeground.problem import ProblemsError
from schemas.cluster import Node
from tests.cluster.api import Json
from tests.cluster.control_plane import ControlPlane
from tests.cluster.ports import Ports
from tests.cluster.tools import tool
from tests.cluster.vm import image
from tests.cluster.vm.bare_pod import bare_pod
from tests.cluster.vm.machine import VirtualMachine
from tests.cluster.wait import wait_for

POD_SECONDS = 90
FACTS = Path(__file__).with_name("facts")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.cluster.vm", description=__doc__)
    parser.add_argument("--nodes", type=int, default=1, help="how many to boot, one after another (1)")
    count = parser.parse_args().nodes
    if reason := image.missing():
        sys.stderr.write(f"no node can boot here: {reason}\n")
        return 1
    try:
        with tempfile.TemporaryDirectory(prefix="homeground-vm-") as folder, ExitStack() as stack:
            run(Path(folder), count, stack)
    except ProblemsError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("\nall of it is gone\n")
    return 0


def run(folder: Path, count: int, stack: ExitStack) -> None:
    """Boot them, say what to try, and wait for Ctrl-C."""
    progress = image.Progress("vm")
    progress("disk image: cached, or built in a minute and a half")
    disk = image.node_image()
    progress("control plane")
    control_plane = stack.enter_context(ControlPlane(folder, stack.enter_context(Ports())))
    facts = load(FACTS)
    platform = Platform.of(facts, facts.clusters[0])
    for node in named(platform.cluster.nodes[0], count):
        progress(f"{node.name}: power on")
        machine = stack.enter_context(VirtualMachine(control_plane, disk, platform, node))
        progress(f"{node.name}: joined and Ready, {machine.ready_after:.0f} s after power on")
        pod = bare_pod(f"server-on-{node.name}", node.name, min(machine.udp))
        control_plane.api.create(pod)
        wait_for(f"a pod on {node.name}", partial(runs, control_plane, pod), POD_SECONDS)
        progress(f"{node.name}: a game server runs on it, at udp 127.0.0.1:{min(machine.udp.values())}")
        sys.stdout.write(advice(machine))
    sys.stdout.write(f"\nexport KUBECONFIG={control_plane.kubeconfig}\n{tool('kubectl')} get nodes,pods -o wide\n")
    sys.stdout.flush()
    while True:
        signal.pause()


def runs(control_plane: ControlPlane, pod: Json) -> bool:
    return bool(control_plane.api.get(pod)["status"]["phase"] == "Running")


def named(node: Node, count: int) -> list[Node]:
    """Machines like that one; each has qemu's network to itself, so they may share its address."""
    return [msgspec.structs.replace(node, name=f"{node.name}-{number}") for number in range(1, count + 1)]


def advice(machine: VirtualMachine) -> str:
    return f"""
{machine.name}: try
  its console   tail -f {machine.console}
  as a player   echo hello | nc -u -w1 127.0.0.1 {min(machine.udp.values())}
  a hang        kill -STOP {machine.process.pid}; kill -CONT {machine.process.pid}
  its death     kill -KILL {machine.process.pid}
"""


if __name__ == "__main__":
    sys.exit(main())
