"""Structural schemas: nothing that a CRD may not have, and nothing of a type left out."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

import pytest
from msgspec import Meta, Struct

from failover.structural_schema import Bounds, ListBound, schema_of

NO_BOUNDS = Bounds({})


class Colour(StrEnum):
    """Of a thing."""

    RED = "Red"
    BLUE = "Blue"


class Part(Struct, frozen=True, rename="camel"):
    """A part."""

    part_name: Annotated[str, Meta(pattern="^p", description="Its name.")]


class Thing(Struct, frozen=True, rename="camel"):
    """A thing,
    as it is."""

    count: Annotated[int, Meta(ge=1, le=9)]
    made_at: datetime
    colour: Colour = Colour.RED
    weight: float | None = None
    new: bool = False
    spare: Part | None = None
    parts: tuple[Part, ...] = ()


PART = {
    "type": "object",
    "description": "A part.",
    "required": ["partName"],
    "properties": {
        "partName": {"description": "Its name.", "type": "string", "maxLength": 253, "pattern": "^p"},
    },
}


def test_a_type_with_all_that_records_have() -> None:
    bounds = Bounds({"Thing.parts": ListBound(5, "partName")})
    assert schema_of(Thing, bounds) == {
        "type": "object",
        "description": "A thing, as it is.",
        "required": ["count", "madeAt"],
        "properties": {
            "count": {"type": "integer", "format": "int64", "minimum": 1, "maximum": 9},
            "madeAt": {"type": "string", "format": "date-time"},
            "colour": {"type": "string", "description": "Of a thing.", "enum": ["Red", "Blue"]},
            "weight": {"type": "number", "format": "double"},
            "new": {"type": "boolean"},
            "spare": PART,
            "parts": {
                "type": "array",
                "maxItems": 5,
                "x-kubernetes-list-type": "map",
                "x-kubernetes-list-map-keys": ["partName"],
                "items": PART,
            },
        },
    }


def test_a_list_without_a_key_is_written_as_a_whole() -> None:
    schema = schema_of(Thing, Bounds({"Thing.parts": ListBound(5)}))["properties"]["parts"]
    assert (schema["maxItems"], schema["x-kubernetes-list-type"]) == (5, "atomic")
    assert "x-kubernetes-list-map-keys" not in schema


def test_text_is_as_long_as_its_place_allows() -> None:
    schema = schema_of(Part, Bounds({}, lengths={"Part.part_name": 7}))
    assert schema["properties"]["partName"]["maxLength"] == 7


def test_rules_stand_on_the_type_that_they_are_of() -> None:
    bounds = Bounds({"Thing.parts": ListBound(5)}, rules={"Part": (("self.partName != ''", "a name"),)})
    schema = schema_of(Thing, bounds)
    assert "x-kubernetes-validations" not in schema
    rules = [{"rule": "self.partName != ''", "message": "a name"}]
    assert schema["properties"]["spare"]["x-kubernetes-validations"] == rules


def test_a_list_without_a_bound_is_refused() -> None:
    with pytest.raises(KeyError, match=r"Thing\.parts"):
        schema_of(Thing, NO_BOUNDS)


class Either(Struct):
    """One or the other."""

    value: int | str


class Free(Struct):
    """Anything."""

    value: dict[str, str]


@pytest.mark.parametrize("type_", [Either, Free])
def test_what_has_no_structural_schema_is_refused_with_its_place(type_: type) -> None:
    with pytest.raises(TypeError, match=f"{type_.__name__}.value: "):
        schema_of(type_, NO_BOUNDS)
