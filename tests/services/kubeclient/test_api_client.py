"""The client over real HTTP: what it sends, what comes of an answer, and of none."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import web

from kubeclient.client import Call, Client
from kubeclient.clock import SystemClock
from kubeclient.configuration import Configuration, Token, of_kubeconfig
from kubeclient.connection import Connection
from kubeclient.error import ApiError, NoAnswerError
from kubeclient.resources import NODES, PODS, SECRETS
from tests.cluster.authority import Authority
from tests.cluster.control_plane import write_kubeconfig
from tests.doubles.kubernetes.api_server import ApiServer
from tests.doubles.kubernetes.faults import Break, Fault, Hang, LoseAnswer, Mangle, Refuse
from tests.doubles.kubernetes.served import Served

pytestmark = pytest.mark.asyncio
AGENT = "failover/0.1"
SHORT = 0.3
"""Seconds for a call that hangs; others have long, for machines are busy."""

NODE = {"metadata": {"name": "node-1"}}


@pytest_asyncio.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as stack:
        yield stack


@pytest.fixture
def server() -> ApiServer:
    return ApiServer(SystemClock())


@pytest_asyncio.fixture
async def served(stack: AsyncExitStack, server: ApiServer) -> Served:
    return await stack.enter_async_context(Served(server))


@pytest_asyncio.fixture
async def client(stack: AsyncExitStack, served: Served) -> Client:
    return await connected(stack, Configuration(served.url))


@pytest_asyncio.fixture
async def hasty(stack: AsyncExitStack, served: Served) -> Client:
    return await connected(stack, Configuration(served.url), timeout=SHORT)


async def connected(
    stack: AsyncExitStack, configuration: Configuration, *, timeout: float = 60, connections: int = 8
) -> Client:
    connection = Connection(configuration, agent=AGENT, connections=connections)
    return await stack.enter_async_context(Client(connection, timeout=timeout))


async def test_writes_ask_for_strict_validation_and_say_who_writes(client: Client, served: Served) -> None:
    await client.create(NODES, NODE)
    await client.merge_patch(NODES, "node-1", {"spec": {"unschedulable": True}})
    await client.get(NODES, "node-1")
    post, patch, get = served.seen
    assert post.query["fieldValidation"] == patch.query["fieldValidation"] == "Strict"
    assert patch.headers["Content-Type"] == "application/merge-patch+json"
    assert {request.headers["User-Agent"] for request in served.seen} == {AGENT}
    assert "resourceVersion" not in get.query, "a read is from a quorum"


async def test_a_deletion_carries_its_preconditions(client: Client, server: ApiServer) -> None:
    node = server.put(NODES, NODE)["metadata"]
    await client.delete(NODES, "node-1", uid=node["uid"], version=node["resourceVersion"], grace_seconds=0)
    assert server.calls[-1].call.body == {
        "apiVersion": "v1",
        "kind": "DeleteOptions",
        "propagationPolicy": "Background",
        "preconditions": {"uid": node["uid"], "resourceVersion": node["resourceVersion"]},
        "gracePeriodSeconds": 0,
    }


UNANSWERED = {
    "broken before": (Break(), False),
    "broken after": (LoseAnswer(), True),
    "hung before": (Hang(), False),
    "hung after": (Hang(done=True), True),
    "mangled": (Mangle(), True),
}


@pytest.mark.parametrize("name", UNANSWERED)
async def test_no_answer_says_nothing_of_what_was_done(
    client: Client, hasty: Client, server: ApiServer, name: str
) -> None:
    fault, done = UNANSWERED[name]
    server.faults.add(fault, verb="create")
    with pytest.raises(NoAnswerError):
        await (hasty if isinstance(fault, Hang) else client).create(NODES, NODE)
    assert bool(server.find(NODES, "node-1")) == done


@pytest.mark.parametrize("fault", [Break(), Refuse(503), Refuse(410, "Expired"), Hang(), Mangle()])
async def test_an_error_is_never_an_absence(client: Client, hasty: Client, server: ApiServer, fault: Fault) -> None:
    server.put(NODES, NODE)
    server.faults.add(fault, verb="get", times=2)  # aiohttp itself repeats a GET once on a connection that was kept
    with pytest.raises(ApiError):
        await (hasty if isinstance(fault, Hang) else client).find(NODES, "node-1")
    server.faults.clear()
    assert await client.find(NODES, "node-1")


async def test_a_server_that_asks_for_time_is_understood(client: Client, server: ApiServer) -> None:
    server.faults.add(Refuse(429, "TooManyRequests", "slow down", 7))
    with pytest.raises(ApiError, match="slow down") as refused:
        await client.list(NODES)
    assert refused.value.retry_after == 7


async def test_a_server_that_is_not_there_is_no_answer(stack: AsyncExitStack) -> None:
    client = await connected(stack, Configuration("http://127.0.0.1:9"))
    with pytest.raises(NoAnswerError, match=r"127\.0\.0\.1:9"):
        await client.get(NODES, "node-1")


async def test_what_is_cancelled_ends_at_once_and_the_next_call_works(client: Client, server: ApiServer) -> None:
    struck = asyncio.Event()
    server.faults.add(Hang(then=struck.set), verb="get")
    task = asyncio.create_task(client.find(NODES, "node-1"))
    await struck.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await client.find(NODES, "node-1") is None


async def test_calls_share_a_bounded_number_of_connections_which_watches_do_not_take(
    stack: AsyncExitStack, served: Served, server: ApiServer
) -> None:
    client = await connected(stack, Configuration(served.url), connections=2)
    for _ in range(3):
        await stack.enter_async_context(client.watch(PODS, version=str(server.storage.version)))
    await asyncio.gather(*(client.find(NODES, f"node-{number}") for number in range(20)))
    assert len(served.seen) == 23
    calls = [request for request in served.seen if "watch" not in request.query]
    assert len({id(request.protocol) for request in calls}) <= 2


async def test_a_watch_that_is_left_is_closed_at_the_server(client: Client, server: ApiServer) -> None:
    async with client.watch(NODES, version=str(server.storage.version)) as events:
        server.put(NODES, NODE)
        assert (await anext(events)).object["metadata"]["name"] == "node-1"
        assert len(server.watches()) == 1
    async with asyncio.timeout(60):
        while server.watches():
            await asyncio.sleep(0.01)


async def test_a_list_that_is_forgotten_halfway_is_begun_again_whole(client: Client, server: ApiServer) -> None:
    for number in range(7):
        server.put(NODES, {"metadata": {"name": f"node-{number}"}})
    server.faults.add(Refuse(410, "Expired", "too old", then=server.storage.compact), verb="list", skip=1)
    listing = await client.list(NODES, page=3)
    assert [item["metadata"]["name"] for item in listing.items] == [f"node-{number}" for number in range(7)]
    assert [done.call.query.get("limit") for done in server.calls] == ["3", "3", None]


async def test_a_list_refused_from_the_start_is_an_error(client: Client, server: ApiServer) -> None:
    server.faults.add(Refuse(410, "Expired"), verb="list")
    with pytest.raises(ApiError) as refused:
        await client.list(NODES)
    assert refused.value.expired


async def test_a_token_is_read_for_every_request(
    stack: AsyncExitStack, served: Served, tmp_path: Path, client: Client
) -> None:
    path = tmp_path / "token"
    path.write_text("first")
    served.tokens = {"first"}
    mine = await connected(stack, Configuration(served.url, token=Token(path=path)))
    assert await mine.find(NODES, "a") is None
    served.tokens = {"second"}
    with pytest.raises(ApiError) as refused:
        await mine.find(NODES, "a")
    assert refused.value.status == 401
    path.write_text("second\n")
    assert await mine.find(NODES, "a") is None
    path.unlink()
    with pytest.raises(NoAnswerError, match="was not sent"):
        await mine.find(NODES, "a")
    with pytest.raises(ApiError):
        await client.find(NODES, "a")


def tls(authority: Authority) -> ssl.SSLContext:
    """Of a server that asks for a client's certificate of the same authority."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=authority.ca)
    context.load_cert_chain(*authority.server("server", ["kubernetes"]))
    context.verify_mode = ssl.CERT_REQUIRED
    return context


