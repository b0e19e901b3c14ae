"""Loads clusters/*.yaml and games/*.yaml: checked against their schemas, typed, every error at once."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

import msgspec

from homeground.explanation import explain
from homeground.problem import Problem, ProblemsError, refuse
from homeground.source import Source, read
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
    sealed: dict[tuple[str, str], Source] = {}
    for path in _files(root / "clusters" / cluster / "secrets", f"clusters/{cluster}/secrets", problems):
        try:
            source = read(path, path.relative_to(root).as_posix())
            name = _sealed_name(source)
            if name in sealed:
                first = f"a secret of its own (the first is {sealed[name].file})"
                refuse([source.problem(("metadata", "name"), f"{'/'.join(name)} a second time", first)])
            sealed[name] = source
        except ProblemsError as error:
            problems.extend(error.problems)
    return sealed


def _sealed_name(source: Source) -> tuple[str, str]:
    data = source.data if isinstance(source.data, dict) else {}
    metadata = data["metadata"] if isinstance(data.get("metadata"), dict) else {}
    expected = "a SealedSecret with a name and a namespace, as kubeseal writes it"
    if data.get("kind") != "SealedSecret":
        refuse([source.problem(("kind",), data.get("kind", "nothing"), expected)])
    found = metadata.get("namespace"), metadata.get("name")
    match found:
        case (str(namespace), str(name)) if namespace and name:
            return namespace, name
    raise ProblemsError([source.problem(("metadata",), f"namespace {found[0]} and name {found[1]}", expected)])


def _load_folder(root: Path, folder: str, schema_name: str, type_: type[T], problems: list[Problem]) -> list[Loaded[T]]:
    schema = json_schema(schema_name)
    loaded = []
    for path in _files(root / folder, folder, problems):
        try:
            source = read(path, f"{folder}/{path.name}")
            refuse(explain(schema, source))
            if (name := source.data["name"]) != path.stem:
                refuse([source.problem(("name",), name, f"{path.stem}, as the file is called")])
            loaded.append(Loaded(msgspec.convert(source.data, type_), source))
        except ProblemsError as error:
            problems.extend(error.problems)
    return loaded


def _files(folder: Path, shown_as: str, problems: list[Problem]) -> list[Path]:
    """`*.yaml` of a folder, but for hidden files (editors leave some). `.yml` is refused: its game would be missed."""
    paths = [path for path in sorted(folder.glob("*.y*ml")) if not path.name.startswith(".")]
    problems += [
        Problem(f"{shown_as}/{path.name}", 0, "", f"the ending {path.suffix}", f"{path.stem}.yaml")
        for path in paths
        if path.suffix != ".yaml"
    ]
    return [path for path in paths if path.suffix == ".yaml"]
