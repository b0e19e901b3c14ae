"""Addresses that MetalLB announces, from one site and never from a cloud."""

from homeground.address_pool import AddressPool
from homeground.manifest import ManifestChart


def test_a_pool_is_announced_by_the_nodes_of_its_site_only(chart: ManifestChart) -> None:
    addresses = ["163.220.236.56/32", "163.220.236.60-163.220.236.62"]
    AddressPool(chart, "pool", name="public", namespace="metallb-system", site="home", addresses=addresses)
    metadata = {
        "name": "public",
        "namespace": "metallb-system",
        "annotations": {"argocd.argoproj.io/sync-wave": "1"},  # after the controller whose webhook judges them
    }
    assert chart.to_json() == [
        {
            "apiVersion": "metallb.io/v1beta1",
            "kind": "IPAddressPool",
            "metadata": metadata,
            "spec": {"addresses": addresses, "autoAssign": True, "avoidBuggyIPs": False},
        },
        {
            "apiVersion": "metallb.io/v1beta1",
            "kind": "L2Advertisement",
            "metadata": metadata,
            "spec": {
                "ipAddressPools": ["public"],
                "nodeSelectors": [{"matchLabels": {"homeground.dev/site": "home"}}],
            },
        },
    ]
