"""The JSON Schemas that editors and facts.py read."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from homeground.explanation import Validator
from schemas.export import TYPES, json_schema, to_text
from tests.program import FACTS

every_schema = pytest.mark.parametrize("name", TYPES)


def nodes(schema: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    """Every mapping in a schema with its path."""
    if isinstance(schema, dict):
        yield path, schema
        for key, value in schema.items():
            yield from nodes(value, (*path, key))
    elif isinstance(schema, list):
        for index, value in enumerate(schema):
            yield from nodes(value, (*path, str(index)))


def fields(name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """`Type.field` and its schema, for every field of every type."""
    for type_name, type_schema in json_schema(name)["$defs"].items():
        for field, schema in type_schema["properties"].items():
            yield f"{type_name}.{field}", schema


@every_schema
def test_it_is_a_valid_schema(name: str) -> None:
    schema = json_schema(name)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    Draft202012Validator.check_schema(schema)


@every_schema
def test_an_optional_field_is_left_out_never_null(name: str) -> None:
    schema = json_schema(name)
    assert [
        path for path, node in nodes(schema) if node.get("type") == "null" or node.get("default", ...) is None
    ] == []
    for _, node in nodes(schema):
        assert len(node.get("anyOf", ["one", "two"])) > 1


def test_an_optional_field_keeps_its_description_and_limits() -> None:
    properties = json_schema("game")["$defs"]["Fleet"]["properties"]
    assert properties["replicas"] == {
        "type": "integer", "minimum": 0, "maximum": 100_000, "description": "A fixed number of servers.",
    }  # fmt: skip
    assert properties["autoscale"] == {"$ref": "#/$defs/Autoscale"}
    assert "replicas" not in json_schema("game")["$defs"]["Fleet"].get("required", [])


@every_schema
def test_every_type_refuses_unknown_fields(name: str) -> None:
    for type_name, schema in json_schema(name)["$defs"].items():
        assert schema["additionalProperties"] is False, type_name


@every_schema
def test_every_type_and_field_is_described(name: str) -> None:
    """An editor shows the description of a type where a field of that type has none."""
    types = json_schema(name)["$defs"]
    assert [type_name for type_name, schema in types.items() if not schema.get("description")] == []
    lacking = [
        field
        for field, schema in fields(name)
        if not schema.get("description") and not types.get(schema.get("$ref", "").rpartition("/")[2])
    ]
    assert lacking == []


@every_schema
def test_descriptions_are_sentences(name: str) -> None:
    for path, node in nodes(json_schema(name)):
        if isinstance(description := node.get("description"), str):
            assert re.search(r"[.]$", description), (path, description)


@every_schema
def test_fields_are_camel_case(name: str) -> None:
    for field, _ in fields(name):
        assert re.fullmatch(r"\w+\.[a-z]+([A-Z][a-z0-9]*)*", field)


@every_schema
def test_examples_and_defaults_are_valid(name: str) -> None:
    schema = json_schema(name)
    checked = 0
    for path, node in nodes(schema):
        examples = node.get("examples", [])
        values = [*(examples if isinstance(examples, list) else []), *([node["default"]] if "default" in node else [])]
        for value in values:
            if value == {} and "$ref" in node:
                continue  # "all of its defaults": msgspec leaves them out
            errors = [error.message for error in Validator({**node, "$defs": schema["$defs"]}).iter_errors(value)]
            assert errors == [], path
            checked += 1
    assert checked > 10


@every_schema
def test_patterns_hold_from_end_to_end(name: str) -> None:
    """Editors search for a pattern, Python's `$` stands before a last line break too: facts.py matches in full."""
    for path, node in nodes(json_schema(name)):
        if isinstance(pattern := node.get("pattern"), str):
            assert pattern.startswith("^"), path
            assert pattern.endswith("$"), path
            re.compile(pattern)


@every_schema
def test_the_reference_facts_are_valid_for_an_editor(name: str) -> None:
    files = sorted((FACTS / f"{name}s").glob("*.yaml"))
    assert files
    for path in files:
        Draft202012Validator(json_schema(name)).validate(yaml.safe_load(path.read_text()))


@every_schema
def test_the_text_is_stable(name: str) -> None:
    assert to_text(name) == to_text(name)
    assert json.loads(to_text(name)) == json_schema(name)
    assert to_text(name).endswith("}\n")
