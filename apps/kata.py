"""Kata Containers: each match in a micro-VM of its own."""

from constructs import Construct

from homeground import labels
from homeground.app import App, AppProps
from homeground.helm_chart import release
from homeground.namespace import Namespace
from homeground.platform import Platform
from homeground.runtime_class import RuntimeClass
from homeground.workload import Workload

NAMESPACE = "kata-system"
DEPLOY = Workload("kata-deploy", cpu=25, memory=16, runs_on="runners")
SHIM = labels.RUNTIME_CLASS.removeprefix("kata-")


class Kata(App):
    """The runtime on every runner, and the RuntimeClass. On a trusted cluster only the class, with runc."""

    def __init__(self, scope: Construct, platform: Platform) -> None:
        isolation = platform.cluster.isolation
        kata = isolation == "kata"
        super().__init__(
            scope,
            AppProps(
                name="kata",
                namespace=NAMESPACE,
                releases=[release("kata-deploy", VALUES)] if kata else [],
                workloads=[DEPLOY] if kata else [],
            ),
        )
        if kata:
            Namespace(self, "namespace", name=NAMESPACE, enforce="privileged")
        RuntimeClass(self, "runtime-class", name=labels.RUNTIME_CLASS, isolation=isolation)


VALUES = {
    "deploymentMode": "daemonset",  # a job would never see a failover VM join
    "k8sDistribution": "k8s",
    "nodeSelector": {labels.RUNNER: "true"},  # installing restarts containerd: never on the control plane
    "tolerations": [{"operator": "Exists"}],  # runners join with the start-up taint, temporary ones in quarantine
    "startupTaints": [f"{labels.KATA_STARTUP}:NoSchedule"],
    "snapshotter": {"setup": []},
    "shims": {"disableAll": True, SHIM: {"enabled": True, "allowedHypervisorAnnotations": []}},
    "defaultShim": {"amd64": SHIM},
    "runtimeClasses": {"enabled": False, "createDefault": False},  # ours has the same name
}
