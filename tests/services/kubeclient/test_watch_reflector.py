"""Whatever becomes of a watch, the store is right again: hours of it in virtual time."""

import asyncio
import logging
import math
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack

import pytest
import pytest_asyncio

from kubeclient.backoff import Backoff
from kubeclient.client import Client
from kubeclient.reflector import Reflector
from kubeclient.resources import NODES, PODS, Json, Key
from tests.doubles.clock import VirtualClock
from tests.doubles.kubernetes.api_server import ApiServer
from tests.doubles.kubernetes.faults import Break, Hang, Mangle, Refuse, Stale
from tests.doubles.kubernetes.watches import Watch
from tests.doubles.kubernetes.wire import Wire

pytestmark = pytest.mark.asyncio


class Ground:
    """A server, a reflector of its nodes' label `size`, and what that tells."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.server = ApiServer(self.clock)
        self.wire = Wire(self.server)
        self.told: list[tuple[str, int | None, int | None]] = []
        self.reflector = self.of()
        self.reflector.on_change(self.tell)

    def of(self, **rest: object) -> Reflector[int]:
        backoff = Backoff(first=0.5, cap=8)
        return Reflector(Client(self.wire, self.clock), self.clock, NODES, size, backoff=backoff, **rest)  # type: ignore[arg-type]

    def tell(self, key: Key, old: int | None, new: int | None) -> None:
        self.told.append((key[1], old, new))

    def put(self, name: str, number: object) -> None:
        self.server.put(NODES, {"metadata": {"name": name, "labels": {"size": str(number)}}})

    @property
    def truth(self) -> dict[str, int]:
        return {node["metadata"]["name"]: size(node) for node in self.server.objects(NODES)}

    @property
    def known(self) -> dict[str, int]:
        return {key[1]: value for key, value in self.reflector.objects.items()}

    async def right(self, seconds: float = 600) -> float:
        """How long until the store is right."""
        begun = self.clock.monotonic()
        await self.clock.until(lambda: self.known == self.truth, seconds)
        return self.clock.monotonic() - begun

    def count(self, verb: str) -> int:
        return sum(done.call.verb == verb for done in self.server.calls)

    async def watch(self) -> Watch:
        await self.clock.until(self.server.watches)
        return self.server.watches()[0]


def size(node: Json) -> int:
    return int(node["metadata"]["labels"]["size"])


async def ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@pytest_asyncio.fixture
async def ground() -> AsyncIterator[Ground]:
    """Two nodes, listed and watched."""
    ground = Ground()
    ground.put("a", 1)
    ground.put("b", 1)
    async with AsyncExitStack() as stack:
        task = asyncio.create_task(ground.reflector.run())
        stack.push_async_callback(ground.server.close)
        stack.push_async_callback(ended, task)
        await ground.reflector.synced.wait()
        await ground.watch()
        yield ground
        assert not task.done(), "a reflector never ends by itself"


async def test_it_is_synced_once_all_has_been_listed() -> None:
    ground = Ground()
    ground.put("a", 1)
    ground.server.faults.add(Refuse(500), verb="list", times=3)
    assert ground.reflector.staleness() == math.inf
    task = asyncio.create_task(ground.reflector.run())
    await ground.clock.sleep(0.1)
    assert not ground.reflector.synced.is_set()
    await ground.reflector.synced.wait()
    assert (ground.known, ground.reflector.staleness()) == ({"a": 1}, 0)
    await ended(task)
    await ground.clock.settle()
    assert ground.server.watches() == [], "cancelled, it closes its watch"


async def test_it_follows_one_watch_for_as_long_as_that_goes(ground: Ground) -> None:
    for step in range(100):
        ground.put("a", step + 2)
        await ground.clock.sleep(2)
    ground.server.remove(NODES, "b")
    await ground.right()
    assert ground.told[-1] == ("b", 1, None)
    assert len(ground.told) == 2 + 100 + 1
    assert (ground.count("list"), ground.count("watch")) == (1, 1)


def half_a_line(watch: Watch) -> None:
    watch.say(b'{"type": "ADD')
    watch.close()


ENDS: dict[str, Callable[[Watch], None]] = {
    "closed": Watch.close,
    "broken": Watch.break_off,
    "mangled": lambda watch: watch.say(b'{"type": "ADDED"}\n'),
    "half a line": half_a_line,
}


@pytest.mark.parametrize("end", ENDS)
async def test_a_watch_that_ends_is_gone_on_with_from_there(ground: Ground, end: str) -> None:
    ground.put("a", 2)
    await ground.right()
    watch = await ground.watch()
    ENDS[end](watch)
    ground.put("b", 2)
    ground.server.remove(NODES, "a")
    assert await ground.right() < 1
    assert ground.told[2:] == [("a", 1, 2), ("b", 1, 2), ("a", 2, None)], "nothing twice, nothing left out"
    assert ground.count("list") == 1


async def test_a_forgotten_version_means_a_new_list_that_reveals_deletions(ground: Ground) -> None:
    """As an event of the watch, and as the status of its opening."""
    (await ground.watch()).expire()
    ground.server.remove(NODES, "a")
    ground.server.storage.compact()
    assert await ground.right() < 1
    assert ("a", 1, None) in ground.told
    assert ground.count("list") == 2
    ground.server.faults.add(Refuse(410, "Expired"), verb="watch")
    (await ground.watch()).break_off()
    ground.server.remove(NODES, "b")
    ground.server.storage.compact()
    assert await ground.right() < 3
    assert ground.count("list") == 3


async def test_a_watch_that_says_nothing_any_more_is_not_believed_for_long(ground: Ground) -> None:
    (await ground.watch()).pause()
    ground.server.remove(NODES, "a")
    took = await ground.right()
    assert 72 <= round(took, 3) < 74
    assert len(ground.server.watches()) <= 1, "the silent one is closed"


async def test_bookmarks_keep_a_quiet_watch_alive_and_spare_events(ground: Ground) -> None:
    ground.server.put(PODS, {"metadata": {"name": "p", "namespace": "n"}})
    version = ground.server.storage.version
    await ground.clock.sleep(100)
    assert ground.reflector.staleness() <= 60
    ground.server.storage.compact()
    (await ground.watch()).break_off()
    ground.put("a", 2)
    await ground.right()
    assert int(ground.server.calls[-1].call.query["resourceVersion"]) == version
    assert ground.count("list") == 1, "the version of the bookmark is not forgotten yet"


async def test_where_a_quiet_kind_has_no_bookmarks_it_is_listed_again(ground: Ground) -> None:
    """As of a server whose etcd does not tell it that time goes on."""
    await ground.clock.sleep(600)
    assert ground.reflector.staleness() < 75
    assert 8 <= ground.count("list") <= 9


async def test_a_version_that_is_yet_to_come_is_left(ground: Ground) -> None:
    """Etcd was restored: its versions are lower than ours, and what happens is not told."""
    ground.server.storage.version -= 2
    ground.server.storage.compact()
    watch = await ground.watch()
    watch.since += 1000
    ground.put("a", 7)
    assert await ground.right() < 75


async def test_staleness_grows_while_nobody_answers_and_ends_with_that(ground: Ground) -> None:
    with ground.server.outage():
        ground.server.put(NODES, {"metadata": {"name": "c", "labels": {"size": "3"}}})
        await ground.clock.sleep(500)
        assert ground.reflector.staleness() > 499
        assert ground.known == {"a": 1, "b": 1}, "what was known is kept"
        asked = ground.count("watch")
        assert 60 <= asked <= 140, "it asks again and again, but every 4 to 8 s in the end"
    assert await ground.right() <= 8.1
    assert ground.reflector.staleness() < 8.1


async def test_after_an_outage_it_is_quick_again(ground: Ground) -> None:
    with ground.server.outage():
        await ground.clock.sleep(500)
    ground.put("a", 2)
    await ground.right()
    (await ground.watch()).break_off()
    ground.put("a", 3)
    assert await ground.right() < 1


async def test_a_route_that_is_lost_is_noticed_though_no_connection_breaks() -> None:
    ground = Ground()
    ground.put("a", 1)
    task = asyncio.create_task(ground.reflector.run())
    await ground.watch()
    ground.wire.cut = True
    ground.server.watches()[0].pause()
    ground.put("a", 2)
    await ground.clock.sleep(200)
    assert ground.reflector.staleness() > 199
    ground.wire.cut = False
    assert await ground.right() <= 8.1
    await ended(task)


@pytest.mark.parametrize("fault", [Hang(), Break(), Mangle(), Refuse(500), Refuse(403, "Forbidden"), Refuse(429)])
@pytest.mark.parametrize("verb", ["list", "watch"])
async def test_one_call_that_fails_is_made_good(ground: Ground, verb: str, fault: Break) -> None:
    ground.server.faults.add(fault, verb=verb)
    (await ground.watch()).expire()
    ground.server.remove(NODES, "a")
    ground.server.storage.compact()
    assert await ground.right() <= 75
    assert ground.server.faults.of(ground.server.calls[-1].call) is None


async def test_a_list_that_may_be_seen_but_not_watched_is_no_storm(ground: Ground) -> None:
    ground.server.faults.add(Refuse(403, "Forbidden"), verb="watch", times=0)
    (await ground.watch()).break_off()
    await ground.clock.sleep(800)
    assert 90 <= ground.count("list") <= 220, "every 4 to 8 s"


async def test_a_stale_list_is_caught_up_with(ground: Ground) -> None:
    """Another API server of the cluster, whose cache lags: the past is told, and then all that followed."""
    ground.server.remove(NODES, "a")
    ground.put("c", 3)
    await ground.right()
    ground.server.faults.add(Stale(2), verb="list")
    (await ground.watch()).expire()
    await ground.clock.sleep(2)
    assert ground.told[-4:] == [("c", 3, None), ("a", None, 1), ("a", 1, None), ("c", None, 3)]
    assert ground.known == ground.truth


async def test_the_server_is_heeded_when_it_asks_for_time(ground: Ground) -> None:
    ground.server.faults.add(Refuse(429, "TooManyRequests", retry_after=45), verb="watch")
    (await ground.watch()).break_off()
    ground.put("a", 2)
    assert 45 <= await ground.right() < 47


async def test_an_object_that_cannot_be_read_stops_nobody(ground: Ground, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        ground.put("a", "large")
        ground.put("b", 2)
        await ground.clock.until(lambda: ground.known == {"a": 1, "b": 2})
    assert "can't be read" in caplog.text
    assert set(ground.reflector.unreadable) == {("", "a")}
    assert ground.count("watch") == 1
    ground.put("a", 3)
    await ground.right()
    assert not ground.reflector.unreadable


async def test_selectors_reach_list_and_watch() -> None:
    ground = Ground()
    ground.put("a", 1)
    ground.put("b", 2)
    reflector = ground.of(labels="size=1", fields="metadata.name!=c")
    task = asyncio.create_task(reflector.run())
    await ground.watch()
    ground.put("c", 1)
    ground.put("b", 1)
    await ground.clock.until(lambda: len(reflector.objects) == 2)
    assert set(reflector.objects) == {("", "a"), ("", "b")}
    ground.put("a", 2)
    await ground.clock.until(lambda: set(reflector.objects) == {("", "b")})
    await ended(task)
