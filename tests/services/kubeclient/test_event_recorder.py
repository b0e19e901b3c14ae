"""Events tell, count and never get in the way."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
import pytest_asyncio

from kubeclient.events import EventRecorder
from kubeclient.resources import EVENTS, NODES, PODS, Json
from tests.doubles.clock import VirtualClock
from tests.doubles.kubernetes.api_server import ApiServer
from tests.doubles.kubernetes.faults import Break, Fault, Hang, LoseAnswer, Refuse
from tests.doubles.kubernetes.wire import client_of

pytestmark = pytest.mark.asyncio
INSTANCE = "failover-0"


class Ground:
    """A node, a recorder that runs, and what it wrote."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.server = ApiServer(self.clock)
        self.node = self.server.put(NODES, {"metadata": {"name": "node-1"}})
        client = client_of(self.server)
        self.recorder = EventRecorder(client, self.clock, component="homeground.dev/failover", instance=INSTANCE)
        self.task = asyncio.create_task(self.recorder.run())

    @property
    def events(self) -> list[Json]:
        return sorted(self.server.objects(EVENTS), key=lambda event: event["eventTime"])

    def counts(self) -> dict[str, int]:
        """How often each note was told, as the server knows it."""
        return {event["note"]: event.get("series", {}).get("count", 1) for event in self.events}


async def ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@pytest_asyncio.fixture
async def ground() -> AsyncIterator[Ground]:
    async with AsyncExitStack() as stack:
        ground = Ground()
        stack.push_async_callback(ground.server.close)
        stack.push_async_callback(ended, ground.task)
        yield ground
        ground.server.faults.clear()


async def test_an_event_says_what_happened_to_whom_and_who_tells(ground: Ground) -> None:
    ground.recorder.record(ground.node, "SuspectedDown", "no lease for 12 s", action="Suspect", type_="Warning")
    await ground.clock.until(lambda: ground.events)
    [event] = ground.events
    assert event["metadata"]["namespace"] == "default", "a node has no namespace"
    assert event["metadata"]["name"].startswith("node-1.")
    del event["metadata"]
    assert event == {
        "apiVersion": "events.k8s.io/v1",
        "kind": "Event",
        "eventTime": "2026-01-01T00:00:00.000000Z",
        "reportingController": "homeground.dev/failover",
        "reportingInstance": INSTANCE,
        "action": "Suspect",
        "reason": "SuspectedDown",
        "type": "Warning",
        "regarding": {
            "apiVersion": "v1",
            "kind": "Node",
            "name": "node-1",
            "uid": ground.node["metadata"]["uid"],
        },
        "note": "no lease for 12 s",
    }


async def test_an_object_with_a_namespace_has_its_events_there(ground: Ground) -> None:
    pod = ground.server.put(PODS, {"metadata": {"name": "p", "namespace": "games"}})
    ground.recorder.record(pod, "Moved", "away")
    await ground.clock.until(lambda: ground.events)
    [event] = ground.events
    assert event["metadata"]["namespace"] == event["regarding"]["namespace"] == "games"
    assert event["action"] == "Moved", "an action is needed, so the reason is one"


async def test_the_same_again_is_counted_and_written_every_ten_seconds_at_most(ground: Ground) -> None:
    for _ in range(120):
        ground.recorder.record(ground.node, "Blocked", "stockout")
        await ground.clock.sleep(0.5)
    await ground.clock.sleep(11)
    assert ground.counts() == {"stockout": 120}
    assert len(ground.server.calls) <= 8, "60 s: one creation and a patch every 10 s"
    [event] = ground.events
    assert event["series"]["lastObservedTime"] == "2026-01-01T00:00:59.500000Z"


async def test_another_note_object_or_reason_is_another_event(ground: Ground) -> None:
    other = ground.server.put(NODES, {"metadata": {"name": "node-2"}})
    ground.recorder.record(ground.node, "Blocked", "stockout in a")
    ground.recorder.record(ground.node, "Blocked", "stockout in b")
    ground.recorder.record(ground.node, "Waiting", "stockout in a")
    ground.recorder.record(other, "Blocked", "stockout in a")
    await ground.clock.sleep(1)
    assert len(ground.events) == 4


async def test_notes_that_always_differ_do_not_flood_the_server(ground: Ground) -> None:
    for number in range(200):
        ground.recorder.record(ground.node, "Draining", f"{number} sessions remain")
    await ground.clock.sleep(30)
    assert len(ground.events) == 10
    assert ground.counts()["9 sessions remain"] == 191


async def test_after_a_while_it_is_told_anew(ground: Ground) -> None:
    ground.recorder.record(ground.node, "Blocked", "stockout")
    await ground.clock.sleep(601)
    ground.recorder.record(ground.node, "Blocked", "stockout")
    await ground.clock.sleep(1)
    assert len(ground.events) == 2


@pytest.mark.parametrize("fault", [Break(), LoseAnswer(), Refuse(500), Refuse(429), Hang(), Hang(done=True)])
@pytest.mark.parametrize("verb", ["create", "patch"])
async def test_what_fails_once_is_written_once_in_the_end(ground: Ground, verb: str, fault: Fault) -> None:
    ground.server.faults.add(fault, verb=verb)
    ground.recorder.record(ground.node, "Blocked", "stockout")
    ground.recorder.record(ground.node, "Blocked", "stockout")
    await ground.clock.sleep(60)
    assert ground.counts() == {"stockout": 2}
    assert len(ground.events) == 1


@pytest.mark.parametrize("fault", [Refuse(403, "Forbidden"), Refuse(422, "Invalid"), Break()])
async def test_what_fails_for_good_is_given_up_and_holds_up_nobody(
    ground: Ground, fault: Fault, caplog: pytest.LogCaptureFixture
) -> None:
    ground.server.faults.add(fault, times=6)
    ground.recorder.record(ground.node, "Blocked", "stockout")
    await ground.clock.sleep(120)
    ground.server.faults.clear()
    ground.recorder.record(ground.node, "Active", "joined")
    await ground.clock.sleep(30)
    assert ground.counts() == {"joined": 1}
    assert "was not written" in caplog.text


async def test_recording_neither_waits_nor_raises(ground: Ground, caplog: pytest.LogCaptureFixture) -> None:
    with ground.server.outage():
        for number in range(5000):
            ground.recorder.record(ground.node, f"Reason{number}", "a note")
        ground.recorder.record({"metadata": {}}, "Broken", "of nothing")
        await ground.clock.sleep(1)
    assert "Broken was not recorded" in caplog.text
    await ground.clock.sleep(600)
    assert 0 < len(ground.events) <= 1000
    assert not ground.task.done()


async def test_a_note_is_cut_to_what_the_server_takes(ground: Ground) -> None:
    ground.recorder.record(ground.node, "Blocked", "ü" * 2000)
    await ground.clock.until(lambda: ground.events)
    assert ground.events[0]["note"] == "ü" * 512


async def test_closing_writes_what_is_left_but_does_not_wait_for_ever(ground: Ground) -> None:
    for _ in range(3):
        ground.recorder.record(ground.node, "Stopping", "bye")
    await ground.recorder.close()
    assert ground.counts() == {"bye": 3}
    await ground.task
    other = EventRecorder(client_of(ground.server), ground.clock, component="c/d", instance=INSTANCE)
    ground.server.faults.add(Hang(), times=0)
    other.record(ground.node, "Stopping", "again")
    begun = ground.clock.monotonic()
    await other.close(seconds=3)
    assert ground.clock.monotonic() - begun == 3
