"""cert-manager: certificates for webhooks and aggregated APIs, so that no chart makes new ones at every render."""

from constructs import Construct

from homeground.app import App, AppProps
from homeground.helm_chart import release
from homeground.namespace import Namespace
from homeground.platform import Platform
from homeground.workload import Workload

NAMESPACE = "cert-manager"
CONTROLLER = Workload("cert-manager", cpu=20, memory=64, limit=192)
WEBHOOK = Workload("cert-manager-webhook", cpu=10, memory=32, limit=96)
CA_INJECTOR = Workload("cert-manager-cainjector", cpu=10, memory=96, limit=256)


class Certificates(App):
    """The chart; the certificates themselves belong to the apps that serve with them."""

    def __init__(self, scope: Construct, platform: Platform) -> None:  # noqa: ARG002
        super().__init__(
            scope,
            AppProps(
                name="certificates",
                namespace=NAMESPACE,
                releases=[release("cert-manager", VALUES)],
                workloads=[CONTROLLER, WEBHOOK, CA_INJECTOR],
            ),
        )
        Namespace(self, "namespace", name=NAMESPACE, enforce="restricted")


VALUES = {
    "crds": {"enabled": True},
    "global": {"leaderElection": {"namespace": NAMESPACE}},  # else its Roles land in kube-system
    **CONTROLLER.placed(),
    "webhook": WEBHOOK.placed(),
    "cainjector": CA_INJECTOR.placed(),
    "startupapicheck": {"enabled": False},  # a hook Job that only waits
}
