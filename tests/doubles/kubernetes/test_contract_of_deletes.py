"""What the API server does to an object that is to go: the double must do the same as the real one."""

import pytest

from kubeclient.error import ApiError
from kubeclient.resources import PODS, Json
from tests.doubles.kubernetes.world import NAMESPACE, WIDGETS, World

pytestmark = pytest.mark.asyncio


async def test_a_deletion_with_the_right_identity_and_version_goes_through(world: World) -> None:
    made = (await world.client.create(WIDGETS, world.widget()))["metadata"]
    await world.client.delete(WIDGETS, world.name(), NAMESPACE, uid=made["uid"], version=made["resourceVersion"])
    assert await world.client.find(WIDGETS, world.name(), NAMESPACE) is None


async def test_a_deletion_of_an_older_version_is_a_conflict(world: World) -> None:
    old = (await world.client.create(WIDGETS, world.widget()))["metadata"]
    new = await world.client.merge_patch(WIDGETS, world.name(), {"spec": {"size": 2}}, NAMESPACE)
    with pytest.raises(ApiError) as refused:
        await world.client.delete(WIDGETS, world.name(), NAMESPACE, version=old["resourceVersion"])
    assert refused.value.conflict
    assert await world.client.get(WIDGETS, world.name(), NAMESPACE) == new


async def test_a_deletion_of_an_earlier_object_of_the_name_is_a_conflict(world: World) -> None:
    old = (await world.client.create(WIDGETS, world.widget()))["metadata"]
    await world.client.delete(WIDGETS, world.name(), NAMESPACE)
    await world.client.create(WIDGETS, world.widget())
    with pytest.raises(ApiError) as refused:
        await world.client.delete(WIDGETS, world.name(), NAMESPACE, uid=old["uid"])
    assert refused.value.conflict
    assert await world.client.find(WIDGETS, world.name(), NAMESPACE)


async def test_a_second_deletion_is_missing(world: World) -> None:
    await world.client.create(WIDGETS, world.widget())
    await world.client.delete(WIDGETS, world.name(), NAMESPACE)
    with pytest.raises(ApiError) as refused:
        await world.client.delete(WIDGETS, world.name(), NAMESPACE)
    assert refused.value.missing


async def held(world: World) -> Json:
    """An object with two finalizers that is being deleted."""
    await world.client.create(WIDGETS, world.widget(metadata={"finalizers": ["test.dev/a", "test.dev/b"]}))
    return await world.client.delete(WIDGETS, world.name(), NAMESPACE)


async def test_finalizers_hold_an_object_until_the_last_is_taken(world: World) -> None:
    answer = await held(world)
    assert answer["metadata"]["deletionTimestamp"]
    assert answer["metadata"]["generation"] == 2
    one = await world.client.merge_patch(WIDGETS, world.name(), {"metadata": {"finalizers": ["test.dev/b"]}}, NAMESPACE)
    assert one["metadata"]["deletionTimestamp"] == answer["metadata"]["deletionTimestamp"]
    await world.client.merge_patch(WIDGETS, world.name(), {"metadata": {"finalizers": None}}, NAMESPACE)
    assert await world.client.find(WIDGETS, world.name(), NAMESPACE) is None


async def test_a_deletion_cannot_be_taken_back(world: World) -> None:
    await held(world)
    undo = {"metadata": {"deletionTimestamp": None, "deletionGracePeriodSeconds": None}}
    patched = await world.client.merge_patch(WIDGETS, world.name(), undo, NAMESPACE)
    assert patched["metadata"]["deletionTimestamp"]


async def test_what_is_being_deleted_gets_no_new_finalizer(world: World) -> None:
    await held(world)
    finalizers = {"metadata": {"finalizers": ["test.dev/a", "test.dev/c"]}}
    with pytest.raises(ApiError) as refused:
        await world.client.merge_patch(WIDGETS, world.name(), finalizers, NAMESPACE)
    assert (refused.value.status, refused.value.conflict) == (422, False)


async def test_deleting_once_more_changes_nothing_but_is_checked_still(world: World) -> None:
    first = await held(world)
    again = await world.client.delete(WIDGETS, world.name(), NAMESPACE)
    assert again["metadata"]["resourceVersion"] == first["metadata"]["resourceVersion"]
    with pytest.raises(ApiError) as refused:
        await world.client.delete(WIDGETS, world.name(), NAMESPACE, uid="other")
    assert refused.value.conflict


def pod(world: World, **spec: object) -> Json:
    container = {"name": "main", "image": "example.org/none:1"}
    return world.of(PODS, spec={"containers": [container], "terminationGracePeriodSeconds": 25, **spec})


async def test_a_pod_on_a_node_is_given_time_to_end(world: World) -> None:
    made = await world.client.create(PODS, pod(world, nodeName="no-such-node"))
    assert made["status"]["phase"] == "Pending"
    ending = await world.client.delete(PODS, world.name(), NAMESPACE)
    assert ending["metadata"]["deletionGracePeriodSeconds"] == 25
    await world.client.delete(PODS, world.name(), NAMESPACE, grace_seconds=0)
    assert await world.client.find(PODS, world.name(), NAMESPACE) is None


async def test_a_pod_without_a_node_goes_at_once(world: World) -> None:
    await world.client.create(PODS, pod(world, schedulerName="nobody"))
    await world.client.delete(PODS, world.name(), NAMESPACE)
    assert await world.client.find(PODS, world.name(), NAMESPACE) is None
