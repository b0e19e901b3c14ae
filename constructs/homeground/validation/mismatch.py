"""Where data and a compiled schema differ, in the project's words.

A Mismatch knows the path of a field but no line: files are parsed fast first, and read again with lines only
when something in them is wrong.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from jsonschema_rs import ValidationError, Validator

from homeground.problem import suggestion
from homeground.source import FieldPath

WORDS = {
    "object": "a mapping",
    "array": "a list",
    "string": "text",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "null": "null",
}
LIMITS = {
    "minimum": "at least {}",
    "maximum": "at most {}",
    "exclusiveMinimum": "more than {}",
    "exclusiveMaximum": "less than {}",
    "minLength": "at least {} character(s)",
    "maxLength": "at most {} character(s)",
    "minItems": "at least {} item(s)",
    "maxItems": "at most {} item(s)",
    "minProperties": "at least {} field(s)",
    "maxProperties": "at most {} field(s)",
    "multipleOf": "a multiple of {}",
}


@dataclass(frozen=True, order=True)
class Mismatch:
    """One field that is not as it should be."""

    path: FieldPath
    found: str
    expected: str


class UniqueKeys:
    """The schema keyword of `strict.UNIQUE_KEYS`: no two items of a list have the same keys."""

    def __init__(self, _parent: Any, value: Any, _path: Any) -> None:
        self.keys: list[str] = value

    def validate(self, instance: Any) -> None:
        """Called by jsonschema_rs for each list. Raises ValueError, which it makes a ValidationError of."""
        seen = set()
        for item in instance if isinstance(instance, list) else []:
            if not isinstance(item, dict):
                continue  # its type is another error
            # The one key that Kubernetes defaults: two ports differ from each other by protocol, TCP if unsaid.
            parts = [f"{name} {item.get(name, 'TCP' if name == 'protocol' else None)}" for name in self.keys]
            key = ", ".join(parts)
            if key in seen:
                raise ValueError(key)
            seen.add(key)


def mismatches(validator: Validator, schema: Any, data: Any) -> Iterator[Mismatch]:
    """Every difference between data and the schema that `validator` was made of."""
    for error in validator.iter_errors(data):
        path: FieldPath = tuple(error.instance_path)
        parent = _at(schema, error.schema_path[:-1])
        match error.kind.name:
            case "additionalProperties":
                for key in error.kind.as_dict()["unexpected"]:
                    yield unknown((*path, key), parent.get("properties", {}))
            case "required":
                missing = error.kind.as_dict()["property"]
                field = _resolved(schema, parent.get("properties", {}).get(missing, {}))
                yield Mismatch((*path, missing), "nothing", described(field))
            case "propertyNames":
                yield Mismatch(path, shown(error.kind.as_dict()["error"].instance), "a valid name as key")
            case "uniqueKeys":
                yield Mismatch(path, f"two items with {error.message}", "one item with these keys")
            case _:
                yield Mismatch(path, shown(error.instance), _expected(error, parent))


def unknown(path: FieldPath, known: Any) -> Mismatch:
    """A field that nothing reads."""
    names = sorted(map(str, known))
    near = suggestion(str(path[-1]), names)
    listed = ", ".join(names) if len(names) <= 12 else f"{', '.join(names[:12])}, ... ({len(names)} in all)"
    return Mismatch(path, "an unknown field", f"one of {listed}{near}" if names else "no field here")


def described(schema: Any) -> str:
    """What a schema wants, by its values or its type."""
    if "enum" in schema:
        return f"one of {', '.join(map(str, schema['enum']))}"
    types = schema.get("type", [])
    words = [WORDS.get(word, word) for word in ([types] if isinstance(types, str) else types)]
    return " or ".join(words) or "a value"


def shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _expected(error: ValidationError, schema: Any) -> str:
    name, details = error.kind.name, error.kind.as_dict()
    if name in LIMITS:
        return LIMITS[name].format(details["limit"] if "limit" in details else details["multiple_of"])
    match name:
        case "type":
            return described(schema)
        case "enum":
            options = [str(option) for option in details["options"]]
            return f"one of {', '.join(options)}{suggestion(str(error.instance), options)}"
        case "uniqueItems":
            return "each item once"
        case "pattern":
            return f"text that matches {details['pattern']}"
        case "format":
            return f"a {details['format']}"
        case "anyOf" | "oneOf":
            return " or ".join(dict.fromkeys(described(choice) for choice in schema[name]))
        case _:
            return f"what its schema says ({error.message})"


def _at(schema: Any, path: list[str | int]) -> Any:
    for part in path:
        schema = schema[part]
    return schema


def _resolved(schema: Any, field: Any) -> Any:
    """The field's own schema, or the definition in the same document that it points at."""
    reference = field.get("$ref", "")
    return _at(schema, reference.removeprefix("#/").split("/")) if reference.startswith("#/") else field
