"""Sealed Secrets: secrets that may lie in Git, readable by this cluster's controller alone."""

from constructs import Construct

from homeground.app import App, AppProps
from homeground.helm_chart import release
from homeground.namespace import Namespace
from homeground.platform import Platform
from homeground.workload import Workload

NAMESPACE = "sealed-secrets"
CONTROLLER = Workload("sealed-secrets-controller", cpu=10, memory=32, limit=128)


class Secrets(App):
    """The controller. What it unseals belongs to the apps that use it."""

    def __init__(self, scope: Construct, platform: Platform) -> None:  # noqa: ARG002
        super().__init__(
            scope,
            AppProps(
                name="secrets",
                namespace=NAMESPACE,
                releases=[release("sealed-secrets", VALUES)],
                workloads=[CONTROLLER],
            ),
        )
        Namespace(self, "namespace", name=NAMESPACE, enforce="restricted")


VALUES = {
    "fullnameOverride": "sealed-secrets-controller",  # the name kubeseal looks for
    **CONTROLLER.placed(),
}
