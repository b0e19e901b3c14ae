"""What the kubelet asks, over both families of addresses."""

import socket

import aiohttp
import pytest
from prometheus_client import CollectorRegistry, Counter

from kubeclient.status_page import StatusPage

pytestmark = pytest.mark.asyncio


async def get(host: str, port: int, path: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.get(f"http://{host}:{port}{path}") as answer:
        return answer.status, await answer.text()


def hosts() -> list[str]:
    return ["127.0.0.1", "[::1]"] if socket.has_dualstack_ipv6() else ["127.0.0.1"]


@pytest.mark.parametrize("host", hosts())
async def test_a_free_port_is_the_one_that_is_told_whatever_the_family(host: str) -> None:
    async with StatusPage(0, CollectorRegistry(), lambda: "", lambda: None) as page:
        assert await get(host, page.port, "/livez") == (200, "ok\n")


async def test_what_is_missing_is_said() -> None:
    missing = ["the list of nodes"]
    async with StatusPage(0, CollectorRegistry(), lambda: ", ".join(missing), lambda: None) as page:
        assert await get("127.0.0.1", page.port, "/readyz") == (503, "the list of nodes\n")
        missing.clear()
        assert await get("127.0.0.1", page.port, "/readyz") == (200, "ok\n")


async def test_metrics_are_brought_up_to_date_before_they_are_read() -> None:
    registry = CollectorRegistry()
    reads = Counter("reads", "Reads of this page", registry=registry)
    async with StatusPage(0, registry, lambda: "", reads.inc) as page:
        status, text = await get("127.0.0.1", page.port, "/metrics")
    assert status == 200
    assert "reads_total 1.0" in text
