"""What is to be looked at, each key by one worker at a time.

The rules are those of client-go's work queue: adding says that something changed, not what, so that many changes of
one key are looked at once, and one that comes in between is looked at once more.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import replace
from typing import Generic, TypeVar

from kubeclient.backoff import Backoff
from kubeclient.clock import Clock

K = TypeVar("K", bound=Hashable)
log = logging.getLogger(__name__)


class QueueClosedError(Exception):
    """No more work is given out."""


class WorkQueue(Generic[K]):
    """Take a key with `get`, and say `done` when it has been looked at, however that went.

    `backoff` is the pattern of the waits that `retry` makes, each key on its own.
    """

    def __init__(self, clock: Clock, backoff: Backoff | None = None) -> None:
        self._clock, self._pattern = clock, backoff or Backoff(first=0.05, cap=60.0)
        self._queue: deque[K] = deque()
        self._wanted: set[K] = set()
        """In the queue, or to be put there when it is done."""

        self._active: set[K] = set()
        self._later: dict[K, tuple[float, asyncio.Task[None]]] = {}
        self._backoffs: dict[K, Backoff] = {}
        self._stirred = asyncio.Event()
        self._closed = False

    def __len__(self) -> int:
        """How many keys wait for a worker now; delayed ones don't count."""
        return len(self._queue)

    def add(self, key: K) -> None:
        """Have it looked at: soon, and once, however often it is added before that."""
        if self._closed or key in self._wanted:
            return
        self._wanted.add(key)
        if key not in self._active:
            self._put(key)

    def add_after(self, key: K, seconds: float) -> None:
        """As `add`, in so many seconds; of several such the earliest counts. Adding it now does not undo this one."""
        if self._closed:
            return
        due = self._clock.monotonic() + seconds
        if seconds <= 0:
            self.add(key)
        elif key not in self._later or due < self._later[key][0]:
            self._forget_later(key)
            self._later[key] = due, asyncio.create_task(self._add_at(key, due))

    def retry(self, key: K) -> float:
        """It went wrong: add it after a wait that grows with each time in a row. Returns the wait in seconds."""
        backoff = self._backoffs.setdefault(key, replace(self._pattern, failures=0))
        seconds = backoff.next()
        self.add_after(key, seconds)
        return seconds

    def forget(self, key: K) -> None:
        """It went well: the next `retry` is a first one."""
        self._backoffs.pop(key, None)

    def failures(self, key: K) -> int:
        """How often in a row it went wrong."""
        return self._backoffs[key].failures if key in self._backoffs else 0

    async def get(self) -> K:
        """The next key, now this caller's until `done`. Raises QueueClosedError."""
        while not self._queue:
            if self._closed:
                raise QueueClosedError
            self._stirred.clear()
            await self._stirred.wait()
        if self._closed:
            raise QueueClosedError
        key = self._queue.popleft()
        self._wanted.discard(key)
        self._active.add(key)
        return key

    def done(self, key: K) -> None:
        """Looked at; if it was added meanwhile, it is given out once more."""
        self._active.discard(key)
        if key in self._wanted:
            self._put(key)

    async def work(self, look: Callable[[K], Awaitable[float | None]]) -> None:
        """Be one worker, until the queue is closed: what was begun is ended, what waits is left.

        `look` returns the seconds after which to look at the key again at the latest, or None. When it raises, the key
        is retried.
        """
        while True:
            try:
                key = await self.get()
            except QueueClosedError:
                return
            try:
                again = await look(key)
                self.forget(key)
                if again is not None:
                    self.add_after(key, again)
            except Exception:
                seconds = self.retry(key)
                log.exception("%s: again in %.1f s", key, seconds)
            finally:
                self.done(key)

    def close(self) -> None:
        """Give out nothing more. Whoever waits in `get` is told."""
        self._closed = True
        for key in list(self._later):
            self._forget_later(key)
        self._stirred.set()

    async def _add_at(self, key: K, due: float) -> None:
        while (left := due - self._clock.monotonic()) > 0:
            await self._clock.sleep(left)
        del self._later[key]
        self.add(key)

    def _forget_later(self, key: K) -> None:
        if later := self._later.pop(key, None):
            later[1].cancel()

    def _put(self, key: K) -> None:
        self._queue.append(key)
        self._stirred.set()
