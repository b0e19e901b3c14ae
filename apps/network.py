"""Calico, and what game servers may reach through it."""

from constructs import Construct

from homeground import installation
from homeground.app import App, AppProps, Sync
from homeground.helm_chart import release
from homeground.installation import CalicoInstallation
from homeground.namespace import Namespace
from homeground.platform import Platform
from homeground.tenant_policy import TenantPolicies
from homeground.workload import ALWAYS_ON_SELECTOR, Workload

NAMESPACE = "tigera-operator"
OPERATOR = Workload("tigera-operator", cpu=50, memory=96, limit=256)


class Network(App):
    """Not pruned and without a finalizer: without Calico nothing here, Argo CD included, reaches anything."""

    def __init__(self, scope: Construct, platform: Platform) -> None:
        replicas = platform.replicas
        super().__init__(
            scope,
            AppProps(
                name="network",
                namespace=NAMESPACE,
                releases=[release("crd.projectcalico.org.v1", {}), release("tigera-operator", VALUES)],
                sync=Sync(prune=False),
                workloads=[
                    OPERATOR,
                    installation.NODE,
                    installation.TYPHA,
                    installation.KUBE_CONTROLLERS,
                    installation.API_SERVER.times(replicas),
                ],
            ),
        )
        Namespace(self, "namespace", name=NAMESPACE, enforce="privileged")
        CalicoInstallation(
            self, "installation", pods=platform.cluster.network.pods, mtu=platform.mtu, replicas=replicas
        )
        TenantPolicies(self, "policies", api_servers=platform.api_servers, networks=platform.networks)


VALUES = {
    # Installation and APIServer are ours, Goldmane and Whisker not wanted; CRDs come from their own chart.
    "installation": {"enabled": False},
    "apiServer": {"enabled": False},
    "goldmane": {"enabled": False},
    "whisker": {"enabled": False},
    "manageCRDs": False,
    "nodeSelector": ALWAYS_ON_SELECTOR,  # tolerating every taint, it could sit on a dead home node for good
    "tolerations": [{"operator": "Exists"}],  # it makes the network that other pods' nodes wait for
    "resources": OPERATOR.resources(),
}
