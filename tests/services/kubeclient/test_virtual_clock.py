"""The clock of all other tests here: what it promises must hold, or they prove nothing."""

import asyncio
import time
from datetime import timedelta

import pytest

from kubeclient.clock import Clock, SystemClock
from tests.doubles.clock import START, VirtualClock

pytestmark = pytest.mark.asyncio


async def sleeper(clock: Clock, seconds: float, log: list[float]) -> None:
    await clock.sleep(seconds)
    log.append(clock.monotonic())


async def test_hours_pass_in_no_time_and_in_order() -> None:
    clock, log = VirtualClock(), list[float]()
    begun = time.monotonic()
    await asyncio.gather(*(sleeper(clock, seconds, log) for seconds in (7200, 3600, 1, 3600)))
    assert log == [1, 3600, 3600, 7200]
    assert clock.now() == START + timedelta(hours=2)
    assert time.monotonic() - begun < 5


async def test_what_one_sets_off_ends_before_the_next_wakes() -> None:
    clock, log = VirtualClock(), list[str]()

    async def chain(name: str) -> None:
        await clock.sleep(1)
        for step in range(20):
            log.append(f"{name}{step}")
            await asyncio.sleep(0)

    await asyncio.gather(chain("a"), chain("b"))
    assert log == [f"{name}{step}" for name in "ab" for step in range(20)]


async def test_time_stands_still_while_somebody_works() -> None:
    clock, log = VirtualClock(), list[float]()

    async def work() -> None:
        for _ in range(1000):
            await asyncio.sleep(0)
        log.append(clock.monotonic())

    await asyncio.gather(sleeper(clock, 5, log), work())
    assert log == [0, 5]


async def test_a_cancelled_sleep_holds_up_nobody() -> None:
    clock, log = VirtualClock(), list[float]()
    task = asyncio.create_task(sleeper(clock, 100, log))
    await asyncio.sleep(0)
    assert clock.sleepers == 1
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await clock.sleep(200)
    assert (log, clock.monotonic(), clock.sleepers) == ([], 200, 0)


async def test_by_hand_only_that_much_time_passes() -> None:
    clock, log = VirtualClock(by_hand=True), list[float]()
    tasks = [asyncio.create_task(sleeper(clock, seconds, log)) for seconds in (1, 2.5, 4)]
    await clock.settle()
    assert log == []
    await clock.advance(3)
    assert (log, clock.monotonic()) == ([1, 2.5], 3)
    await clock.advance(1)
    assert log == [1, 2.5, 4]
    await asyncio.gather(*tasks)


async def test_by_hand_a_sleep_that_begins_on_the_way_ends_there_too() -> None:
    clock, log = VirtualClock(by_hand=True), list[float]()

    async def twice() -> None:
        await sleeper(clock, 1, log)
        await sleeper(clock, 1, log)

    task = asyncio.create_task(twice())
    await clock.advance(2)
    assert log == [1, 2]
    await task


async def test_a_held_clock_stands_and_then_goes_on() -> None:
    clock, log = VirtualClock(), list[float]()
    task = asyncio.create_task(sleeper(clock, 1, log))
    with clock.held():
        await asyncio.sleep(0.02)  # real time: as long as a thread would take
        assert log == []
    await task
    assert log == [1]


async def test_a_thread_is_waited_for_while_the_clock_is_held() -> None:
    clock, log = VirtualClock(), list[float]()
    task = asyncio.create_task(sleeper(clock, 1, log))
    with clock.held():
        await asyncio.to_thread(time.sleep, 0.02)
        assert clock.monotonic() == 0
    await task


async def test_until_waits_for_a_condition_and_no_longer() -> None:
    clock, log = VirtualClock(), list[float]()
    task = asyncio.create_task(sleeper(clock, 10, log))
    await clock.until(lambda: log)
    assert 10 <= clock.monotonic() < 10.1
    with pytest.raises(TimeoutError):
        await clock.until(lambda: False, seconds=3)
    await task


async def test_waiting_for_what_never_comes_ends() -> None:
    clock = VirtualClock(limit=1000)
    with pytest.raises(RuntimeError, match="never comes"):
        await clock.until(lambda: False, seconds=2000)
    assert clock.monotonic() > 1000


async def test_bytes_on_their_way_over_a_socket_come_before_time_passes() -> None:
    clock = VirtualClock(grace=0.01)

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.readline())
        writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    async with server:
        for _ in range(20):
            alarm = asyncio.create_task(clock.sleep(1))
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            writer.write(b"here\n")
            assert await reader.readline() == b"here\n"
            assert not alarm.done()
            writer.close()
            await writer.wait_closed()
            await alarm


async def test_the_time_of_day_can_be_wrong_and_seconds_go_on() -> None:
    clock = VirtualClock()
    clock.skew = timedelta(days=-1)
    await clock.sleep(5)
    assert clock.now() == START + timedelta(days=-1, seconds=5)
    assert clock.monotonic() == 5


async def test_the_system_clock_is_the_machines() -> None:
    clock = SystemClock()
    before, begun = clock.now(), clock.monotonic()
    await clock.sleep(0.01)
    await clock.sleep(-1)
    assert clock.monotonic() - begun >= 0.009
    assert before.tzinfo is not None
    assert abs(before.timestamp() - time.time()) < 60
