"""A facts file against its JSON Schema: what is wrong, said so that whoever wrote the file can mend it."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend

from homeground.problem import Problem, suggestion
from homeground.source import FieldPath, Source
from homeground.validation.mismatch import LIMITS, WORDS, shown

Schema = Mapping[str, Any]


def _is_integer(_checker: object, value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _pattern(_validator: object, pattern: str, value: object, _schema: object) -> Iterator[ValidationError]:
    if isinstance(value, str) and not re.fullmatch(pattern, value):
        yield ValidationError(f"{value!r} does not match {pattern!r}")


# What msgspec will not take and JSON Schema would: 2.0 for 2; and Python's `$` also stands before a last newline.
Validator: type[Draft202012Validator] = extend(  # type: ignore[no-untyped-call]
    Draft202012Validator,
    {"pattern": _pattern},
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine("integer", _is_integer),
)


def explain(schema: Schema, source: Source) -> Iterator[Problem]:
    """Every problem of a file, in the project's words."""
    for error in Validator(schema).iter_errors(source.data):
        yield from _explain(error, schema.get("$defs", {}), source)


def _explain(error: ValidationError, types: Schema, source: Source) -> Iterator[Problem]:
    path: FieldPath = tuple(error.absolute_path)
    schema: Schema = error.schema  # type: ignore[assignment]
    instance: Any = error.instance
    if "propertyNames" in error.absolute_schema_path:
        yield source.problem((*path, instance), f"the key {shown(instance)}", _described(schema, types))
    elif error.validator == "additionalProperties":
        known = schema["properties"]
        for key in sorted(set(instance) - set(known)):
            expected = f"one of {', '.join(sorted(known))}{suggestion(key, known)}"
            yield source.problem((*path, key), "an unknown field", expected)
    elif error.validator == "required":
        for key in (key for key in schema["required"] if key not in instance):
            yield source.problem((*path, key), "nothing", _described(schema["properties"][key], types))
    else:
        yield source.problem(path, *_found_and_expected(error, types))


def _found_and_expected(error: ValidationError, types: Schema) -> tuple[str, str]:
    schema: Schema = error.schema  # type: ignore[assignment]
    found, kind = shown(error.instance), str(error.validator)
    limit: Any = error.validator_value
    if kind == "enum":
        words = [str(word) for word in limit]
        one_of = "one of " if len(words) > 1 else ""
        return found, f"{one_of}{', '.join(words)}{suggestion(str(error.instance), words)}"
    if kind == "anyOf":  # an alternative of the right type says more than all of them
        nearer = [option for option in error.context or [] if option.validator in LIMITS]
        if not nearer:
            return _typed(error.instance), _described(schema, types)
        kind, limit = str(nearer[0].validator), nearer[0].validator_value
    if kind in LIMITS:
        return found, LIMITS[kind].format(limit) + _about(schema)
    if kind == "type":
        unquoted = isinstance(error.instance, int | float)
        expected = _described(schema, types)
        return _typed(error.instance), expected.replace("text", "text in quotes", 1) if unquoted else expected
    return found, _described(schema, types)


def _described(schema: Schema, types: Schema) -> str:
    """What a schema wants: its kind, its fields or an example, its description."""
    if "$ref" in schema:
        schema = types[schema["$ref"].rpartition("/")[2]]
    if "enum" in schema:
        return f"one of {', '.join(map(str, schema['enum']))}" if len(schema["enum"]) > 1 else str(schema["enum"][0])
    options = [WORDS[option["type"]] for option in schema.get("anyOf", [])]
    text = WORDS[schema["type"]] if "type" in schema else " or ".join(options) or "text"
    if required := schema.get("required"):
        text += f" with {', '.join(required)}"
    if examples := schema.get("examples"):
        text += f" such as {' or '.join(shown(example) for example in examples)}"
    return text + _about(schema)


def _about(schema: Schema) -> str:
    description = schema.get("description", "").rstrip(".")
    return f" ({description})" if description else ""


def _typed(value: Any) -> str:
    """A value with its kind, where that is what is wrong with it."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return shown(value)
    kinds = {dict: "object", list: "array", str: "string", int: "integer", float: "number"}
    return f"{shown(value)}, {WORDS[kinds[type(value)]]}"
