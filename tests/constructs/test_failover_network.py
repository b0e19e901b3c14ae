"""Network policies of the operator: closed, but for what it asks and whom it tells."""

from collections.abc import Callable
from typing import Any

import pytest

from homeground.failover.network import Network
from homeground.manifest import ManifestChart
from homeground.platform import Platform

Find = Callable[..., dict[str, Any]]
NODE: dict[str, Any] = {
    "hardware": "a machine", "cpu": 4, "memory": "16Gi", "disk": "100Gi",
}  # fmt: skip
MASTER = {
    **NODE,
    "name": "master",
    "site": "cloud",
    "roles": ["control-plane"],
    "address": "10.10.0.2",
    "alwaysOn": True,
}
RUNNER = {**NODE, "name": "runner", "site": "home", "roles": ["runner"], "address": "10.240.0.2"}


@pytest.fixture
def egress(chart: ManifestChart, find: Find, make_hybrid: Callable[..., Platform]) -> Callable[..., list[Any]]:
    """(addresses, ports) of each rule, by nodes."""

    def egress(*nodes: dict[str, Any]) -> list[Any]:
        Network(chart, "network", platform=make_hybrid(nodes=[MASTER, *(nodes or [RUNNER])]))
        rules: list[Any] = find("NetworkPolicy", "egress")["spec"]["egress"]
        return [
            ([peer["ipBlock"]["cidr"] for peer in rule["to"] if "ipBlock" in peer], [p["port"] for p in rule["ports"]])
            for rule in rules
        ]

    return egress


def test_everything_else_is_denied_both_ways(egress: Callable[..., list[Any]], find: Find) -> None:
    egress()
    spec = find("NetworkPolicy", "default-deny")["spec"]
    assert spec == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


def test_it_reaches_dns_the_api_server_the_cloud_and_kubelets(egress: Callable[..., list[Any]]) -> None:
    assert egress() == [
        ([], [53, 53]),
        (["10.10.0.2/32"], [6443]),
        (["0.0.0.0/0"], [443]),
        (["10.240.0.2/32"], [10250]),
    ]


def test_the_clouds_api_is_nowhere_inside(egress: Callable[..., list[Any]], find: Find) -> None:
    egress()
    (rule,) = (
        r for r in find("NetworkPolicy", "egress")["spec"]["egress"] if r["ports"] == [{"protocol": "TCP", "port": 443}]
    )
    without = rule["to"][0]["ipBlock"]["except"]
    assert {"10.240.0.0/24", "10.10.0.0/20", "10.244.0.0/16", "10.96.0.0/12", "169.254.0.0/16"} <= set(without)


@pytest.mark.parametrize(
    ("url", "rule"),
    [
        ("https://10.240.0.140", (["10.240.0.140/32"], [443])),
        ("https://10.240.0.140:8443", (["10.240.0.140/32"], [8443])),
        ("https://bmc.example", (["0.0.0.0/0"], [443])),
    ],
)
def test_it_reaches_management_controllers(egress: Callable[..., list[Any]], url: str, rule: Any) -> None:
    assert egress({**RUNNER, "redfish": {"url": url}})[-1] == rule


def test_only_the_platform_scrapes_it(egress: Callable[..., list[Any]], find: Find) -> None:
    egress()
    spec = find("NetworkPolicy", "metrics")["spec"]
    assert spec["podSelector"] == {"matchLabels": {"app.kubernetes.io/name": "failover"}}
    assert spec["ingress"] == [
        {
            "from": [{"namespaceSelector": {"matchLabels": {"homeground.dev/platform": "true"}}}],
            "ports": [{"protocol": "TCP", "port": 8080}],
        }
    ]
