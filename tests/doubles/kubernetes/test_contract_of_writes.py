"""What the API server does to one object: the double must do the same as the real one."""

import pytest

from kubeclient.error import ApiError
from kubeclient.resources import LEASES, NODES, SECRETS, Json, Resource
from tests.doubles.kubernetes.world import NAMESPACE, WIDGETS, World

pytestmark = pytest.mark.asyncio


async def test_a_new_object_has_an_identity_a_version_and_a_time(world: World) -> None:
    made = await world.client.create(WIDGETS, world.widget())
    metadata = made["metadata"]
    assert metadata["uid"]
    assert int(metadata["resourceVersion"]) > 0
    assert metadata["creationTimestamp"].endswith("Z")
    assert metadata["generation"] == 1
    assert await world.client.get(WIDGETS, world.name(), NAMESPACE) == made


async def test_a_name_is_taken_once(world: World) -> None:
    await world.client.create(WIDGETS, world.widget())
    with pytest.raises(ApiError) as refused:
        await world.client.create(WIDGETS, world.widget())
    assert refused.value.exists
    assert not refused.value.conflict


async def test_a_name_can_be_the_servers_choice(world: World) -> None:
    obj = world.widget()
    del obj["metadata"]["name"]
    obj["metadata"]["generateName"] = f"some-{world.mark}-"
    first, second = [(await world.client.create(WIDGETS, obj))["metadata"]["name"] for _ in range(2)]
    assert first != second
    assert first.startswith(f"some-{world.mark}-")


async def test_what_is_not_there_is_missing_but_not_what_is_not_served(world: World) -> None:
    with pytest.raises(ApiError) as absent:
        await world.client.get(WIDGETS, world.name(), NAMESPACE)
    assert absent.value.missing
    assert await world.client.find(WIDGETS, world.name(), NAMESPACE) is None
    with pytest.raises(ApiError) as unserved:
        await world.client.find(Resource("nobody.example.org", "v1", "things", "Thing"), "a", NAMESPACE)
    assert unserved.value.status == 404
    assert not unserved.value.missing


async def test_a_status_given_at_creation_is_dropped(world: World) -> None:
    made = await world.client.create(WIDGETS, world.widget(status={"phase": "Done"}))
    assert "status" not in made


async def test_a_nodes_status_given_at_creation_is_kept(world: World) -> None:
    address = {"type": "InternalIP", "address": "10.9.8.7"}
    made = await world.client.create(NODES, world.of(NODES, status={"addresses": [address]}))
    assert made["status"]["addresses"] == [address]
    await world.client.delete(NODES, world.name())


async def test_the_parts_of_the_servers_own_kinds_are_always_there(world: World) -> None:
    lease = await world.client.create(LEASES, world.of(LEASES))
    node = await world.client.create(NODES, world.of(NODES))
    assert lease["spec"] == {}
    assert {"spec", "status"} <= node.keys()
    assert "spec" not in await world.client.create(WIDGETS, world.of(WIDGETS))


async def test_an_update_of_an_older_version_is_a_conflict(world: World) -> None:
    old = await world.client.create(WIDGETS, world.widget())
    new = await world.client.replace(WIDGETS, old | {"spec": {"size": 2}})
    with pytest.raises(ApiError) as refused:
        await world.client.replace(WIDGETS, old | {"spec": {"size": 3}})
    assert refused.value.conflict
    assert (await world.client.get(WIDGETS, world.name(), NAMESPACE)) == new


@pytest.mark.parametrize(("resource", "rest"), [(WIDGETS, {"spec": {"size": 2}}), (LEASES, {"spec": {}})])
async def test_an_update_without_a_version_is_invalid_for_these(world: World, resource: Resource, rest: Json) -> None:
    await world.client.create(resource, world.of(resource))
    with pytest.raises(ApiError) as refused:
        await world.client.replace(resource, world.of(resource, **rest))
    assert refused.value.status == 422
    assert not refused.value.conflict


async def test_an_update_without_a_version_wins_for_a_secret(world: World) -> None:
    await world.client.create(SECRETS, world.of(SECRETS, data={"a": "MQ=="}))
    new = await world.client.replace(SECRETS, world.of(SECRETS, data={"a": "Mg=="}))
    assert new["data"] == {"a": "Mg=="}


async def test_an_update_of_an_earlier_object_of_the_name_is_a_conflict(world: World) -> None:
    first = await world.client.create(SECRETS, world.of(SECRETS))
    await world.client.delete(SECRETS, world.name(), NAMESPACE)
    await world.client.create(SECRETS, world.of(SECRETS))
    del first["metadata"]["resourceVersion"]
    with pytest.raises(ApiError) as refused:
        await world.client.replace(SECRETS, first)
    assert refused.value.conflict


async def test_an_update_of_what_is_gone_is_missing(world: World) -> None:
    old = await world.client.create(WIDGETS, world.widget())
    await world.client.delete(WIDGETS, world.name(), NAMESPACE)
    with pytest.raises(ApiError) as refused:
        await world.client.replace(WIDGETS, old)
    assert refused.value.missing


