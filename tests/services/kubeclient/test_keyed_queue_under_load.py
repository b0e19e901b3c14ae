"""Any order of changes, failures and workers: the two promises of the queue."""

import asyncio

from hypothesis import given, settings
from hypothesis import strategies as st

from kubeclient.backoff import Backoff
from kubeclient.queue import WorkQueue
from tests.doubles.clock import VirtualClock

STEP = st.tuples(st.sampled_from(["add", "later", "fail"]), st.sampled_from("abc"), st.integers(0, 7))


async def play(steps: list[tuple[str, str, int]], workers: int) -> None:
    """Each change is followed by a look that begins after it, and no key is looked at twice at once."""
    clock = VirtualClock()
    work: WorkQueue[str] = WorkQueue(clock, Backoff(first=1, cap=10))
    changed: dict[str, int] = dict.fromkeys("abc", 0)
    looked: dict[str, int] = dict.fromkeys("abc", 0)
    active: set[str] = set()
    failing: set[str] = set()

    async def look(key: str) -> None:
        assert key not in active
        active.add(key)
        seen = changed[key]
        await clock.sleep(1)
        active.discard(key)
        if key in failing:
            failing.discard(key)
            raise ValueError(key)
        looked[key] = max(looked[key], seen)

    tasks = [asyncio.create_task(work.work(look)) for _ in range(workers)]
    for what, key, seconds in steps:
        changed[key] += 1
        if what == "fail":
            failing.add(key)
        work.add_after(key, seconds if what == "later" else 0)
        await clock.sleep(seconds / 2)
    await clock.until(lambda: looked == changed and not active, seconds=120)
    work.close()
    await asyncio.gather(*tasks)


@settings(max_examples=60, deadline=None)
@given(st.lists(STEP, max_size=15), st.integers(1, 3))
def test_every_change_is_looked_at_by_one_at_a_time(steps: list[tuple[str, str, int]], workers: int) -> None:
    asyncio.run(play(steps, workers))
