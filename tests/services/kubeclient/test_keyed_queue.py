"""Who is looked at, when, and never by two at once."""

import asyncio

import pytest

from kubeclient.backoff import Backoff
from kubeclient.queue import QueueClosedError, WorkQueue
from tests.doubles.clock import VirtualClock

pytestmark = pytest.mark.asyncio


def queue(clock: VirtualClock | None = None) -> WorkQueue[str]:
    return WorkQueue(clock or VirtualClock(), Backoff(first=1, cap=10))


async def test_what_is_added_often_is_looked_at_once() -> None:
    work = queue()
    for key in "abab":
        work.add(key)
    assert len(work) == 2
    assert [await work.get(), await work.get()] == ["a", "b"]


async def test_what_is_added_while_it_is_looked_at_waits_until_that_is_done() -> None:
    work = queue()
    work.add("a")
    assert await work.get() == "a"
    work.add("a")
    work.add("a")
    assert len(work) == 0, "no second worker gets it"
    work.done("a")
    assert await work.get() == "a"
    work.done("a")
    assert len(work) == 0


async def test_whoever_waits_gets_the_next() -> None:
    work = queue()
    waiting = [asyncio.create_task(work.get()) for _ in range(2)]
    await asyncio.sleep(0)
    work.add("a")
    work.add("b")
    assert sorted(await asyncio.gather(*waiting)) == ["a", "b"]


async def test_a_worker_that_is_cancelled_while_it_waits_takes_nothing_with_it() -> None:
    work = queue()
    waiting = asyncio.create_task(work.get())
    await asyncio.sleep(0)
    work.add("a")
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    assert await work.get() == "a"


async def test_of_several_delays_the_earliest_counts() -> None:
    clock = VirtualClock()
    work = queue(clock)
    for seconds in (10, 5, 20):
        work.add_after("a", seconds)
    assert await work.get() == "a"
    assert clock.monotonic() == 5
    work.done("a")
    await clock.sleep(60)
    assert len(work) == 0


async def test_a_delay_of_nothing_is_now() -> None:
    work = queue()
    work.add_after("a", 0)
    assert len(work) == 1


async def test_being_added_now_does_not_undo_a_later_look() -> None:
    clock = VirtualClock()
    work = queue(clock)
    work.add_after("a", 5)
    work.add("a")
    assert await work.get() == "a"
    work.done("a")
    assert await work.get() == "a"
    assert clock.monotonic() == 5


async def test_waits_grow_for_each_key_by_itself_and_end_with_success() -> None:
    clock = VirtualClock()
    work = queue(clock)
    waits = []
    for _ in range(6):
        waits.append(work.retry("a"))
        await work.get()
        work.done("a")
    for failures, seconds in enumerate(waits):
        whole = min(10, 2**failures)
        assert whole / 2 <= seconds <= whole
    assert work.retry("b") <= 1
    assert (work.failures("a"), work.failures("b"), work.failures("c")) == (6, 1, 0)
    work.forget("a")
    assert work.retry("a") <= 1


async def test_a_closed_queue_gives_nothing_and_tells_whoever_waits() -> None:
    clock = VirtualClock()
    work = queue(clock)
    waiting = [asyncio.create_task(work.get()) for _ in range(2)]
    work.add_after("a", 5)
    await asyncio.sleep(0)
    work.close()
    assert all(isinstance(each, QueueClosedError) for each in await asyncio.gather(*waiting, return_exceptions=True))
    work.add("b")
    work.add_after("b", 1)
    await clock.sleep(60)
    with pytest.raises(QueueClosedError):
        await work.get()


async def test_a_worker_retries_what_fails_and_looks_again_when_asked_to(caplog: pytest.LogCaptureFixture) -> None:
    clock = VirtualClock()
    work, seen = queue(clock), list[tuple[float, int]]()

    async def look(key: str) -> float | None:
        seen.append((clock.monotonic(), work.failures(key)))
        if len(seen) <= 2:
            raise RuntimeError("not yet")
        return 30 if len(seen) == 3 else None

    worker = asyncio.create_task(work.work(look))
    work.add("a")
    await clock.sleep(100)
    assert [failures for _, failures in seen] == [0, 1, 2, 0]
    assert seen[3][0] - seen[2][0] == pytest.approx(30)
    assert len(caplog.records) == 2
    work.close()
    await worker


async def test_a_worker_ends_what_it_has_begun_when_the_queue_is_closed() -> None:
    clock = VirtualClock()
    work, ended = queue(clock), list[str]()

    async def look(key: str) -> None:
        await clock.sleep(5)
        ended.append(key)

    worker = asyncio.create_task(work.work(look))
    work.add("a")
    work.add("b")
    await clock.sleep(1)
    work.close()
    await worker
    assert ended == ["a"]


async def test_a_worker_that_is_cancelled_gives_its_key_back() -> None:
    clock = VirtualClock(by_hand=True)
    work = queue(clock)

    async def look(_: str) -> None:
        await clock.sleep(5)

    worker = asyncio.create_task(work.work(look))
    work.add("a")
    await clock.settle()
    worker.cancel()
    await asyncio.gather(worker, return_exceptions=True)
    work.add("a")
    assert await work.get() == "a"
