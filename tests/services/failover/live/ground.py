"""A control plane, home machines that can die, a cloud that can make others, Agones, and operators as processes."""

import os
import secrets
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from failover import words
from failover.record import API_VERSION, KIND
from tests.cluster.agones import Agones
from tests.cluster.api import Api, Json, Ref
from tests.cluster.control_plane import ControlPlane
from tests.cluster.machine import Machine, condition
from tests.cluster.ports import Ports
from tests.cluster.process import Process, Processes
from tests.cluster.wait import NotYetError, wait_for
from tests.doubles.agones.world import World
from tests.doubles.gce.cloud import Landscape
from tests.doubles.gce.double import GceDouble, in_thread
from tests.program import ROOT
from tests.services.failover.live.kubelet_port import KubeletPort
from tests.services.failover.live.temporary_machine import LEASE_SECONDS, Temporary, TemporaryMachines

PROJECT, ZONES = "homeground-test", ("asia-northeast1-b", "asia-northeast1-a")
MACHINE = "n2-standard-8"
CRD = ROOT / "services" / "failover" / "nodefailover.crd.yaml"
GRACE_SECONDS = 8
"""Without a heartbeat until a node is marked, instead of 50."""

BOOT_SECONDS = 0.5
TOKENS = "type=bootstrap.kubernetes.io/token"
DECISION: Json = {
    "cluster": "test",
    "places": [{"zone": zone, "machineType": MACHINE} for zone in ZONES],
    "suspectAfter": 3,
    "healthyDelay": 3,
    "calmDelay": 1,
    "settle": 1,
    "hedgeAfter": 30,
    "joinTimeout": 60,
    "temporaryGrace": 10,
    "backoff": 1,
    "runtimeHandler": "kata-qemu-runtime-rs",
    "storageDriver": "",
}


