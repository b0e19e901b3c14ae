"""Addresses: one meaning each, everywhere packets may go."""

from collections.abc import Iterator
from contextlib import suppress
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
    summarize_address_range,
)
from itertools import combinations

from homeground.platform import Platform
from homeground.problem import Problem
from homeground.source import FieldPath

Network = IPv4Network | IPv6Network


def _written(platform: Platform) -> Iterator[tuple[FieldPath, str]]:
    network = platform.cluster.network
    yield ("network", "pods"), network.pods
    yield ("network", "services"), network.services
    for index, site in enumerate(platform.cluster.sites):
        for number, cidr in enumerate(site.networks):
            yield ("sites", index, "networks", number), cidr


def pool_networks(text: str) -> list[Network]:
    """An address pool's entry, CIDR or `first-last`, as networks. Raises ValueError."""
    first, dash, last = text.partition("-")
    if not dash:
        return [ip_network(text)]
    ends = ip_address(first.strip()), ip_address(last.strip())
    return list(summarize_address_range(*ends))


def are_valid(platform: Platform) -> Iterator[Problem]:
    """Every CIDR is a network, every address an address."""
    for path, cidr in _written(platform):
        try:
            ip_network(cidr)
        except ValueError as error:
            yield platform.source.problem(path, cidr, f"a network in CIDR notation ({error})")
    for index, node in enumerate(platform.cluster.nodes):
        try:
            ip_address(node.address)
        except ValueError as error:
            yield platform.source.problem(("nodes", index, "address"), node.address, f"an IP address ({error})")
    for index, pool in enumerate(platform.cluster.address_pools):
        for number, text in enumerate(pool.addresses):
            try:
                pool_networks(text)
            except (ValueError, TypeError) as error:
                expected = f"a CIDR or a range first-last ({error})"
                yield platform.source.problem(("addressPools", index, "addresses", number), text, expected)


def pods_are_ipv4(platform: Platform) -> Iterator[Problem]:
    """Pods and Services have IPv4 networks, and every node gets a block of 64 pod addresses (Calico's /26)."""
    network = platform.cluster.network
    for field, cidr in (("pods", network.pods), ("services", network.services)):
        if ip_network(cidr).version != 4:
            yield platform.source.problem(("network", field), cidr, "an IPv4 network: dual stack is not supported yet")
    room = ip_network(network.pods)
    if room.version == 4 and room.num_addresses < 64 * 2 * len(platform.cluster.nodes):
        expected = f"at least {64 * 2 * len(platform.cluster.nodes)} addresses, two blocks of 64 a node"
        yield platform.source.problem(("network", "pods"), network.pods, expected)


def do_not_overlap(platform: Platform) -> Iterator[Problem]:
    """Pods, services and sites have networks of their own: an address must not mean two machines."""
    for (path, cidr), (_, other) in combinations(_written(platform), 2):
        if ip_network(cidr).overlaps(ip_network(other)):
            yield platform.source.problem(path, cidr, f"a network that does not overlap {other}")


def nodes_are_inside(platform: Platform) -> Iterator[Problem]:
    """A node's address lies in a network of its site."""
    for index, node in enumerate(platform.cluster.nodes):
        networks = platform.sites[node.site].networks
        if not any(ip_address(node.address) in ip_network(network) for network in networks):
            expected = f"an address in {' or '.join(networks)}, the networks of site {node.site}"
            yield platform.source.problem(("nodes", index, "address"), node.address, expected)


def pools_are_inside(platform: Platform) -> Iterator[Problem]:
    """A pool lies in a network of a home site, where routers send its addresses, and takes no node's address."""
    taken = _addresses_of_nodes(platform)
    for index, pool in enumerate(platform.cluster.address_pools):
        site = platform.sites[pool.site]
        if site.kind != "home":
            expected = "a site of kind home: a cloud's network does not listen to ARP"
            yield platform.source.problem(("addressPools", index, "site"), pool.site, expected)
        for number, text in enumerate(pool.addresses):
            path = ("addressPools", index, "addresses", number)
            for network in pool_networks(text):
                if not any(_inside(network, ip_network(cidr)) for cidr in site.networks):
                    expected = f"addresses in {' or '.join(site.networks)}, the networks of site {pool.site}"
                    yield platform.source.problem(path, text, expected)
                nodes = sorted({name for address, name in taken if address in network})
                if nodes:
                    yield platform.source.problem(path, text, f"addresses that no node has ({', '.join(nodes)})")


def pools_are_apart(platform: Platform) -> Iterator[Problem]:
    """No address stands in two pools: MetalLB's webhook refuses the second one."""
    written = [
        (("addressPools", index, "addresses", number), text)
        for index, pool in enumerate(platform.cluster.address_pools)
        for number, text in enumerate(pool.addresses)
    ]
    for (_, first), (path, second) in combinations(written, 2):
        pairs = ((a, b) for a in pool_networks(first) for b in pool_networks(second))
        if any(a.overlaps(b) for a, b in pairs):
            yield platform.source.problem(path, second, f"addresses that {first} does not hold")


def _addresses_of_nodes(platform: Platform) -> list[tuple[IPv4Address | IPv6Address, str]]:
    """Every address that a node has, behind NAT or not."""
    written = [(text, node.name) for node in platform.cluster.nodes for text in (node.address, node.public_endpoint)]
    found = []
    for text, name in written:
        with suppress(ValueError):  # a public endpoint may be a DNS name
            found.append((ip_address(text or ""), name))
    return found


def _inside(network: Network, site: Network) -> bool:
    return network.version == site.version and network.subnet_of(site)  # type: ignore[arg-type]
