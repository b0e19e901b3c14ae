"""Lists and watches: the double must answer as the real API server does."""

import asyncio

import pytest

from kubeclient.error import ApiError
from kubeclient.resources import PODS, SECRETS, Resource
from kubeclient.watch import WatchEvent
from tests.doubles.kubernetes.world import NAMESPACE, WIDGETS, World

pytestmark = pytest.mark.asyncio

WATCH_SECONDS = 4
SELECTORS = {
    "tier=gold": "a",
    "tier==gold": "a",
    "tier!=gold": "bcd",
    "tier": "abc",
    "!tier": "d",
    "tier in (gold, silver)": "ab",
    "tier notin (gold,silver)": "cd",
    "tier=gold,!rare": "",
    "tier,rare": "ac",
    "tier=": "c",
}
"""Who of a (gold, rare), b (silver), c (empty, rare) and d (none) is selected."""


@pytest.mark.parametrize("selector", SELECTORS)
async def test_labels_select(world: World, selector: str) -> None:
    for part, labels in {
        "a": {"tier": "gold", "rare": ""},
        "b": {"tier": "silver"},
        "c": {"tier": "", "rare": ""},
    }.items():
        await world.client.create(WIDGETS, world.widget(part, metadata={"labels": {"mark": world.mark, **labels}}))
    await world.client.create(WIDGETS, world.widget("d"))
    listing = await world.client.list(WIDGETS, NAMESPACE, labels=f"mark={world.mark},{selector}")
    assert "".join(item["metadata"]["name"][0] for item in listing.items) == SELECTORS[selector]


async def test_fields_select(world: World) -> None:
    for part, node in (("a", "one"), ("b", "two")):
        container = {"name": "main", "image": "example.org/none:1"}
        await world.client.create(PODS, world.of(PODS, part, spec={"containers": [container], "nodeName": node}))
    mine = f"mark={world.mark}"
    there = await world.client.list(PODS, labels=mine, fields="spec.nodeName=one")
    elsewhere = await world.client.list(PODS, labels=mine, fields="spec.nodeName!=one,status.phase=Pending")
    assert [item["metadata"]["name"] for item in there.items] == [world.name("a")]
    assert [item["metadata"]["name"] for item in elsewhere.items] == [world.name("b")]


@pytest.mark.parametrize(("labels", "fields"), [("a b", ""), ("", "spec.size=1"), ("a in", "")])
async def test_what_is_no_selector_is_refused(world: World, labels: str, fields: str) -> None:
    with pytest.raises(ApiError) as refused:
        await world.client.list(WIDGETS, labels=labels, fields=fields)
    assert refused.value.status == 400


@pytest.mark.parametrize("resource", [WIDGETS, SECRETS])
async def test_a_list_is_whole_and_in_order_whatever_its_pages(world: World, resource: Resource) -> None:
    for part in "gbfacde":
        await world.client.create(resource, world.of(resource, part))
    paged, whole = [
        await world.client.list(resource, NAMESPACE, labels=f"mark={world.mark}", page=page) for page in (3, 0)
    ]
    assert [item["metadata"]["name"][0] for item in paged.items] == list("abcdefg")
    assert paged.items == whole.items
    assert {(item["apiVersion"], item["kind"]) for item in paged.items} == {(resource.api_version, resource.kind)}


async def test_a_watch_tells_all_that_happens_after_a_version(world: World) -> None:
    version = (await world.client.list(WIDGETS)).version
    made = await world.client.create(WIDGETS, world.widget())
    changed = await world.client.merge_patch(WIDGETS, world.name(), {"spec": {"size": 2}}, NAMESPACE)
    await world.client.delete(WIDGETS, world.name(), NAMESPACE)
    added, modified, deleted = await world.events(WIDGETS, version, 3)
    assert (added.type, added.object) == ("ADDED", made)
    assert (modified.type, modified.object) == ("MODIFIED", changed)
    assert (deleted.type, deleted.object["spec"]) == ("DELETED", {"size": 2})
    versions = [int(event.object["metadata"]["resourceVersion"]) for event in (added, modified, deleted)]
    assert versions == sorted(set(versions))


