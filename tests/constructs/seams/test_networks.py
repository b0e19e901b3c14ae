"""Addresses: one meaning each."""

import pytest

from homeground.problem import Problem
from homeground.seams import networks
from tests.constructs.seams.case import HYBRID, Case, Neighbour, broken, right
from tests.constructs.seams.edits import fact
from tests.constructs.seams.world import World

BROKEN = [
    Case(
        networks.are_valid,
        fact(HYBRID, "10.244.0.0/16", "10.244.0.1/16"),
        Problem(
            HYBRID,
            13,
            "network.pods",
            "10.244.0.1/16",
            "a network in CIDR notation (10.244.0.1/16 has host bits set)",
        ),
    ),
    Case(
        networks.are_valid,
        fact(HYBRID, "163.220.236.0/23", "163.220.236.0/33"),
        Problem(
            HYBRID,
            22,
            "sites[0].networks[1]",
            "163.220.236.0/33",
            "a network in CIDR notation ('163.220.236.0/33' does not appear to be an IPv4 or IPv6 network)",
        ),
    ),
    Case(
        networks.are_valid,
        fact(HYBRID, "address: 10.10.0.23", "address: 10.10.0.256"),
        Problem(
            HYBRID,
            44,
            "nodes[0].address",
            "10.10.0.256",
            "an IP address ('10.10.0.256' does not appear to be an IPv4 or IPv6 address)",
        ),
    ),
    Case(
        networks.are_valid,
        fact(HYBRID, "163.220.236.56/32", "163.220.236.60-163.220.236.56"),
        Problem(
            HYBRID,
            71,
            "addressPools[0].addresses[0]",
            "163.220.236.60-163.220.236.56",
            "a CIDR or a range first-last (last IP address must be greater than first)",
        ),
    ),
    Case(
        networks.are_valid,
        fact(HYBRID, "163.220.236.56/32", "163.220.236.56-fd00::1"),
        Problem(
            HYBRID,
            71,
            "addressPools[0].addresses[0]",
            "163.220.236.56-fd00::1",
            "a CIDR or a range first-last (163.220.236.56 and fd00::1 are not of the same version)",
        ),
    ),
    Case(
        networks.do_not_overlap,
        fact(HYBRID, "pods: 10.244.0.0/16", "pods: 10.111.255.0/24"),
        Problem(HYBRID, 13, "network.pods", "10.111.255.0/24", "a network that does not overlap 10.96.0.0/12"),
    ),
    Case(
        networks.do_not_overlap,
        fact(HYBRID, "[10.10.0.0/20]", "[10.10.0.0/20, 10.240.0.128/25]"),
        Problem(
            HYBRID,
            22,
            "sites[0].networks[0]",
            "10.240.0.0/24",
            "a network that does not overlap 10.240.0.128/25",
        ),
    ),
    Case(
        networks.nodes_are_inside,
        fact(HYBRID, "address: 10.10.0.23", "address: 10.10.16.0"),
        Problem(
            HYBRID,
            44,
            "nodes[0].address",
            "10.10.16.0",
            "an address in 10.10.0.0/20, the networks of site cloud",
        ),
    ),
    Case(
        networks.pools_are_inside,
        fact(HYBRID, "163.220.236.56/32", "163.220.237.255-163.220.238.0"),
        Problem(
            HYBRID,
            71,
            "addressPools[0].addresses[0]",
            "163.220.237.255-163.220.238.0",
            "addresses in 10.240.0.0/24 or 163.220.236.0/23, the networks of site home",
        ),
    ),
    Case(
        networks.pools_are_inside,
        fact(HYBRID, "163.220.236.56/32", "10.240.0.40-10.240.0.47"),
        Problem(
            HYBRID,
            71,
            "addressPools[0].addresses[0]",
            "10.240.0.40-10.240.0.47",
            "addresses that no node has (uc-k8s4p)",
        ),
    ),
    Case(
        networks.pools_are_inside,
        fact(HYBRID, "home-public\n    site: home", "home-public\n    site: cloud"),
        Problem(
            HYBRID,
            70,
            "addressPools[0].site",
            "cloud",
            "a site of kind home: a cloud's network does not listen to ARP",
        ),
    ),
    Case(
        networks.pools_are_inside,
        fact(HYBRID, "163.220.236.56/32", "163.220.236.52/30"),
        Problem(
            HYBRID,
            71,
            "addressPools[0].addresses[0]",
            "163.220.236.52/30",
            "addresses that no node has (uc-k8s4p)",
        ),
    ),
    Case(
        networks.pools_are_apart,
        fact(HYBRID, "[163.220.236.56/32]", "[163.220.236.56/32, 163.220.236.55-163.220.236.57]"),
        Problem(
            HYBRID,
            71,
            "addressPools[0].addresses[1]",
            "163.220.236.55-163.220.236.57",
            "addresses that 163.220.236.56/32 does not hold",
        ),
    ),
    Case(
        networks.pods_are_ipv4,
        fact(HYBRID, "10.96.0.0/12", '"fd00:10::/108"'),
        Problem(HYBRID, 14, "network.services", "fd00:10::/108", "an IPv4 network: dual stack is not supported yet"),
    ),
    Case(
        networks.pods_are_ipv4,
        fact(HYBRID, "10.244.0.0/16", "10.244.0.0/24"),
        Problem(HYBRID, 13, "network.pods", "10.244.0.0/24", "at least 384 addresses, two blocks of 64 a node"),
    ),
]

RIGHT = [
    Neighbour(networks.pods_are_ipv4, fact(HYBRID, "10.244.0.0/16", "10.244.0.0/23"), "512 addresses for 3 nodes"),
    Neighbour(
        networks.pools_are_apart,
        fact(HYBRID, "[163.220.236.56/32]", "[163.220.236.56/32, 163.220.236.57/32]"),
        "one address after the other",
    ),
    Neighbour(
        networks.do_not_overlap, fact(HYBRID, "pods: 10.244.0.0/16", "pods: 10.112.0.0/16"), "next to each other"
    ),
    Neighbour(
        networks.nodes_are_inside, fact(HYBRID, "address: 10.10.0.23", "address: 10.10.15.255"), "the last address"
    ),
    Neighbour(
        networks.pools_are_inside,
        fact(HYBRID, "163.220.236.56/32", "163.220.237.254-163.220.237.255"),
        "the last two addresses",
    ),
    Neighbour(
        networks.pools_are_inside,
        fact(HYBRID, "163.220.236.56/32", "10.240.0.41-10.240.0.47"),
        "from the address after a node's",
    ),
    Neighbour(
        networks.do_not_overlap,
        fact(HYBRID, "[10.10.0.0/20]", '[10.10.0.0/20, "fd00::/64"]'),
        "two versions of IP",
    ),
]


@broken(BROKEN)
def test_what_is_broken_is_found_by_this_check_alone(case: Case, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    case.prove(world, monkeypatch)


@right(RIGHT)
def test_what_is_just_right_passes(neighbour: Neighbour, world: World) -> None:
    neighbour.prove(world)
