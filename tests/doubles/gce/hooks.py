"""Calls of a test when a machine runs, and when it no longer does."""

import asyncio
import inspect
import logging
from collections.abc import Awaitable, Callable

from tests.doubles.gce.instance import Guest

Hook = Callable[[Guest], Awaitable[None] | None]
_LOG = logging.getLogger(__name__)


def ignore(guest: Guest) -> None:
    """Nobody boots."""


class Hooks:
    """Coroutine functions run in the double's loop, others in a thread. Those of one machine follow each other.

    A process that tests.cluster.process starts dies with the thread it was started from: start it in a coroutine.
    A hook that fails leaves the machine as it is: the cloud does not know what happens inside. See `errors`.
    """

    def __init__(self, on_running: Hook = ignore, on_gone: Hook = ignore) -> None:
        self.on_running, self.on_gone = on_running, on_gone
        self.errors: list[Exception] = []
        self._last: dict[str, asyncio.Task[None]] = {}

    def running(self, guest: Guest) -> None:
        self._call(self.on_running, guest)

    def gone(self, guest: Guest) -> None:
        """Off: stopped, deleted, or its run time was over."""
        self._call(self.on_gone, guest)

    async def settled(self) -> None:
        """All that were begun have ended."""
        await asyncio.gather(*self._last.values())

    async def stop(self) -> None:
        for task in self._last.values():
            task.cancel()
        await asyncio.gather(*self._last.values(), return_exceptions=True)

    def _call(self, hook: Hook, guest: Guest) -> None:
        if hook is not ignore:
            before = self._last.get(guest.id)
            self._last[guest.id] = asyncio.get_running_loop().create_task(self._after(before, hook, guest))

    async def _after(self, before: asyncio.Task[None] | None, hook: Hook, guest: Guest) -> None:
        if before:
            await before
        try:
            if inspect.iscoroutinefunction(hook):
                await hook(guest)
            elif awaited := await asyncio.to_thread(hook, guest):
                await awaited
        except Exception as error:
            _LOG.exception("hook of %s", guest.name)
            self.errors.append(error)
