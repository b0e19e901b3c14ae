"""A Valkey that is slow, dies, is not to be trusted, or is not there."""

import asyncio
import time
from pathlib import Path

import pytest

from matchmaking.store import StoreError
from matchmaking.store.valkey import NotDurableError, connect
from tests.cluster.ports import Ports
from tests.services.matchmaking.store.server import PASSWORD, Server, serving

pytestmark = pytest.mark.asyncio

SECONDS = 1.0


async def test_what_was_acknowledged_is_there_after_a_crash(server: Server) -> None:
    acknowledged: set[str] = set()

    async def write(writer: int) -> None:
        for number in range(10_000):
            key = f"{writer}/{number}"
            if await store.create(key, b"1"):
                acknowledged.add(key)

    async with connect(server.url, seconds=SECONDS) as store:
        writers = [asyncio.create_task(write(writer)) for writer in range(8)]
        while len(acknowledged) < 500:
            await asyncio.sleep(0.01)
        server.process.kill()
        ends = await asyncio.gather(*writers, return_exceptions=True)
        assert all(isinstance(end, StoreError) for end in ends)
        server.start()
        found = {key async for key in store.keys("")}
        assert len(acknowledged) >= 500
        assert acknowledged <= found


async def test_one_that_does_not_answer_is_an_error_in_time_and_no_more_once_it_does(server: Server) -> None:
    async with connect(server.url, seconds=SECONDS) as store:
        await store.put("a", b"1")
        server.process.freeze()
        start = time.monotonic()
        for call in (store.get("a"), store.put("a", b"2"), store.replace("a", b"1", b"2")):
            with pytest.raises(StoreError):
                await call
        assert time.monotonic() - start < 3 * 2 * SECONDS + 1
        server.process.thaw()
        assert await store.get("a") in (b"1", b"2")


@pytest.mark.parametrize("how", ["killed", "killed and back", "frozen"])
async def test_a_listener_that_may_have_missed_something_is_told(server: Server, how: str) -> None:
    async with connect(server.url, seconds=SECONDS) as store, store.listen("news") as news:
        await store.publish("news", b"1")
        assert await anext(news) == b"1"
        if how == "frozen":
            server.process.freeze()
        else:
            server.process.kill()
        if how == "killed and back":
            server.start()
        with pytest.raises(StoreError):
            async with asyncio.timeout(10 * SECONDS):
                await anext(news)
        if how == "frozen":
            server.process.thaw()


async def test_a_listener_outlives_a_long_silence(server: Server) -> None:
    async with connect(server.url, seconds=0.2) as store, store.listen("news") as news:
        hearing = asyncio.ensure_future(anext(news))
        await asyncio.sleep(1)  # five silences
        await store.publish("news", b"1")
        async with asyncio.timeout(SECONDS):
            assert await hearing == b"1"


async def test_one_that_would_forget_is_refused(tmp_path: Path, ports: Ports) -> None:
    with serving(tmp_path, ports, durable=False) as server:
        with pytest.raises(NotDurableError, match="appendonly is 'no', and has to be 'yes'"):
            async with connect(server.url):
                pass
        async with connect(server.url, durable=False) as store:
            assert await store.create("a", b"1")


async def test_an_error_names_the_place_and_not_the_password(server: Server) -> None:
    wrong = server.url.replace(PASSWORD, "wrong-guess")
    nowhere = server.url.replace(str(server.port), "1")
    for url, secret in ((wrong, "wrong-guess"), (nowhere, PASSWORD)):
        with pytest.raises(StoreError, match=r"valkey://127\.0\.0\.1:") as refused:
            async with connect(url, seconds=SECONDS):
                pass
        assert secret not in str(refused.value)
