"""Addresses that players can reach."""

from collections.abc import Iterator
from ipaddress import ip_address

from homeground.platform import Platform
from homeground.problem import Problem


def runners_are_reachable(platform: Platform) -> Iterator[Problem]:
    """A runner behind NAT has a public endpoint: Agones hands out the address its Node object shows."""
    for index, node in enumerate(platform.cluster.nodes):
        hidden = not ip_address(node.address).is_global
        if "runner" in node.roles and hidden and not node.public_endpoint:
            expected = f"the address where players reach {node.name}: {node.address} is private"
            yield platform.source.problem(("nodes", index, "publicEndpoint"), "nothing", expected)
