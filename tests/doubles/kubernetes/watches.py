"""Watches as the double serves them, each in a test's hand."""

import math
from asyncio import Event
from collections import deque
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field

import msgspec

from kubeclient.clock import Clock
from kubeclient.timeout import Timeout
from tests.doubles.kubernetes.refusal import expired
from tests.doubles.kubernetes.routes import Call
from tests.doubles.kubernetes.selection import Test
from tests.doubles.kubernetes.storage import Change, Json

BOOKMARK_SECONDS = 60.0
LAST_BOOKMARK_SECONDS = 2.0
"""Before the end of a watch the server sends one more, so that the next one begins late enough."""


class Broken(Exception):  # noqa: N818 - what became of the connection
    """The connection is gone."""


@dataclass(frozen=True, slots=True)
class _End:
    """The end of a watch, as a line of it."""

    broken: bool


@dataclass(slots=True)
class Watch:
    """One open watch; what it has to say waits here until it is sent."""

    call: Call
    matches: Test
    clock: Clock
    version: Callable[[], int]
    since: int
    """Nothing up to this version is told. It may be one that is yet to come, as after etcd was restored."""

    seconds: float = math.inf
    bookmark_seconds: float = BOOKMARK_SECONDS
    open: bool = True
    _out: deque[bytes | _End] = field(default_factory=deque)
    _stirred: Event = field(default_factory=Event)
    _paused: bool = False

    # What a test does to it

    def pause(self) -> None:
        """Say nothing from now on, and keep the connection: a route that is lost, or a cache that lags."""
        self._paused = True

    def resume(self) -> None:
        """Say all that has been held back, in order."""
        self._paused = False
        self._stirred.set()

    def close(self) -> None:
        """End it as a server does that has had enough, after what is still to be said."""
        self._put(_End(broken=False))

    def break_off(self) -> None:
        """Break the connection, with all that was not said yet."""
        self._paused = False
        self._out.clear()
        self._put(_End(broken=True))

    def expire(self) -> None:
        """Tell it that its version is forgotten (410, as an event), and end it."""
        self._put(line("ERROR", expired(1, self.version()).status()))
        self.close()

    def say(self, text: bytes) -> None:
        """Any line."""
        self._put(text)

    # What the server does with it

    def tell(self, change: Change) -> None:
        """A change, if it is of an object that is selected, or was before it."""
        if change.resource != self.call.kind.resource or self.call.namespace not in ("", change.key[0]):
            return
        if change.version <= self.since:
            return
        was = change.previous is not None and self.matches(change.previous)
        now = change.type != "DELETED" and self.matches(change.object)
        if now:
            self._put(line("MODIFIED" if was else "ADDED", change.object))
        elif was and change.previous is not None:
            # As it was when it still was selected, with the version at which it no longer was.
            last = change.object if change.type == "DELETED" else _at(change.previous, change.version)
            self._put(line("DELETED", last))

    async def lines(self) -> AsyncGenerator[bytes]:
        """What it says, until it ends. Raises Broken."""
        now = self.clock.monotonic()
        end, bookmark = now + self.seconds, now + self.bookmark_seconds
        bookmark = min(bookmark, max(end - LAST_BOOKMARK_SECONDS, now))
        try:
            while True:
                while self._out and not self._paused:
                    out = self._out.popleft()
                    if isinstance(out, _End):
                        if out.broken:
                            raise Broken
                        return
                    yield out
                due = math.inf if self._paused else min(end, bookmark)
                if not await self._stir(due):
                    if self.clock.monotonic() >= end:
                        return
                    if self.version() > self.since:  # the real one, too, has nothing to say before that
                        self._put(line("BOOKMARK", self._bookmark()))
                    bookmark = self.clock.monotonic() + self.bookmark_seconds
        finally:
            self.open = False

    async def _stir(self, due: float) -> bool:
        """Wait until there is something to say; False when `due` came first."""
        self._stirred.clear()
        if math.isinf(due):
            return await self._stirred.wait()
        try:
            async with Timeout(self.clock, due - self.clock.monotonic()):
                return await self._stirred.wait()
        except TimeoutError:
            return False

    def _bookmark(self) -> Json:
        resource = self.call.kind.resource
        metadata = {"resourceVersion": str(self.version()), "creationTimestamp": None}
        return {"kind": resource.kind, "apiVersion": resource.api_version, "metadata": metadata}

    def _put(self, out: bytes | _End) -> None:
        self._out.append(out)
        self._stirred.set()


def line(type_: str, obj: Json) -> bytes:
    return msgspec.json.encode({"type": type_, "object": obj}) + b"\n"


def _at(obj: Json, version: int) -> Json:
    return obj | {"metadata": obj["metadata"] | {"resourceVersion": str(version)}}
