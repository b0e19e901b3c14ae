"""Load balancer addresses that MetalLB announces on a site's L2 segment."""

from collections.abc import Sequence

from homeground import labels
from homeground.app import WAVE
from homeground.manifest import Component, Manifest, ManifestChart


class AddressPool(Component):
    """An IPAddressPool and the L2Advertisement that announces it.

    The advertisement always selects nodes by site: all advertisements are united, so one without a selector
    would let a cloud node, which can't answer ARP, win the election and black-hole the address.
    """

    def __init__(
        self,
        scope: ManifestChart | Component,
        id: str,
        *,
        name: str,
        namespace: str,
        site: str,
        addresses: Sequence[str],
    ) -> None:
        super().__init__(scope, id)
        wave = {WAVE: "1"}
        pool = {"addresses": list(addresses), "autoAssign": True, "avoidBuggyIPs": False}
        self.emit(Manifest("metallb.io/v1beta1", "IPAddressPool", name, {"spec": pool}, namespace, annotations=wave))
        advertisement = {
            "ipAddressPools": [name],
            "nodeSelectors": [{"matchLabels": {labels.SITE: site}}],
        }
        self.emit(
            Manifest(
                "metallb.io/v1beta1", "L2Advertisement", name, {"spec": advertisement}, namespace, annotations=wave
            )
        )
