"""MetalLB: public addresses at home, announced by any machine of the site that can answer ARP."""

from constructs import Construct

from homeground import labels
from homeground.address_pool import AddressPool
from homeground.app import App, AppProps, Sync
from homeground.helm_chart import release
from homeground.namespace import Namespace
from homeground.platform import Platform
from homeground.workload import Workload

NAMESPACE = "metallb-system"
CONTROLLER = Workload("metallb-controller", cpu=20, memory=64)
SPEAKER = Workload("metallb-speaker", cpu=20, memory=64, runs_on="announcers")


class LoadBalancer(App):
    """The controller, speakers at the sites that have a pool, and the pools."""

    def __init__(self, scope: Construct, platform: Platform) -> None:
        pools = platform.cluster.address_pools
        site = pools[0].site if pools else ""
        super().__init__(
            scope,
            AppProps(
                name="loadbalancer",
                namespace=NAMESPACE,
                releases=[release("metallb", values(site))],
                workloads=[CONTROLLER, SPEAKER],
                sync=Sync(
                    # The webhook denies pools that overlap only for a moment, and would wedge a server-side diff.
                    compare_options="ServerSideDiff=false",
                    ignore_differences=[
                        {
                            "group": "admissionregistration.k8s.io",
                            "kind": "ValidatingWebhookConfiguration",
                            "name": "metallb-webhook-configuration",
                            "jqPathExpressions": [".webhooks[]?.clientConfig.caBundle"],
                        }
                    ],
                ),
            ),
        )
        Namespace(self, "namespace", name=NAMESPACE, enforce="privileged")
        for pool in pools:
            AddressPool(self, pool.name, name=pool.name, namespace=NAMESPACE, site=pool.site, addresses=pool.addresses)


def values(site: str) -> dict[str, object]:
    """L2 only: no FRR. Speakers stay at the site, which also keeps memberlist's port off the link to the cloud."""
    return {
        "crds": {"enabled": True},
        "frrk8s": {"enabled": False},
        "controller": CONTROLLER.placed(),
        "speaker": {
            "frr": {"enabled": False},
            "nodeSelector": {labels.SITE: site},
            "resources": SPEAKER.resources(),
        },
    }
