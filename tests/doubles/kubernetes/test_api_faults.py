"""What the double does beside what the real one does: faults, the past, and a test's hand in it."""

import asyncio
import logging
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from kubeclient.client import Client
from kubeclient.error import ApiError, NoAnswerError
from kubeclient.resources import GAME_SERVERS, NODES, PODS, Json
from kubeclient.watch import WatchEvent
from tests.doubles.clock import VirtualClock
from tests.doubles.kubernetes.api_server import ApiServer
from tests.doubles.kubernetes.faults import Break, Delay, Fault, Hang, LoseAnswer, Mangle, Refuse, Stale
from tests.doubles.kubernetes.routes import Call
from tests.doubles.kubernetes.wire import Wire, client_of

pytestmark = pytest.mark.asyncio
NODE: Json = {"metadata": {"name": "node-1"}}
TIMEOUT = 10


@pytest_asyncio.fixture
async def server() -> AsyncIterator[ApiServer]:
    server = ApiServer(VirtualClock())
    yield server
    await server.close()


@pytest.fixture
def client(server: ApiServer) -> Client:
    return client_of(server, "operator-0")


DONE = {
    Refuse(409, "Conflict"): (False, 409),
    Break(): (False, 0),
    LoseAnswer(): (True, 0),
    Hang(): (False, 0),
    Hang(done=True): (True, 0),
    Mangle(): (True, 201),
    Delay(3): (True, 201),
}


@pytest.mark.parametrize("fault", DONE)
async def test_a_fault_strikes_before_or_after_a_write(server: ApiServer, client: Client, fault: Fault) -> None:
    done, status = DONE[fault]
    server.faults.add(fault)
    if isinstance(fault, Delay):
        await client.create(NODES, NODE)
    else:
        with pytest.raises(ApiError):
            await client.create(NODES, NODE)
    assert bool(server.find(NODES, "node-1")) == done
    await server.close()  # what hangs is ended, and then recorded
    assert [(str(each.call), each.status, each.fault) for each in server.calls] == [
        ("operator-0: create nodes", status, fault)
    ]


async def test_what_a_sender_gave_up_on_is_carried_out_when_it_arrives(server: ApiServer, client: Client) -> None:
    """A write of a minute ago, by a program that has long gone on: preconditions are what must stop it."""
    server.faults.add(Delay(60))
    with pytest.raises(NoAnswerError):
        await client.create(NODES, NODE)
    assert server.clock.monotonic() == TIMEOUT
    assert server.find(NODES, "node-1") is None
    await server.clock.sleep(51)
    assert server.find(NODES, "node-1")


@pytest.mark.parametrize("fault", [Refuse(), Break(), LoseAnswer(), Hang(), Delay(0), Mangle()])
async def test_a_test_can_act_at_the_moment_a_fault_strikes(server: ApiServer, client: Client, fault: Fault) -> None:
    """Before the write, or after it, as the fault is: here it sees whether the node is there."""
    seen: list[bool] = []
    kind = type(fault)
    server.faults.add(kind(then=lambda: seen.append(server.find(NODES, "node-1") is not None)))
    await asyncio.gather(client.create(NODES, NODE), return_exceptions=True)
    assert seen == [isinstance(fault, LoseAnswer | Mangle)]


async def test_a_program_can_be_killed_between_a_write_and_its_answer(server: ApiServer, client: Client) -> None:
    task = asyncio.create_task(client.create(NODES, NODE))
    server.faults.add(LoseAnswer(then=task.cancel))
    with pytest.raises(asyncio.CancelledError):
        await task
    assert server.find(NODES, "node-1")


async def test_a_fault_strikes_the_calls_it_is_meant_for(server: ApiServer, client: Client) -> None:
    server.put(NODES, NODE)
    other = client_of(server, "operator-1")
    server.faults.add(Break(), verb="get", resource=NODES, name="node-1", client="operator-0", times=2, skip=1)
    outcomes = []
    for _ in range(5):
        await other.get(NODES, "node-1")
        assert await client.find(NODES, "node-2") is None
        outcomes.append((await asyncio.gather(client.find(NODES, "node-1"), return_exceptions=True))[0])
    assert [isinstance(outcome, NoAnswerError) for outcome in outcomes] == [False, True, True, False, False]


async def test_faults_can_be_drawn_for_every_call(server: ApiServer, client: Client) -> None:
    asked: list[Call] = []

    def draw(call: Call) -> Fault | None:
        asked.append(call)
        return Break() if len(asked) % 2 else None

    server.faults.choose = draw
    with pytest.raises(NoAnswerError):
        await client.create(NODES, NODE)
    await client.create(NODES, NODE)
    assert [call.writes for call in asked] == [True, True]
    server.faults.clear()
    await client.get(NODES, "node-1")
    assert len(asked) == 2


async def test_reads_can_be_of_the_past(server: ApiServer, client: Client) -> None:
    server.put(NODES, NODE)
    server.edit(NODES, "node-1", lambda node: node["metadata"].update(labels={"a": "1"}))
    server.remove(NODES, "node-1")
    version = server.storage.version
    seen = []
    for behind in (1, 2, 3):
        server.faults.add(Stale(behind), times=2)
        found = await client.find(NODES, "node-1")
        listing = await client.list(NODES)
        assert int(listing.version) == version - behind
        seen.append((found and found["metadata"].get("labels"), len(listing.items)))
    assert seen == [({"a": "1"}, 1), (None, 1), (None, 0)]
    assert (await client.list(NODES)).items == []