async def test_a_watch_resumes_after_the_version_it_ended_at(world: World) -> None:
    version = (await world.client.list(WIDGETS)).version
    for part in "abc":
        await world.client.create(WIDGETS, world.widget(part))
    first, _ = await world.events(WIDGETS, version, 2)
    rest = await world.events(WIDGETS, first.object["metadata"]["resourceVersion"], 2)
    assert [event.object["metadata"]["name"][0] for event in rest] == ["b", "c"]


async def test_a_selected_watch_tells_who_enters_and_who_leaves(world: World) -> None:
    version = (await world.client.list(WIDGETS)).version
    await world.client.create(WIDGETS, world.widget())
    for tier in ("gold", "silver"):
        await world.client.merge_patch(WIDGETS, world.name(), {"metadata": {"labels": {"tier": tier}}}, NAMESPACE)
    current = await world.client.get(WIDGETS, world.name(), NAMESPACE)
    entered, left = await world.events(WIDGETS, version, 2, labels=f"mark={world.mark},tier=gold")
    assert (entered.type, left.type) == ("ADDED", "DELETED")
    assert left.object["metadata"]["labels"]["tier"] == "gold"
    assert left.object["metadata"]["resourceVersion"] == current["metadata"]["resourceVersion"]


async def test_an_object_with_finalizers_is_modified_before_it_is_deleted(world: World) -> None:
    version = (await world.client.list(WIDGETS)).version
    await world.client.create(WIDGETS, world.widget(metadata={"finalizers": ["test.dev/a"]}))
    await world.client.delete(WIDGETS, world.name(), NAMESPACE)
    await world.client.merge_patch(WIDGETS, world.name(), {"metadata": {"finalizers": None}}, NAMESPACE)
    events = await world.events(WIDGETS, version, 3)
    assert [event.type for event in events] == ["ADDED", "MODIFIED", "DELETED"]
    assert events[2].object["metadata"]["finalizers"] == ["test.dev/a"], "as it was stored last"


async def told(world: World, resource: Resource, version: str, labels: str = "") -> list[WatchEvent]:
    """All that a watch tells until it ends."""
    async with world.client.watch(resource, version=version, labels=labels, seconds=WATCH_SECONDS) as events:
        return [event async for event in events]


async def test_a_forgotten_version_has_expired(world: World) -> None:
    with pytest.raises(ApiError) as refused:
        await told(world, WIDGETS, "1")
    assert refused.value.expired


async def test_a_version_from_the_future_is_a_silent_watch(world: World) -> None:
    """Neither an error nor what happens: whoever remembers one, as after etcd was restored, must list again."""
    version = str(int((await world.client.list(WIDGETS)).version) + 1_000_000)
    watching = asyncio.create_task(told(world, WIDGETS, version))
    await world.clock.sleep(WATCH_SECONDS / 2)
    await world.client.create(WIDGETS, world.widget())
    assert await watching == []


async def test_a_watch_ends_when_asked_to_with_a_bookmark_before(world: World) -> None:
    listed = await world.client.list(WIDGETS)
    begun = world.clock.monotonic()
    watching = asyncio.create_task(told(world, WIDGETS, listed.version, f"mark={world.mark}"))
    await world.clock.sleep(WATCH_SECONDS / 4)
    other = await world.client.create(WIDGETS, world.widget(metadata={"labels": {"mark": "other"}}))
    last = (await watching)[-1]
    assert last.type == "BOOKMARK"
    assert int(last.object["metadata"]["resourceVersion"]) >= int(other["metadata"]["resourceVersion"])
    assert WATCH_SECONDS - 1 <= world.clock.monotonic() - begun <= WATCH_SECONDS + 10