@dataclass
class Ground:
    """`machines` and `ports` are by the name of their node; a process of `groups` is many machines.

    What is started here ends with `stack`.
    """

    folder: Path
    control_plane: ControlPlane
    agones: Processes
    world: World
    gce: GceDouble
    temporary: Temporary
    stack: ExitStack
    machines: dict[str, Machine] = field(default_factory=dict)
    groups: dict[str, Process] = field(default_factory=dict)
    ports: dict[str, KubeletPort] = field(default_factory=dict)
    operators: dict[str, Process] = field(default_factory=dict)
    kubelet_port: int = 0

    @property
    def api(self) -> Api:
        return self.control_plane.api

    @property
    def processes(self) -> dict[str, Process]:
        return self.control_plane.processes | self.agones.processes | self.temporary.processes | self.operators

    @property
    def simulated(self) -> TemporaryMachines:
        """The cloud's machines, where they do not really boot."""
        assert isinstance(self.temporary, TemporaryMachines)
        return self.temporary

    # Home machines

    def add_machine(self, name: str, address: str, cpu: str = "4") -> Machine:
        machine = Machine(self.control_plane, home_node(name, address, cpu), lease_seconds=LEASE_SECONDS)
        self.machines[name] = machine
        self.stack.callback(machine.die)
        machine.start()
        self.ports[name] = self.stack.enter_context(KubeletPort(address, self.kubelet_port))
        return machine

    def die(self, name: str) -> None:
        """Power off: neither its kubelet nor its network says another word."""
        self.ports[name].fall_silent()
        self.machines[name].die()

    def revive(self, name: str) -> None:
        self.ports[name].answer()
        self.machines[name].revive()

    def revive_if_dead(self, name: str) -> None:
        if not self.machines[name].process.running:
            self.revive(name)

    # Operators

    def operator(self, name: str = "operator", **decision: Any) -> Process:
        """A process of the operator, started. `decision` wins over the quick settings of tests."""
        process = self.operators.get(name) or self._operator(name, decision)
        self.operators[name] = process
        return process.start()

    def _operator(self, name: str, decision: Mapping[str, Any]) -> Process:
        command: list[str | Path] = [
            *(sys.executable, "-m", "failover", "run"),
            *("--settings", self.settings_file(name, decision), "--kubeconfig", self.control_plane.kubeconfig),
        ]
        process = Process(name, command, self.folder)
        self.stack.callback(process.kill)
        return process

    def stop_operators(self) -> None:
        for process in self.operators.values():
            process.kill()
        self.operators.clear()

    @property
    def python_path(self) -> dict[str, str]:
        """For processes that are modules of the tests."""
        return {"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "constructs")])}

    def settings_file(self, name: str, decision: Mapping[str, Any] | None = None) -> Path:
        path = self.folder / f"{name}.yaml"
        path.write_text(yaml.safe_dump(self.settings(decision or {})))
        return path

    def settings(self, decision: Mapping[str, Any]) -> Json:
        return {
            "decision": DECISION | dict(decision),
            "namespace": "failover",
            "nodes": {name: {"address": port.address} for name, port in self.ports.items()},
            "probes": {"kubeletPort": self.kubelet_port, "bound": 0.6, "tries": 2},
            "leaderElection": False,
            "port": 0,
            "gce": {
                "project": PROJECT,
                "imageProject": PROJECT,
                "imageFamily": "node",
                "network": "homeground",
                "subnetwork": "asia-northeast1",
                "diskGb": 100,
                "site": "cloud",
                "server": self.temporary.server,
                "certificateAuthorityFile": str(self.control_plane.ca),
                "tokenKeyFile": str(self.folder / "token-key"),
                "api": self.gce.api,
            },
        }

    # What is there

    def record(self, node: str) -> Json:
        """The NodeFailover; empty as long as there is none."""
        return self.api.find(Ref(API_VERSION, KIND, node)) or {}

    def status(self, node: str) -> Json:
        found: Json = self.record(node).get("status", {})
        return found

    def node(self, name: str) -> Json:
        return self.api.get(Ref("v1", "Node", name))

    def is_ready(self, node: str) -> bool:
        return condition(self.node(node), "Ready").get("status") == "True"

    def servers(self, node: str = "", state: str = "") -> list[Json]:
        """GameServers of the test's namespace that are not on their way out."""
        return [
            each
            for each in self.api.list("agones.dev/v1", "GameServer", self.world.namespace)
            if "deletionTimestamp" not in each["metadata"]
            and (not node or each.get("status", {}).get("nodeName") == node)
            and (not state or each.get("status", {}).get("state") == state)
        ]

    def server(self, name: str) -> Json:
        return self.api.get(Ref("agones.dev/v1", "GameServer", name, self.world.namespace))

    def elsewhere(self, node: str) -> list[Json]:
        """Ready servers that are not on that node."""
        return [each for each in self.servers(state="Ready") if each["status"]["nodeName"] != node]

    def remove_fleets(self) -> None:
        for fleet in self.api.list("agones.dev/v1", "Fleet"):
            self.api.delete(fleet)

    def stands_in(self, home: str) -> bool:
        """An open machine that pods may go to."""
        attempts = self.status(home).get("attempts", ())
        names = [each["vmName"] for each in attempts if each.get("state") == "Open"]
        return bool(names) and not self.node(names[0])["spec"].get("taints")

    def is_clean(self) -> bool:
        """Nothing of any failover is left anywhere."""
        records = self.api.list(API_VERSION, KIND)
        open_ = [each["metadata"]["name"] for each in records if each.get("status", {}).get("open")]
        tokens = [each["metadata"]["name"] for each in self.api.list("v1", "Secret", "kube-system", fields=TOKENS)]
        nodes = [each for each in self.api.list("v1", "Node") if _is_touched(each)]
        left = {"open": open_, "machines": self.instances(), "nodes": self.temporary_nodes(), "tokens": tokens}
        left["touched"] = [each["metadata"]["name"] for each in nodes]
        if any(left.values()):
            raise NotYetError(left)
        return True

    def instances(self) -> list[str]:
        """Names of the cloud's machines."""
        return self.gce.do(lambda: sorted(each.name for each in self.gce.cloud.instances.values()))

    def temporary_nodes(self) -> list[str]:
        names = (each["metadata"]["name"] for each in self.api.list("v1", "Node"))
        return sorted(name for name in names if name.startswith(words.PREFIX))

    def wait_phase(self, node: str, phase: str, seconds: float = 240) -> Json:
        """Its status, once it is in that phase."""

        def reached() -> Json | None:
            for process in self.operators.values():
                process.check()
            status = self.status(node)
            if status.get("phase") == phase:
                return status
            raise LookupError(f"{status.get('phase')}: {status.get('attempts')}")

        return wait_for(f"{node} to be {phase}", reached, seconds)


def _is_touched(node: Json) -> bool:
    """Whether a taint or a cordon of ours is on it."""
    taints = {each["key"] for each in node["spec"].get("taints", ())}
    notes = node["metadata"].get("annotations", {})
    return bool(taints & {words.OUT_OF_SERVICE, words.QUARANTINE}) or words.CORDON in notes


def home_node(name: str, address: str, cpu: str) -> Json:
    """A permanent node that plays games."""
    room = {"cpu": cpu, "memory": "16Gi", "pods": "110", "ephemeral-storage": "100Gi"}
    labels = {words.RUNNER: "true", words.SITE: "home", "kubernetes.io/hostname": name}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": labels},
        "spec": {},
        "status": {
            "addresses": [{"type": "InternalIP", "address": address}, {"type": "Hostname", "address": name}],
            "capacity": room,
            "allocatable": room,
        },
    }


