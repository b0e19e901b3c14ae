"""A replica of the operator as its operating system has it: once killed, nothing of it goes on.

What it had sent before arrives all the same: neither the API server nor the cloud takes it back.
"""

import asyncio
from collections.abc import Callable, Coroutine
from contextvars import Context, ContextVar, copy_context
from typing import Any

from failover.operator import Program
from kubeclient.transport import Answer, Request, Transport
from tests.doubles.kubernetes.watches import Watch
from tests.doubles.kubernetes.wire import Wire
from tests.services.failover.properties.api import Api

OWNER: ContextVar["Process | None"] = ContextVar("OWNER", default=None)
"""Whose the running task is. What is begun in a task is of the same process."""

WAY = 0.005
"""Seconds of a request's way, so that time passes for a program that never waits."""

MOST_STARTS = 50
"""Of one process in a test: a program that ends at once, again and again, is found out."""


class Line(Wire):
    """To the API server. A request that is on it belongs to nobody any more."""

    async def _ask(self, request: Request) -> Answer | Watch:
        await self._server.clock.sleep(WAY)
        token = OWNER.set(None)
        try:
            return await super()._ask(request)
        finally:
            OWNER.reset(token)


class Process:
    """`program` makes what runs in it, `ended` is told of one that raised."""

    def __init__(
        self, name: str, api: Api, program: Callable[[Transport], Program], ended: Callable[[str], None]
    ) -> None:
        self.name, self._api, self._program, self._ended = name, api, program, ended
        self._tasks: set[asyncio.Task[Any]] = set()
        self._line: Line | None = None
        self._stopped = asyncio.Event()
        self._starts = 0

    @property
    def running(self) -> bool:
        return self._line is not None

    def start(self) -> None:
        """A process that runs already goes on."""
        if self.running:
            return
        self._starts += 1
        assert self._starts < MOST_STARTS, f"{self.name} was started {self._starts} times"
        self._stopped = asyncio.Event()
        self._line = Line(self._api, self.name)
        context = copy_context()
        context.run(OWNER.set, self)
        asyncio.get_running_loop().create_task(self._run(self._line, self._stopped), context=context)

    def stop(self) -> None:
        """As by SIGTERM: it ends by itself, gives up its lead, and is started anew."""
        self._stopped.set()

    def kill(self) -> None:
        """As by SIGKILL: wherever it waits just now, that was all."""
        if self._line:
            self._line.cut = True
        self._line = None
        for task in self._tasks:
            task.cancel()
        self._tasks = set()

    def begun(self, task: asyncio.Task[Any]) -> None:
        """A task of its own."""
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, line: Line, stopped: asyncio.Event) -> None:
        program = self._program(line)
        program.election.identity = self.name
        try:
            await program.work(stopped)
        except Exception as error:
            self._ended(f"{self.name} ended: {error!r}")
        # As main does when `run` returns, and the kubelet then.
        self.kill()
        self.start()


def track(loop: asyncio.AbstractEventLoop) -> None:
    """Have every task that is begun in a process known to it."""

    def make(
        loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, Any], *, context: Context | None = None
    ) -> asyncio.Task[Any]:
        task = asyncio.Task(work, loop=loop, context=context)
        owner = context.get(OWNER) if context else OWNER.get()
        if owner:
            owner.begun(task)
        return task

    loop.set_task_factory(make)  # type: ignore[arg-type]  # typeshed has a generator's
