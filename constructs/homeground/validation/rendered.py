"""The rendered tree as it stands on disk: `<cluster>/<app>/<file>.yaml`, one object a file.

Files are parsed fast; only one with a problem is read again, with the line of each field.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from homeground.problem import Problem, ProblemsError
from homeground.source import FieldPath, Yaml12Loader, read
from homeground.validation.mismatch import Mismatch, shown


@dataclass(frozen=True)
class Rendered:
    """One file of the tree and the object in it."""

    path: Path
    shown_as: str
    cluster: str
    manifest: Any

    def problems(self, mismatches: Iterable[Mismatch]) -> Iterator[Problem]:
        """The mismatches, each with the line where it stands."""
        if found := list(mismatches):
            source = read(self.path, self.shown_as)
            yield from (source.problem(m.path, m.found, m.expected) for m in found)


class SingleKeyLoader(Yaml12Loader):
    """Refuses a field given twice, of which PyYAML silently takes the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        mapping = super().construct_mapping(node, deep)
        if len(mapping) != len(node.value):
            raise yaml.constructor.ConstructorError(None, None, "a field twice", node.start_mark)
        return mapping


def read_tree(folder: Path, shown_as: str) -> tuple[list[Rendered], list[Problem]]:
    """The objects of all files, and the problems of the files that don't hold exactly one."""
    rendered: list[Rendered] = []
    problems: list[Problem] = []
    paths = sorted(path for path in folder.rglob("*") if path.suffix in (".yaml", ".yml"))
    if not paths:
        problems.append(Problem(shown_as, 0, "", "no rendered file", "a rendered tree: run `make synth`"))
    for path in paths:
        parts = path.relative_to(folder).parts
        name = "/".join((shown_as, *parts))
        try:
            item = Rendered(path, name, parts[0] if len(parts) > 1 else "", _parse(path, name))
            if wrong := list(item.problems(_not_an_object(item.manifest))):
                problems.extend(wrong)
            else:
                rendered.append(item)
        except ProblemsError as error:
            problems.extend(error.problems)
    return rendered, problems


def _parse(path: Path, shown_as: str) -> Any:
    try:
        if (manifest := SingleKeyLoader(path.read_bytes()).get_single_data()) is not None:
            return manifest
    except (yaml.YAMLError, UnicodeDecodeError):
        pass
    return read(path, shown_as).data  # it says what is wrong, and where


def _not_an_object(manifest: Any) -> Iterator[Mismatch]:
    """What keeps a document from being one Kubernetes object."""
    if not isinstance(manifest, dict):
        yield Mismatch((), shown(manifest), "one Kubernetes object")
        return
    metadata = manifest.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    fields: list[tuple[FieldPath, Any]] = [
        (("apiVersion",), manifest.get("apiVersion")),
        (("kind",), manifest.get("kind")),
        (("metadata", "name"), metadata.get("name")),
    ]
    if "namespace" in metadata:
        fields.append((("metadata", "namespace"), metadata["namespace"]))
    for path, value in fields:
        if not isinstance(value, str) or not value:
            yield Mismatch(path, "nothing" if value is None else shown(value), "text, which every object has there")
