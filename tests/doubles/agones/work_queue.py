"""What is to be done, each thing once at a time; what failed is done again a little later."""

import heapq
import itertools
import logging
import threading
import time
from collections.abc import Callable

import urllib3

from tests.cluster.api import ApiError

Task = Callable[[str, str], None]
Item = tuple[Task, str, str]
FAST_SECONDS, SLOW_SECONDS, FAST_RETRIES = 0.05, 0.5, 5
log = logging.getLogger(__name__)


class Again(Exception):  # noqa: N818
    """Something expected is not there yet: do it again, and don't log it."""


class WorkQueue:
    """Items are (task, namespace, name). One that comes in while it is worked on is done once more afterwards."""

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._changed = threading.Condition()
        self._due: list[tuple[float, int, Item]] = []
        self._waiting: dict[Item, float] = {}
        self._active: set[Item] = set()
        self._held: set[Item] = set()  # wanted again while active
        self._failures: dict[Item, int] = {}
        self._number = itertools.count()

    def start(self) -> None:
        for number in range(self._workers):
            threading.Thread(target=self._work, name=f"worker {number}", daemon=True).start()

    def add(self, task: Task, namespace: str, name: str, after: float = 0) -> None:
        """Do it in `after` seconds, or when it was due already if that is sooner."""
        item, when = (task, namespace, name), time.monotonic() + after
        with self._changed:
            if self._waiting.get(item, when + 1) <= when:
                return
            self._waiting[item] = when
            heapq.heappush(self._due, (when, next(self._number), item))
            self._changed.notify()

    def _work(self) -> None:
        while True:
            item = self._next()
            try:
                item[0](item[1], item[2])
                self._failures.pop(item, None)
            except Exception as error:
                self._again(item, error)
            with self._changed:
                self._active.discard(item)
                held = item in self._held
                self._held.discard(item)
            if held:
                self.add(*item)

    def _again(self, item: Item, error: Exception) -> None:
        conflict = isinstance(error, ApiError) and error.status == 409
        if not conflict and not isinstance(error, Again):
            known = isinstance(error, (ApiError, urllib3.exceptions.HTTPError))
            log.warning("%s %s/%s: %s", item[0].__qualname__, *item[1:], error, exc_info=not known)
        failures = self._failures[item] = self._failures.get(item, 0) + 1
        self.add(*item, after=FAST_SECONDS if failures <= FAST_RETRIES else SLOW_SECONDS)

    def _next(self) -> Item:
        with self._changed:
            while True:
                now = time.monotonic()
                while self._due and self._due[0][0] <= now:
                    when, _, item = heapq.heappop(self._due)
                    if self._waiting.get(item) != when:
                        continue  # it was wanted sooner, and was done then
                    del self._waiting[item]
                    if item in self._active:
                        self._held.add(item)
                        continue
                    self._active.add(item)
                    return item
                self._changed.wait(self._due[0][0] - now if self._due else None)
