"""A limit by the Clock: it strikes when it should, and only then."""

import asyncio

import pytest

from kubeclient.timeout import Timeout
from tests.doubles.clock import VirtualClock

pytestmark = pytest.mark.asyncio


async def test_what_takes_too_long_is_ended() -> None:
    clock = VirtualClock()
    with pytest.raises(TimeoutError, match="more than 5 s"):
        async with Timeout(clock, 5):
            await clock.sleep(60)
    assert clock.monotonic() == 5


async def test_what_ends_in_time_leaves_no_alarm_behind() -> None:
    clock = VirtualClock()
    async with Timeout(clock, 5):
        await clock.sleep(4)
    await clock.settle()
    assert clock.sleepers == 0
    await clock.sleep(60)


async def test_restarted_it_limits_each_silence_and_not_the_whole() -> None:
    clock = VirtualClock()

    async def listen() -> None:
        async with Timeout(clock, 5) as silence:
            for _ in range(3):
                await clock.sleep(4)
                silence.restart()
            await clock.sleep(60)

    with pytest.raises(TimeoutError):
        await listen()
    assert clock.monotonic() == 17


async def test_an_error_inside_is_not_taken_for_lateness() -> None:
    with pytest.raises(ValueError, match="own"):
        async with Timeout(VirtualClock(), 5):
            raise ValueError("own")


async def test_who_is_cancelled_from_outside_is_not_late() -> None:
    clock = VirtualClock(by_hand=True)

    async def work() -> None:
        async with Timeout(clock, 5):
            await clock.sleep(60)

    task = asyncio.create_task(work())
    await clock.settle()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_cancelled_from_outside_just_when_it_strikes_the_outside_wins() -> None:
    clock = VirtualClock(by_hand=True)

    async def work() -> None:
        async with Timeout(clock, 5):
            try:
                await clock.sleep(60)
            finally:
                task.cancel()

    task = asyncio.create_task(work())
    await clock.settle()
    await clock.advance(5)
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_the_inner_of_two_strikes_alone() -> None:
    clock = VirtualClock()
    async with Timeout(clock, 10):
        with pytest.raises(TimeoutError):
            async with Timeout(clock, 3):
                await clock.sleep(60)
        await clock.sleep(5)
    assert clock.monotonic() == 8


async def test_the_outer_of_two_strikes_through_the_inner() -> None:
    clock = VirtualClock()
    with pytest.raises(TimeoutError, match="more than 3 s"):
        async with Timeout(clock, 3), Timeout(clock, 10):
            await clock.sleep(60)


async def test_the_task_goes_on_uncancelled_afterwards() -> None:
    clock = VirtualClock()
    for _ in range(2):
        with pytest.raises(TimeoutError):
            async with Timeout(clock, 1):
                await clock.sleep(60)
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0