async def test_a_client_certificate_authenticates_and_the_servers_is_checked(
    stack: AsyncExitStack, server: ApiServer, tmp_path: Path
) -> None:
    authority, stranger = Authority(tmp_path / "pki"), Authority(tmp_path / "other")
    served = await stack.enter_async_context(Served(server, tls=tls(authority)))
    certificate, key = authority.client("admin")
    user = {"client-certificate": str(certificate), "client-key": str(key)}

    def config(name: str, ca: Path, user: dict[str, str], server_name: str) -> Configuration:
        found = of_kubeconfig(write_kubeconfig(tmp_path / name, served.url, ca, user))
        return Configuration(found.url, found.tls, found.token, server_name)

    known = await connected(stack, config("a", authority.ca, user, "kubernetes"))
    assert await known.find(NODES, "a") is None
    for name, ca, who, server_name in (
        ("b", stranger.ca, user, "kubernetes"),
        ("c", authority.ca, {}, "kubernetes"),
        ("d", authority.ca, user, "elsewhere"),
    ):
        refused = await connected(stack, config(name, ca, who, server_name))
        with pytest.raises(NoAnswerError):
            await refused.find(NODES, "a")


async def test_a_redirection_is_not_followed_for_it_would_show_the_token(stack: AsyncExitStack) -> None:
    seen: list[str] = []

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        seen.append(request.path)
        return web.Response(status=307, headers={"Location": "/elsewhere"})

    runner = web.ServerRunner(web.Server(handle))
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    client = await connected(stack, Configuration(f"http://127.0.0.1:{runner.addresses[0][1]}", token=Token("t")))
    with pytest.raises(NoAnswerError, match="not JSON"):
        await client.get(NODES, "a")
    assert len(seen) == 1


async def test_whoever_counts_is_told_of_every_call(stack: AsyncExitStack, served: Served, server: ApiServer) -> None:
    calls: list[Call] = []
    connection = Connection(Configuration(served.url), agent=AGENT)
    client = await stack.enter_async_context(Client(connection, observe=calls.append))
    await client.create(NODES, NODE)
    await client.find(NODES, "other")
    server.faults.add(Break(), times=2)
    with pytest.raises(NoAnswerError):
        await client.list(NODES)
    async with client.watch(NODES, version="0"):
        pass
    assert [(call.verb, call.status) for call in calls] == [("create", 200), ("get", 404), ("list", 0), ("watch", 200)]
    assert all(call.seconds > 0 for call in calls)


async def test_no_secret_is_in_an_error(client: Client, server: ApiServer) -> None:
    server.faults.add(Break(), verb="create")
    with pytest.raises(NoAnswerError) as refused:
        await client.create(SECRETS, {"metadata": {"name": "a", "namespace": "n"}, "stringData": {"token": "hush"}})
    assert "hush" not in f"{refused.value!r} {refused.value.__cause__!r}"