def quick_agones(control_plane: ControlPlane) -> Agones:
    return Agones(control_plane, batch_wait="10ms")


@contextmanager
def ground(
    folder: Path,
    ports: Ports,
    *,
    temporary: Callable[[ControlPlane], Temporary] = TemporaryMachines,
    agones: Callable[[ControlPlane], Processes] = quick_agones,
    grace_seconds: int = GRACE_SECONDS,
) -> Iterator[Ground]:
    """`temporary` is what the cloud's machines are. No operator runs yet, and no machine at home."""
    flags = (f"--node-monitor-grace-period={grace_seconds}s", "--node-monitor-period=1s")
    with ExitStack() as stack:
        control_plane = stack.enter_context(ControlPlane(folder, ports, controller_manager_flags=flags))
        api = control_plane.api
        running = stack.enter_context(agones(control_plane))
        api.apply(yaml.safe_load(CRD.read_text()))
        api.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "failover"}})
        api.apply(BOOTSTRAPPERS)
        (folder / "token-key").write_text(secrets.token_hex(32))
        (folder / "token-key").chmod(0o440)
        machines = temporary(control_plane)
        stack.callback(machines.stop)
        double = GceDouble(
            Landscape(project=PROJECT, zones=ZONES, families=(f"{PROJECT}/node",), boot_seconds=BOOT_SECONDS),
            on_running=machines.on_running,
            on_gone=machines.on_gone,
        )
        gce = stack.enter_context(in_thread(double))
        world = World(control_plane, running).in_namespace("games")
        wait_for("NodeFailovers to be served", lambda: api.list(API_VERSION, KIND) is not None, 30)
        made = Ground(folder, control_plane, running, world, gce, machines, stack)
        made.kubelet_port = ports.take()
        yield made


BOOTSTRAPPERS: Json = {
    "apiVersion": "rbac.authorization.k8s.io/v1",
    "kind": "ClusterRoleBinding",
    "metadata": {"name": "homeground-failover-bootstrappers"},
    "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "system:node-bootstrapper"},
    "subjects": [
        {
            "apiGroup": "rbac.authorization.k8s.io",
            "kind": "Group",
            "name": "system:bootstrappers:homeground-failover",
        }
    ],
}
