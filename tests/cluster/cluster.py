"""A whole cluster of clusters/*.yaml: control plane, a simulated machine per node, what the charts bring, Argo CD."""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Self

from homeground.facts import load
from homeground.platform import Platform
from tests.cluster import crds
from tests.cluster.agones import Agones
from tests.cluster.argocd import ArgoCD
from tests.cluster.control_plane import ControlPlane
from tests.cluster.machine import STAGES, Machine, kwok
from tests.cluster.ports import Ports
from tests.cluster.process import Process
from tests.cluster.repository import Repository
from tests.program import ROOT

NOBODY = "--manage-nodes-with-label-selector=homeground.dev/nobody=true"
"""For a kwok process that plays custom resources, and no node."""

QUOTA_PERIOD = "--resource-quota-sync-period=5s"
"""Of a quota made within 30 s of the CRD whose objects it counts, the controller learns at its next period. Until then
the quota refuses them ("status unknown for quota"): five minutes on a cluster with the default."""


def _silent(_: str) -> None:
    pass


class Cluster:
    """A context manager; inside it everything runs, and Argo CD waits for `argocd.begin()`.

    `facts` holds clusters/ and games/. `with_charts=False` leaves out what the charts bring until `install_charts`.
    `progress` is told of each step before it begins. `folder` takes all state and logs.
    """

    def __init__(
        self,
        folder: Path,
        name: str,
        facts: Path = ROOT,
        *,
        with_charts: bool = True,
        progress: Callable[[str], None] = _silent,
    ) -> None:
        self.folder, self.name, self._with_charts, self._progress = folder, name, with_charts, progress
        self.repository = Repository(folder, name, facts)
        loaded = load(self.repository.source)
        self.platform = Platform.of(loaded, next(c for c in loaded.clusters if c.value.name == name))
        self.processes: dict[str, Process] = {}
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self._start(stack)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def install_charts(self) -> None:
        """What Argo CD would have helm render: CRDs, Agones, and the controllers that report health."""
        self._install_charts(self._stack)

    def _start(self, stack: ExitStack) -> None:
        self._progress("control plane: etcd, kube-apiserver, kube-controller-manager, kube-scheduler")
        self.ports = stack.enter_context(Ports())
        network = self.platform.cluster.network
        self.control_plane = stack.enter_context(
            ControlPlane(
                self.folder,
                self.ports,
                controller_manager_flags=[QUOTA_PERIOD],
                cluster_cidr=network.pods,
                service_network=network.services,
            )
        )
        self.api = self.control_plane.api
        self.processes |= self.control_plane.processes
        nodes = self.platform.cluster.nodes
        self._progress(f"machines: {', '.join(f'{n.name} ({n.cpu} CPU, {n.memory}, {n.site})' for n in nodes)}")
        self.machines = {node.name: Machine.of(self.control_plane, self.platform, node) for node in nodes}
        for machine in self.machines.values():
            stack.callback(machine.die)
            machine.start()
            self.processes[machine.process.name] = machine.process
        # Not with the charts: without it no app that has such a Service is ever well.
        addresses = kwok(self.control_plane, "loadbalancer", [STAGES / "loadbalancer.yaml"], [NOBODY])
        stack.callback(addresses.kill)
        self.processes["loadbalancer"] = addresses.start()
        if self._with_charts:
            self._install_charts(stack)
        self._progress("Argo CD: redis, repo-server, application-controller")
        self.argocd = stack.enter_context(ArgoCD(self.control_plane, self.repository))
        self.processes |= self.argocd.processes

    def _install_charts(self, stack: ExitStack) -> None:
        self._progress("what the charts bring: CRDs, Agones, cert-manager")
        crds.install(self.api, crds.of_all_charts())
        # A Stage on a custom resource works only if its CRD was there when kwok started.
        cert_manager = kwok(
            self.control_plane,
            "cert-manager",
            [STAGES / "cert-manager.yaml", STAGES / "metallb.yaml"],
            [NOBODY],
        )
        stack.callback(cert_manager.kill)
        self.processes["cert-manager"] = cert_manager.start()
        self.agones = stack.enter_context(Agones(self.control_plane, self.platform))
        self.processes |= self.agones.processes
