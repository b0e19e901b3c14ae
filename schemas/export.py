"""JSON Schemas of the facts, written from their Python types: `python -m schemas.export`."""

import json
from pathlib import Path
from typing import Any

import msgspec

from schemas.cluster import Cluster
from schemas.game import Game

FOLDER = Path(__file__).parent
TYPES: dict[str, type[msgspec.Struct]] = {"cluster": Cluster, "game": Game}


def json_schema(name: str) -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of `cluster` or `game` files."""
    schema = _without_null(msgspec.json.schema(TYPES[name]))
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def to_text(name: str) -> str:
    return json.dumps(json_schema(name), indent=2) + "\n"


def _without_null(schema: Any) -> Any:
    """An optional field is left out, never `null`: `anyOf: [X, null]` becomes X, for editors and for errors."""
    if isinstance(schema, list):
        return [_without_null(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    schema = {key: _without_null(value) for key, value in schema.items()}
    if schema.get("default", ...) is None:
        del schema["default"]
    options = [option for option in schema.get("anyOf", []) if option != {"type": "null"}]
    if len(options) == 1:
        del schema["anyOf"]
        schema = {**options[0], **schema}
    return schema


if __name__ == "__main__":
    for type_name in TYPES:
        (FOLDER / f"{type_name}.schema.json").write_text(to_text(type_name), encoding="utf-8")
