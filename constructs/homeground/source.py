"""A YAML file with the line of every field, so that an error can point at it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from homeground.problem import Problem, ProblemsError

FieldPath = tuple[str | int, ...]


class Yaml12Loader(yaml.CSafeLoader):
    """YAML 1.2's core schema: `no`, `on` and `12:30` are strings, as Kubernetes and editors read them."""


Yaml12Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF"),
    ("int", r"^[-+]?(?:0|[1-9][0-9]*|0o[0-7]+|0x[0-9a-fA-F]+)$", "-+0123456789"),
    ("float", r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$", "-+.0123456789"),
    ("null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
):
    Yaml12Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), list(_first))


@dataclass(frozen=True)
class Source:
    """A parsed file: its plain data, and the line where each field stands."""

    file: str
    data: Any
    lines: dict[FieldPath, int]

    def line(self, path: FieldPath) -> int:
        """The line of a field, or of the nearest parent that the file does have."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def problem(self, path: FieldPath, found: object, expected: str) -> Problem:
        return Problem(self.file, self.line(path), dotted(path), str(found), expected)


def dotted(path: FieldPath) -> str:
    """`("nodes", 1, "site")` as people write it: `nodes[1].site`."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")


def read(path: Path, shown_as: str | None = None) -> Source:
    """Parse one YAML document.

    Raises ProblemsError for a missing file, a syntax error or a field given twice.
    """
    file = shown_as or str(path)
    try:
        loader = Yaml12Loader(path.read_text(encoding="utf-8"))
        node = loader.get_single_node()
    except FileNotFoundError:
        raise ProblemsError([Problem(file, 0, "", "no file", "a YAML file")]) from None
    except UnicodeDecodeError as error:
        raise ProblemsError(
            [Problem(file, 0, "", f"bytes that are not UTF-8 ({error.reason})", "UTF-8 text")]
        ) from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise ProblemsError([Problem(file, line, "", error.problem or "broken YAML", "valid YAML")]) from None
    if node is None:
        raise ProblemsError([Problem(file, 1, "", "an empty file", "a YAML mapping")])
    lines: dict[FieldPath, int] = {}
    duplicates = list(_walk(node, (), lines, file))
    if duplicates:
        raise ProblemsError(duplicates)
    return Source(file, loader.construct_document(node), lines)


def _walk(node: yaml.Node, path: FieldPath, lines: dict[FieldPath, int], file: str) -> Iterator[Problem]:
    """Record the line of every field below `node`; yield a Problem for each field given twice."""
    lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield from _walk(item, (*path, index), lines, file)
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            child = (*path, str(key.value))
            line = key.start_mark.line + 1
            if child in lines:
                first = f"one value (the first is on line {lines[child]})"
                yield Problem(file, line, dotted(child), "the field a second time", first)
            lines[child] = line
            yield from _walk(value, child, lines, file)