async def test_a_page_is_of_the_moment_of_the_first_until_that_is_forgotten(server: ApiServer, client: Client) -> None:
    for name in "abcd":
        server.put(NODES, {"metadata": {"name": name}})
    with_deletion = Delay(0, then=lambda: server.remove(NODES, "d"))
    server.faults.add(with_deletion, verb="list", skip=1)
    assert [node["metadata"]["name"] for node in (await client.list(NODES, page=2)).items] == list("abcd")
    server.faults.add(Delay(0, then=server.storage.compact), verb="list", skip=1)
    assert [node["metadata"]["name"] for node in (await client.list(NODES, page=2)).items] == list("abc")


async def follow(client: Client, version: int, told: list[WatchEvent]) -> None:
    async with client.watch(NODES, version=str(version)) as events:
        async for event in events:
            told.append(event)


async def test_a_paused_watch_tells_all_later_and_in_order(server: ApiServer, client: Client) -> None:
    told: list[WatchEvent] = []
    task = asyncio.create_task(follow(client, server.storage.version, told))
    await server.clock.sleep(1)
    [watch] = server.watches(NODES, "operator-0")
    watch.pause()
    for number in range(3):
        server.put(NODES, {"metadata": {"name": f"n{number}"}})
    await server.clock.sleep(300)
    assert told == []
    watch.resume()
    await server.clock.sleep(1)
    assert [event.object["metadata"]["name"] for event in told if event.type == "ADDED"] == ["n0", "n1", "n2"]
    watch.close()
    await task
    assert server.watches() == []


async def test_an_outage_ends_what_was_open_and_answers_nobody(server: ApiServer, client: Client) -> None:
    task = asyncio.create_task(follow(client, server.storage.version, []))
    await server.clock.sleep(1)
    with server.outage():
        with pytest.raises(NoAnswerError):
            await task
        with pytest.raises(NoAnswerError):
            await client.create(NODES, NODE)
    assert server.find(NODES, "node-1") is None
    await client.create(NODES, NODE)


async def test_a_cut_wire_is_one_programs_alone(server: ApiServer) -> None:
    wire = Wire(server)
    mine, other = Client(wire, server.clock), client_of(server)
    wire.cut = True
    with pytest.raises(NoAnswerError):
        await mine.list(NODES)
    assert (await other.list(NODES)).items == []


async def test_somebody_elses_write_is_one_step_with_its_status(server: ApiServer) -> None:
    conditions = {"conditions": [{"type": "Ready", "status": "True"}]}
    made = server.put(NODES, NODE | {"status": conditions})
    assert made["status"] == conditions
    version = server.storage.version
    changed = server.edit(NODES, "node-1", lambda node: (node["spec"].update(a=1), node.update(status={})))
    assert server.storage.version == version + 1
    assert (changed["spec"], changed["status"]) == ({"a": 1}, {})
    changed["spec"]["a"] = 2
    assert server.objects(NODES)[0]["spec"] == {"a": 1}, "what is handed out is a copy"


async def test_a_game_servers_status_is_written_with_the_rest(client: Client) -> None:
    """Agones' GameServer has no status subresource: allocation is one update of both."""
    made = await client.create(
        GAME_SERVERS, {"metadata": {"name": "a", "namespace": "n"}, "spec": {}, "status": {"state": "Ready"}}
    )
    allocated = await client.replace(GAME_SERVERS, made | {"status": {"state": "Allocated"}})
    assert allocated["status"] == {"state": "Allocated"}
    with pytest.raises(ApiError) as refused:
        await client.replace(GAME_SERVERS, made, subresource="status")
    assert (refused.value.status, refused.value.missing) == (404, False)


async def test_only_what_has_no_dependants_to_delete_is_deleted(server: ApiServer, client: Client) -> None:
    server.put(NODES, NODE)
    with pytest.raises(ApiError, match="no garbage collector"):
        await client.delete(NODES, "node-1", propagation="Foreground")


async def test_a_pod_that_ends_can_be_hurried_but_not_slowed(server: ApiServer, client: Client) -> None:
    server.put(PODS, {"metadata": {"name": "p", "namespace": "n"}, "spec": {"nodeName": "node-1"}})
    graces = []
    for seconds in (20, 60, 5):
        await client.delete(PODS, "p", "n", grace_seconds=seconds)
        found = server.find(PODS, "p", "n")
        assert found
        graces.append(found["metadata"]["deletionGracePeriodSeconds"])
    assert graces == [20, 20, 5]


async def test_one_that_gives_up_opening_a_watch_leaves_none_behind(server: ApiServer, client: Client) -> None:
    server.faults.add(Delay(60), verb="watch")
    with pytest.raises(NoAnswerError):
        await follow(client, server.storage.version, [])
    await server.clock.sleep(100)
    assert server.watches() == []


async def test_a_race_goes_the_same_way_every_time(caplog: pytest.LogCaptureFixture) -> None:
    """Two programs, one node: whoever is first by virtual time wins, so a failing test can be run again."""

    async def run() -> list[str]:
        server = ApiServer(VirtualClock())
        server.put(NODES, NODE)
        clients = [client_of(server, f"operator-{number}") for number in range(3)]

        async def take(client: Client) -> None:
            for _ in range(10):
                node = await client.get(NODES, "node-1")
                node["metadata"].setdefault("labels", {})["by"] = str(server.clock.monotonic())
                await asyncio.gather(client.replace(NODES, node), return_exceptions=True)
                await server.clock.sleep(1)

        await asyncio.gather(*map(take, clients))
        return [f"{done.call} {done.status}" for done in server.calls]

    with caplog.at_level(logging.ERROR):
        first, second = await run(), await run()
    assert first == second
    assert any(line.endswith("409") for line in first)
    assert not caplog.records
