"""The double's work queue and its quantities."""

import threading
import time

import pytest

from tests.cluster.wait import wait_for
from tests.doubles.agones.quantity import canonical
from tests.doubles.agones.work_queue import Again, WorkQueue


def test_an_item_is_done_once_at_a_time_and_once_more_if_wanted_meanwhile() -> None:
    queue, going, done, most = WorkQueue(4), threading.Semaphore(0), list[float](), list[int]()
    active = 0

    def task(_: str, __: str) -> None:
        nonlocal active
        active += 1
        most.append(active)
        going.acquire(timeout=5)
        active -= 1
        done.append(time.monotonic())

    queue.start()
    queue.add(task, "ns", "a")
    wait_for("the first to begin", lambda: most, 5)
    for _ in range(3):
        queue.add(task, "ns", "a")
    going.release(2)
    wait_for("both to end", lambda: len(done) == 2, 5)
    queue.add(task, "ns", "b", after=0.05)
    going.release()
    wait_for("the other", lambda: len(done) == 3, 5)
    assert most == [1, 1, 1]
    assert done[2] - done[1] >= 0.04


def test_what_fails_is_done_again() -> None:
    queue, tries = WorkQueue(1), list[str]()

    def task(_: str, name: str) -> None:
        tries.append(name)
        if len(tries) < 3:
            raise Again

    queue.start()
    queue.add(task, "ns", "a")
    wait_for("three tries", lambda: len(tries) == 3, 5)


def test_what_is_wanted_sooner_comes_sooner() -> None:
    queue, done = WorkQueue(1), list[str]()
    task = lambda _, name: done.append(name)  # noqa: E731
    queue.start()
    queue.add(task, "ns", "late", after=60)
    queue.add(task, "ns", "late")
    wait_for("it", lambda: done == ["late"], 5)


SPELLINGS = {
    "1000m": "1", "0.5": "500m", "1024Mi": "1Gi", "1.5Gi": "1536Mi", "512": "512", "1000k": "1M", "1e3": "1e3",
    "0": "0", "0.0": "0", "1Ki": "1Ki", "1048576": "1048576", "100u": "100u", "0.1": "100m", "12E": "12E",
}  # fmt: skip


@pytest.mark.parametrize(("given", "wanted"), SPELLINGS.items())
def test_quantities(given: str, wanted: str) -> None:
    assert canonical(given) == wanted
    assert canonical(wanted) == wanted


def test_no_quantity() -> None:
    with pytest.raises(ValueError, match="not a quantity: ten"):
        canonical("ten")
