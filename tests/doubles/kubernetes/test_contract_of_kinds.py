"""Rules of single kinds that our programs rely on: Events, certificate requests, and fields that nobody knows."""

import pytest

from kubeclient import timestamp
from kubeclient.error import ApiError
from kubeclient.resources import CERTIFICATE_SIGNING_REQUESTS, EVENTS, Json
from tests.cluster.authority import Authority
from tests.doubles.kubernetes.world import NAMESPACE, WIDGETS, World

pytestmark = pytest.mark.asyncio


def event(world: World, **rest: object) -> Json:
    """An Event of an object without namespace."""
    complete: Json = {
        "eventTime": timestamp.to_microseconds(world.clock.now()),
        "reportingController": "homeground.dev/contract",
        "reportingInstance": "one",
        "action": "Test",
        "reason": "Tested",
        "type": "Normal",
        "note": "a note",
        "regarding": {"apiVersion": "v1", "kind": "Node", "name": "node-1", "uid": "u"},
    }
    return world.of(EVENTS, **(complete | rest))


async def test_an_event_is_counted_on(world: World) -> None:
    await world.client.create(EVENTS, event(world))
    time = timestamp.to_microseconds(world.clock.now())
    series = {"series": {"count": 2, "lastObservedTime": time}}
    patched = await world.client.merge_patch(EVENTS, world.name(), series, NAMESPACE)
    assert patched["series"] == series["series"]


@pytest.mark.parametrize(
    "rest",
    [
        {"reportingController": ""},
        {"reportingInstance": ""},
        {"action": ""},
        {"reason": ""},
        {"type": "Loud"},
        {"note": "x" * 1025},
        {"eventTime": None},
        {"series": {"count": 1, "lastObservedTime": "2026-01-02T03:04:05.000000Z"}},
    ],
    ids="-".join,
)
async def test_an_incomplete_event_is_refused(world: World, rest: Json) -> None:
    with pytest.raises(ApiError) as refused:
        await world.client.create(EVENTS, event(world, **rest))
    assert refused.value.status == 422
    assert not refused.value.conflict


async def test_an_event_is_not_rewritten(world: World) -> None:
    await world.client.create(EVENTS, event(world))
    with pytest.raises(ApiError) as refused:
        await world.client.merge_patch(EVENTS, world.name(), {"note": "another"}, NAMESPACE)
    assert refused.value.status == 422


async def test_a_certificate_request_is_approved_by_its_subresource_alone(
    world: World, tmp_path_factory: pytest.TempPathFactory
) -> None:
    request = Authority(tmp_path_factory.mktemp("pki")).signing_request("system:node:some", ["system:nodes"])
    spec = {"request": request, "signerName": "contract.homeground.dev/nobody", "usages": ["client auth"]}
    resource = CERTIFICATE_SIGNING_REQUESTS
    made = await world.client.create(resource, world.of(resource, spec=spec))
    condition = {"type": "Approved", "status": "True", "reason": "Test", "message": "by a test"}
    approved = made | {"status": {"conditions": [condition]}}
    assert not (await world.client.replace(resource, approved)).get("status")
    answer = await world.client.replace(resource, approved, subresource="approval")
    assert answer["status"]["conditions"][0]["type"] == "Approved"
    with pytest.raises(ApiError) as refused:
        await world.client.replace(resource, approved, subresource="approval")
    assert refused.value.conflict
    await world.client.delete(resource, world.name())


async def test_a_field_that_the_server_does_not_know_is_refused_instead_of_dropped(world: World) -> None:
    """Of the real one alone: the double has no schemas."""
    if world.plane is None:
        pytest.skip("the double has no schemas")
    with pytest.raises(ApiError, match="unknown field") as refused:
        await world.client.create(WIDGETS, world.widget(attempts=[1]))
    assert refused.value.status == 400
    await world.client.create(WIDGETS, world.widget())
    for operation in (
        world.client.merge_patch(WIDGETS, world.name(), {"attempts": [1]}, NAMESPACE),
        world.client.json_patch(WIDGETS, world.name(), [{"op": "add", "path": "/attempts", "value": []}], NAMESPACE),
    ):
        with pytest.raises(ApiError, match="unknown field"):
            await operation
