"""The runtime library itself on the double and on the real API server: what it builds on is there in both."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from kubeclient.backoff import Backoff
from kubeclient.election import Election
from kubeclient.events import EventRecorder
from kubeclient.reflector import Reflector
from kubeclient.resources import EVENTS, LEASES, Json, Key
from tests.doubles.kubernetes.world import NAMESPACE, WIDGETS, World

pytestmark = pytest.mark.asyncio
SECONDS = 30


async def until(world: World, condition: Callable[[], object]) -> None:
    end = world.clock.monotonic() + SECONDS
    while not condition():
        assert world.clock.monotonic() < end, "waited in vain"
        await world.clock.sleep(0.02)


@asynccontextmanager
async def running(*tasks: asyncio.Task[None]) -> AsyncIterator[None]:
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def test_a_reflector_holds_what_is_there_and_tells_what_changes(world: World) -> None:
    told: list[tuple[str, object, object]] = []

    def tell(key: Key, old: int | None, new: int | None) -> None:
        told.append((key[1][0], old, new))

    def size(obj: Json) -> int:
        return int(obj["spec"]["size"])

    reflector = Reflector(world.client, world.clock, WIDGETS, size, labels=f"mark={world.mark}")
    reflector.on_change(tell)
    await world.client.create(WIDGETS, world.widget("a"))
    async with running(asyncio.create_task(reflector.run())):
        await reflector.synced.wait()
        assert dict(reflector.objects) == {(NAMESPACE, world.name("a")): 1}
        await world.client.create(WIDGETS, world.widget("b", spec={"size": 5}))
        await world.client.merge_patch(WIDGETS, world.name("a"), {"spec": {"size": 2}}, NAMESPACE)
        await world.client.delete(WIDGETS, world.name("b"), NAMESPACE)
        await until(world, lambda: len(told) == 4)
        assert reflector.staleness() < SECONDS
    assert told == [("a", None, 1), ("b", None, 5), ("a", 1, 2), ("b", 5, None)]
    assert dict(reflector.objects) == {(NAMESPACE, world.name("a")): 2}


async def test_a_silent_watch_is_listed_again(world: World) -> None:
    """The real one says nothing of a kind that nobody writes, and so must not be taken for lost for ever."""
    reflector = Reflector(
        world.client,
        world.clock,
        WIDGETS,
        lambda obj: obj,
        labels=f"mark={world.mark}",
        inactivity_seconds=1,
        backoff=Backoff(first=0.1),
    )
    async with running(asyncio.create_task(reflector.run())):
        await reflector.synced.wait()
        for _ in range(3):
            await until(world, lambda: reflector.staleness() > 0.8)
            await until(world, lambda: reflector.staleness() < 0.5)


def election(world: World, identity: str, lost: Callable[[], None]) -> Election:
    return Election(
        world.client,
        world.clock,
        namespace=NAMESPACE,
        name=world.name("leader"),
        identity=identity,
        on_lost=lost,
        lease_seconds=3,
        renew_seconds=2,
        retry_seconds=0.2,
    )


async def test_a_leader_that_stops_hands_over(world: World) -> None:
    lost: list[str] = []
    first, second = (election(world, name, lambda name=name: lost.append(name)) for name in ("one", "two"))  # type: ignore[misc]
    leading = asyncio.create_task(first.run())
    await until(world, lambda: first.leading)
    waiting = asyncio.create_task(second.run())
    async with running(leading, waiting):
        await until(world, lambda: second.holder == "one")
        leading.cancel()
        await until(world, lambda: second.leading)
        assert not first.leading
        spec = (await world.client.get(LEASES, world.name("leader"), NAMESPACE))["spec"]
        assert (spec["holderIdentity"], spec["leaseTransitions"]) == ("two", 2)
    assert lost == []


async def test_what_happens_twice_is_one_event_that_is_counted(world: World) -> None:
    obj = await world.client.create(WIDGETS, world.widget())
    recorder = EventRecorder(world.client, world.clock, component="homeground.dev/contract", instance="one")
    async with running(asyncio.create_task(recorder.run())):
        for _ in range(3):
            recorder.record(obj, "Tested", "a note", type_="Warning")
        await recorder.close(seconds=SECONDS)
    found = await world.client.list(EVENTS, NAMESPACE, fields="reason=Tested")
    [event] = [each for each in found.items if each["regarding"]["uid"] == obj["metadata"]["uid"]]
    assert (event["note"], event["type"], event["series"]["count"]) == ("a note", "Warning", 3)
