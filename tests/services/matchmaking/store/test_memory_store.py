"""The store of one process: its memory stays flat, on a clock that a test moves."""

import pytest

from kubeclient.clock import SystemClock
from matchmaking.store import StoreError
from matchmaking.store.memory import BACKLOG, MemoryStore
from tests.doubles.clock import VirtualClock

pytestmark = pytest.mark.asyncio


async def test_what_has_ended_is_no_more_even_if_nobody_asks_for_it() -> None:
    clock = VirtualClock(by_hand=True)
    store = MemoryStore(clock)
    for number in range(1000):
        await store.put(str(number), b"1", 10)
    assert len(store) == 1000
    await clock.advance(10)
    assert len(store) == 0


async def test_keeping_one_value_for_hours_takes_no_memory() -> None:
    store = MemoryStore(SystemClock())
    await store.put("a", b"1", 60)
    for _ in range(20_000):
        assert await store.keep("a", 60)
    assert len(store._ends) < 2_000


async def test_a_listener_that_does_not_listen_is_told_that_it_missed_some() -> None:
    store = MemoryStore(SystemClock())
    async with store.listen("news") as news:
        for _ in range(BACKLOG + 5):
            await store.publish("news", b"1")
        for _ in range(BACKLOG):
            assert await anext(news) == b"1"
        with pytest.raises(StoreError, match="missed some"):
            await anext(news)
