"""The double as a test starts it: in its own event loop (`async with`), or in a thread (`in_thread`)."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Self, TypeVar

from tests.doubles.gce.clock import Clock, SystemClock
from tests.doubles.gce.cloud import Cloud, Landscape
from tests.doubles.gce.fault import Fault, Faults
from tests.doubles.gce.hooks import Hook, Hooks, ignore
from tests.doubles.gce.server import Server

T = TypeVar("T")
START_SECONDS = 10


class GceDouble:
    """A project of Compute Engine on 127.0.0.1. An async context manager; state is gone after it.

    `on_running` and `on_gone` are told of machines that boot and end (tests.doubles.gce.hooks). `clock` may be a
    ManualClock, and then nothing happens until a test advances it.
    """

    def __init__(
        self,
        landscape: Landscape | None = None,
        *,
        clock: Clock | None = None,
        on_running: Hook = ignore,
        on_gone: Hook = ignore,
        port: int = 0,
    ) -> None:
        self.hooks = Hooks(on_running, on_gone)
        self.cloud = Cloud(clock or SystemClock(), landscape or Landscape(), self.hooks)
        self.faults = Faults()
        self.server = Server(self.cloud, self.faults)
        self.port = port
        self._loop: asyncio.AbstractEventLoop | None = None

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        self.port = await self.server.connections.open("127.0.0.1", self.port)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.server.connections.close()
        for instance in self.cloud.instances.values():
            instance.cancel_timers()
        await self.hooks.stop()

    @property
    def url(self) -> str:
        """What Google's client takes as `api_endpoint`."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def api(self) -> str:
        """With the path that GceSettings.api has."""
        return f"{self.url}/compute/v1"

    def fail(self, *faults: Fault) -> None:
        """Switch faults on."""
        self.faults.add(*faults)

    def do(self, act: Callable[[], T]) -> T:
        """Call something in the double's loop, from another thread, and wait for it."""
        if self._loop is None:
            raise RuntimeError("the double does not run")

        async def called() -> T:
            return act()

        return asyncio.run_coroutine_threadsafe(called(), self._loop).result(START_SECONDS)


@contextmanager
def in_thread(double: GceDouble) -> Iterator[GceDouble]:
    """Serve it from a thread of its own, for tests that block. Reach into it by `do`."""
    started, ended = threading.Event(), threading.Event()

    async def serve() -> None:
        async with double:
            started.set()
            await asyncio.to_thread(ended.wait)

    thread = threading.Thread(target=lambda: asyncio.run(serve()), name="gce-double")
    thread.start()
    try:
        if not started.wait(START_SECONDS):
            raise TimeoutError("the double did not start")
        yield double
    finally:
        ended.set()
        thread.join()
