"""Loads clusters/*.yaml and games/*.yaml: checked against their schemas, typed, every error at once."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

import msgspec
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from homeground.problem import Problem, ProblemsError, refuse, suggestion
from homeground.source import FieldPath, Source, read
from schemas.cluster import Cluster
from schemas.export import json_schema
from schemas.game import Game

T = TypeVar("T")


@dataclass(frozen=True)
class Loaded(Generic[T]):
    """A typed fact and the file it was read from."""

    value: T
    source: Source


@dataclass(frozen=True)
class LoadedCluster(Loaded[Cluster]):
    """A cluster with its sealed secrets, by (namespace, name)."""

    sealed: Mapping[tuple[str, str], Source] = field(default_factory=dict)


@dataclass(frozen=True)
class Facts:
    """Everything people wrote: all clusters, all games, each in the order of its file's name."""

    clusters: list[LoadedCluster]
    games: list[Loaded[Game]]


def load(root: Path) -> Facts:
    """Read `clusters/` and `games/` below `root`.

    Raises ProblemsError with the problems of all files together.
    """
    problems: list[Problem] = []
    clusters = _load_folder(root, "clusters", "cluster", Cluster, problems)
    games = _load_folder(root, "games", "game", Game, problems)
    if not clusters and not problems:
        problems.append(Problem("clusters", 0, "", "no file", "at least one cluster, clusters/<name>.yaml"))
    refuse(problems)
    sealed = {c.value.name: _load_sealed(root, c.value.name, problems) for c in clusters}
    refuse(problems)
    return Facts([LoadedCluster(c.value, c.source, sealed[c.value.name]) for c in clusters], games)


def _load_sealed(root: Path, cluster: str, problems: list[Problem]) -> dict[tuple[str, str], Source]:
    """`clusters/<name>/secrets/*.yaml`, each one SealedSecret. Nothing else may lie there, least of all a Secret."""
    sealed = {}
    for path in sorted((root / "clusters" / cluster / "secrets").glob("*.y*ml")):
        source = read(path, str(path.relative_to(root)))
        data = source.data if isinstance(source.data, dict) else {}
        metadata = data.get("metadata") or {}
        if data.get("kind") != "SealedSecret" or not metadata.get("namespace") or not metadata.get("name"):
            expected = "a SealedSecret with a name and a namespace, as kubeseal writes it"
            problems.append(source.problem(("kind",), data.get("kind"), expected))
            continue
        sealed[metadata["namespace"], metadata["name"]] = source
    return sealed


def _load_folder(root: Path, folder: str, schema_name: str, type_: type[T], problems: list[Problem]) -> list[Loaded[T]]:
    validator = Draft202012Validator(json_schema(schema_name))
    loaded = []
    for path in sorted((root / folder).glob("*.y*ml")):
        try:
            loaded.append(_load_file(path, f"{folder}/{path.name}", validator, type_))
        except ProblemsError as error:
            problems.extend(error.problems)
    return loaded


def _load_file(path: Path, shown_as: str, validator: Draft202012Validator, type_: type[T]) -> Loaded[T]:
    source = read(path, shown_as)
    refuse(problem for error in validator.iter_errors(source.data) for problem in explain(error, source))
    value = msgspec.convert(source.data, type_)
    name = source.data["name"]
    if name != path.stem:
        refuse([source.problem(("name",), name, f"{path.stem}, as the file is called")])
    return Loaded(value, source)


def explain(error: ValidationError, source: Source) -> Iterator[Problem]:
    """A jsonschema error in the project's words."""
    path: FieldPath = tuple(error.absolute_path)
    schema: dict[str, Any] = error.schema  # type: ignore[assignment]
    instance: Any = error.instance
    if error.validator == "additionalProperties":
        known = schema.get("properties", {})
        for key in sorted(set(instance) - set(known)):
            expected = f"one of {', '.join(sorted(known))}{suggestion(str(key), known)}"
            yield source.problem((*path, str(key)), "an unknown field", expected)
    elif error.validator == "required":
        for key in schema["required"]:
            if key not in instance:
                yield source.problem((*path, key), "nothing", _described(schema["properties"][key]))
    else:
        yield source.problem(path, _shown(instance), _expected(error, schema))


def _expected(error: ValidationError, schema: dict[str, Any]) -> str:
    limit: Any = error.validator_value
    match error.validator:
        case "enum":
            return f"one of {', '.join(map(str, limit))}{suggestion(str(error.instance), map(str, limit))}"
        case "type":
            return _described(schema)
        case "minimum" | "exclusiveMinimum":
            return f"{'more than' if error.validator.startswith('ex') else 'at least'} {limit}"
        case "maximum":
            return f"at most {limit}"
        case "minItems" | "minLength":
            return f"at least {limit} item(s)" if error.validator == "minItems" else "some text"
        case "maxItems":
            return f"at most {limit} item(s)"
        case _:
            return _described(schema)


def _described(schema: dict[str, Any]) -> str:
    """What a schema wants, from its type, its description and its first example."""
    if "enum" in schema:
        return f"one of {', '.join(map(str, schema['enum']))}"
    if "$ref" in schema:
        return f"a {schema['$ref'].rpartition('/')[2]}, see schemas/"
    kind = {"object": "a mapping", "array": "a list", "string": "text", "boolean": "true or false"}.get(
        schema.get("type", ""), schema.get("type", "a value")
    )
    parts = [kind if kind != "integer" else "a whole number"]
    if examples := schema.get("examples"):
        parts.append(f"such as {json.dumps(examples[0])}")
    if description := schema.get("description"):
        parts.append(f"({description.rstrip('.')})")
    return " ".join(parts)


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else f"{text[:57]}..."
