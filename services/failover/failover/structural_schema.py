"""Kubernetes' structural schema of a msgspec type: everything in place, nothing optional by union, bounds on all.

msgspec's own JSON Schema has references and `anyOf null`, which a CRD may not have, and calls a time a string.
Without bounds the API server assumes megabytes where a CEL rule looks, and refuses the rule as too expensive.

Source: kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions (structural schemas).
"""

import inspect as python
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from msgspec import inspect

Json = dict[str, Any]
Rule = tuple[str, str]
"""A CEL expression that must be true, and what the refused one is told."""

MAX_LENGTH = 253
"""Of text, unless a place says otherwise: what the longest names of Kubernetes have."""


@dataclass(frozen=True, slots=True)
class ListBound:
    """The most items of a list, and the field that tells them apart: then writers merge it, and rules follow each."""

    most: int
    key: str = ""

    def to_json(self) -> Json:
        if self.key:
            return {"maxItems": self.most, "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": [self.key]}
        return {"maxItems": self.most, "x-kubernetes-list-type": "atomic"}


@dataclass(frozen=True, slots=True)
class Bounds:
    """What the types do not say. Places are `Struct.field` in Python's words; rules go by struct."""

    lists: Mapping[str, ListBound]
    lengths: Mapping[str, int] = field(default_factory=dict)
    rules: Mapping[str, tuple[Rule, ...]] = field(default_factory=dict)


def schema_of(type_: type, bounds: Bounds) -> Json:
    """Raises KeyError for a list without a bound, TypeError for a type that has no schema here."""
    return _schema(inspect.type_info(type_), "", bounds)


def _schema(type_: inspect.Type, place: str, bounds: Bounds) -> Json:
    match type_:
        case inspect.Metadata():
            return {**(type_.extra_json_schema or {}), **_schema(type_.type, place, bounds)}
        case inspect.UnionType():
            return _schema(_required(type_, place), place, bounds)
        case inspect.StructType():
            return _struct(type_, bounds)
        case inspect.VarTupleType():
            return {"type": "array", **bounds.lists[place].to_json(), "items": _schema(type_.item_type, place, bounds)}
    return _scalar(type_, place, bounds)


def _scalar(type_: inspect.Type, place: str, bounds: Bounds) -> Json:
    match type_:
        case inspect.EnumType():
            return {"type": "string", "description": _doc(type_.cls), "enum": [member.value for member in type_.cls]}
        case inspect.StrType():
            return {"type": "string", "maxLength": bounds.lengths.get(place, MAX_LENGTH), **_limits(type_)}
        case inspect.DateTimeType():
            return {"type": "string", "format": "date-time"}
        case inspect.IntType():
            return {"type": "integer", "format": "int64", **_limits(type_)}
        case inspect.FloatType():
            return {"type": "number", "format": "double", **_limits(type_)}
        case inspect.BoolType():
            return {"type": "boolean"}
    raise TypeError(f"{place}: no structural schema for {type_}")


def _struct(type_: inspect.StructType, bounds: Bounds) -> Json:
    """Defaults are left out: a field with its default is not written, and what reads it knows the default."""
    name = type_.cls.__name__
    schema: Json = {"type": "object", "description": _doc(type_.cls)}
    if required := [each.encode_name for each in type_.fields if each.required]:
        schema["required"] = required
    schema["properties"] = {
        each.encode_name: _schema(each.type, f"{name}.{each.name}", bounds) for each in type_.fields
    }
    if rules := bounds.rules.get(name):
        schema["x-kubernetes-validations"] = [{"rule": rule, "message": message} for rule, message in rules]
    return schema


def _required(type_: inspect.UnionType, place: str) -> inspect.Type:
    """`X | None` is X: None is a default, and so never written."""
    others = [each for each in type_.types if not isinstance(each, inspect.NoneType)]
    if len(others) != 1:
        raise TypeError(f"{place}: a union of several types has no structural schema")
    return others[0]


def _limits(type_: inspect.StrType | inspect.IntType | inspect.FloatType) -> Json:
    return dict(_given(type_))


def _given(type_: inspect.StrType | inspect.IntType | inspect.FloatType) -> Iterator[tuple[str, Any]]:
    if isinstance(type_, inspect.StrType):
        pairs: list[tuple[str, Any]] = [("pattern", type_.pattern), ("minLength", type_.min_length)]
    else:
        pairs = [("minimum", type_.ge), ("maximum", type_.le)]
    yield from ((name, value) for name, value in pairs if value is not None)


def _doc(cls: type) -> str:
    return python.cleandoc(cls.__doc__ or "").replace("\n", " ")