async def test_status_and_the_rest_are_written_apart(world: World) -> None:
    made = await world.client.create(WIDGETS, world.widget())
    both = {"spec": {"size": 2}, "status": {"phase": "Done"}}
    main = await world.client.replace(WIDGETS, made | both)
    assert "status" not in main
    assert main["metadata"]["generation"] == 2
    other = main | {"spec": {"size": 3}, "status": {"phase": "Done"}}
    status = await world.client.replace(WIDGETS, other, subresource="status")
    assert (status["spec"], status["status"]) == ({"size": 2}, {"phase": "Done"})
    assert status["metadata"]["generation"] == 2


async def test_labels_are_no_new_generation(world: World) -> None:
    made = await world.client.create(WIDGETS, world.widget())
    patched = await world.client.merge_patch(
        WIDGETS, world.name(), {"metadata": {"labels": {"other": "yes"}}}, NAMESPACE
    )
    assert patched["metadata"]["generation"] == 1
    assert patched["metadata"]["resourceVersion"] != made["metadata"]["resourceVersion"]


async def test_what_changes_nothing_is_no_write(world: World) -> None:
    made = await world.client.create(WIDGETS, world.widget())
    await world.client.merge_patch(WIDGETS, world.name(), {"spec": {"size": 1}}, NAMESPACE)
    same = await world.client.replace(WIDGETS, made)
    assert same["metadata"]["resourceVersion"] == made["metadata"]["resourceVersion"]


async def test_a_json_patch_is_all_or_nothing(world: World) -> None:
    made = await world.client.create(WIDGETS, world.widget())
    test = {"op": "test", "path": "/metadata/resourceVersion", "value": made["metadata"]["resourceVersion"]}
    add = {"op": "add", "path": "/metadata/labels/a~1b", "value": "1"}
    new = await world.client.json_patch(WIDGETS, world.name(), [test, add], NAMESPACE)
    assert new["metadata"]["labels"]["a/b"] == "1"
    remove = {"op": "remove", "path": "/metadata/labels/a~1b"}
    with pytest.raises(ApiError) as refused:
        await world.client.json_patch(WIDGETS, world.name(), [remove, test], NAMESPACE)
    assert refused.value.conflict
    assert await world.client.get(WIDGETS, world.name(), NAMESPACE) == new


async def test_a_json_patch_of_what_is_not_there_is_told_apart_from_an_invalid_object(world: World) -> None:
    spec = {"leaseDurationSeconds": 5}
    await world.client.create(LEASES, world.of(LEASES, spec=spec))
    with pytest.raises(ApiError) as absent:
        await world.client.json_patch(LEASES, world.name(), [{"op": "remove", "path": "/spec/nothing"}], NAMESPACE)
    assert (absent.value.status, absent.value.conflict) == (422, True)
    zero = [{"op": "replace", "path": "/spec/leaseDurationSeconds", "value": 0}]
    with pytest.raises(ApiError) as invalid:
        await world.client.json_patch(LEASES, world.name(), zero, NAMESPACE)
    assert (invalid.value.status, invalid.value.conflict) == (422, False)


async def test_a_merge_patch_removes_by_null_and_replaces_lists(world: World) -> None:
    await world.client.create(WIDGETS, world.widget(spec={"size": 1, "of": [1, 2], "in": {"a": 1, "b": 2}}))
    new = await world.client.merge_patch(
        WIDGETS, world.name(), {"spec": {"size": None, "of": [3], "in": {"a": None}}}, NAMESPACE
    )
    assert new["spec"] == {"of": [3], "in": {"b": 2}}


async def test_a_merge_patch_of_an_older_version_is_a_conflict(world: World) -> None:
    made = await world.client.create(WIDGETS, world.widget())
    version = {"resourceVersion": made["metadata"]["resourceVersion"]}
    body = {"metadata": version, "status": {"phase": "Done"}}
    new = await world.client.merge_patch(WIDGETS, world.name(), body, NAMESPACE, subresource="status")
    assert new["status"] == {"phase": "Done"}
    with pytest.raises(ApiError) as refused:
        await world.client.merge_patch(WIDGETS, world.name(), body, NAMESPACE, subresource="status")
    assert refused.value.conflict


async def test_a_patch_of_what_is_gone_is_missing(world: World) -> None:
    with pytest.raises(ApiError) as refused:
        await world.client.merge_patch(WIDGETS, world.name(), {"spec": {}}, NAMESPACE)
    assert refused.value.missing


@pytest.mark.parametrize("time", ["2026-01-02T03:04:05Z", "yesterday"])
async def test_a_time_that_needs_microseconds_is_refused_without(world: World, time: str) -> None:
    with pytest.raises(ApiError) as refused:
        await world.client.create(LEASES, world.of(LEASES, spec={"renewTime": time}))
    assert refused.value.status == 400


@pytest.mark.parametrize(("resource", "status"), [(WIDGETS, 422), (SECRETS, 400)])
async def test_the_object_must_be_of_the_kind_it_is_sent_to(world: World, resource: Resource, status: int) -> None:
    with pytest.raises(ApiError) as refused:
        await world.client.create(resource, world.of(resource) | {"kind": "Gadget"})
    assert (refused.value.status, refused.value.conflict) == (status, False)
