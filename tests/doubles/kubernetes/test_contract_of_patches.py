"""JSON patches, one operation at a time: libraries differ in the corners, and `test` is what safety rests on."""

import pytest

from kubeclient.error import ApiError
from kubeclient.resources import Json
from tests.doubles.kubernetes.world import NAMESPACE, WIDGETS, World

pytestmark = pytest.mark.asyncio
SPEC: Json = {"text": "a", "number": 1, "yes": True, "list": [1, 2], "map": {"x": 1}, "a/b": 1, "c~d": 1}


def operation(op: str, path: str, *value: object, source: str = "") -> Json:
    made: Json = {"op": op, "path": f"/spec{path}"}
    made |= {"value": value[0]} if value else {}
    return made | ({"from": f"/spec{source}"} if source else {})


APPLIED: list[tuple[Json, Json]] = [
    (operation("add", "/new", 1), SPEC | {"new": 1}),
    (operation("add", "/text", "b"), SPEC | {"text": "b"}),
    (operation("add", "/list/-", 3), SPEC | {"list": [1, 2, 3]}),
    (operation("add", "/list/0", 0), SPEC | {"list": [0, 1, 2]}),
    (operation("add", "/list/2", 3), SPEC | {"list": [1, 2, 3]}),
    (operation("remove", "/list/0"), SPEC | {"list": [2]}),
    (operation("remove", "/map/x"), SPEC | {"map": {}}),
    (operation("replace", "/new", 1), SPEC | {"new": 1}),
    (operation("replace", "/list/1", 9), SPEC | {"list": [1, 9]}),
    (operation("replace", "/a~1b", 2), SPEC | {"a/b": 2}),
    (operation("replace", "/c~0d", 2), SPEC | {"c~d": 2}),
    (operation("move", "/text", source="/number"), {**{k: v for k, v in SPEC.items() if k != "number"}, "text": 1}),
    (operation("copy", "/map/y", source="/list"), SPEC | {"map": {"x": 1, "y": [1, 2]}}),
    (operation("test", "/map", {"x": 1}), SPEC),
    (operation("test", "/list", [1, 2]), SPEC),
    (operation("test", "/yes", True), SPEC),
    (operation("test", "/nothing", None), SPEC),
]
REFUSED = [
    operation("test", "/text", "b"),
    operation("test", "/nothing", 1),
    operation("test", "/yes", 1),
    operation("test", "/number", True),
    operation("test", "/number", "1"),
    operation("test", "/list", [2, 1]),
    operation("test", "/map", {"x": 1, "y": 2}),
    operation("test", "/map", {}),
    operation("remove", "/nothing"),
    operation("remove", "/list/2"),
    operation("replace", "/nothing/below", 1),
    operation("replace", "/list/7", 1),
    operation("add", "/nothing/below", 1),
    operation("add", "/list/9", 1),
    operation("add", "/list/x", 1),
    operation("move", "/text", source="/nothing"),
]


@pytest.mark.parametrize(
    ("patch", "spec"), APPLIED, ids=lambda value: f"{value['op']} {value['path']}" if "op" in value else ""
)
async def test_an_operation_that_applies(world: World, patch: Json, spec: Json) -> None:
    await world.client.create(WIDGETS, world.widget(spec=SPEC))
    patched = await world.client.json_patch(WIDGETS, world.name(), [patch], NAMESPACE)
    assert patched["spec"] == spec


@pytest.mark.parametrize("patch", REFUSED, ids=lambda patch: f"{patch['op']} {patch['path']}")
async def test_an_operation_that_does_not_apply(world: World, patch: Json) -> None:
    made = await world.client.create(WIDGETS, world.widget(spec=SPEC))
    with pytest.raises(ApiError) as refused:
        await world.client.json_patch(WIDGETS, world.name(), [operation("add", "/new", 1), patch], NAMESPACE)
    assert (refused.value.status, refused.value.conflict) == (422, True)
    assert await world.client.get(WIDGETS, world.name(), NAMESPACE) == made
