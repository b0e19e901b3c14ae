"""A YAML file with the line of every field, so that an error can point at it.

A file is plain data: no tags, no aliases (a value stands where it is used, and a bomb of them can't be built),
text as keys, one document of a sane size and depth. What a hand can write, it can't crash on.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from homeground.problem import Problem, ProblemsError, refuse

FieldPath = tuple[str | int, ...]

MOST_BYTES = 2**20
DEEPEST = 50
"""Lists and mappings in each other. PyYAML's C code would overflow its stack at some thousands."""


class Yaml12Loader(yaml.CSafeLoader):
    """YAML 1.2's core schema: `no`, `on` and `12:30` are strings, as Kubernetes and editors read them.

    `007` and a hash that happens to be all digits are strings too: as numbers they would lose something.
    """


Yaml12Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF"),
    ("int", r"^[-+]?(?:0|[1-9][0-9]{0,29}|0o[0-7]{1,30}|0x[0-9a-fA-F]{1,30})$", "-+0123456789"),
    (
        "float",
        r"^[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]{0,29})(?:\.[0-9]*|(?=[eE])))(?:[eE][-+]?[0-9]{1,3})?$",
        "-+.0123456789",
    ),
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

    Raises ProblemsError for a file that can't be read, a syntax error, a field given twice, or YAML beyond plain data.
    """
    file = shown_as or str(path)
    text = _text(path, file)
    try:
        refuse(_beyond_data(text, file))
        loader = Yaml12Loader(text)
        node = loader.get_single_node()
    except yaml.YAMLError as error:
        raise ProblemsError([_syntax_problem(error, text, file)]) from None
    if node is None:
        raise ProblemsError([Problem(file, 1, "", "an empty file", "a YAML mapping")])
    lines: dict[FieldPath, int] = {}
    refuse(_walk(node, (), lines, file))
    return Source(file, loader.construct_document(node), lines)


def _text(path: Path, file: str) -> str:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise ProblemsError([Problem(file, 0, "", "no file", "a YAML file")]) from None
    except OSError as error:
        raise ProblemsError([Problem(file, 0, "", f"no way to read it ({error.strerror})", "a YAML file")]) from None
    if len(content) > MOST_BYTES:
        raise ProblemsError([Problem(file, 0, "", f"{len(content)} bytes", f"at most {MOST_BYTES}")])
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        found = f"a byte that is not UTF-8 (0x{content[error.start]:02x})"
        raise ProblemsError([Problem(file, line, "", found, "UTF-8 text")]) from None


def _beyond_data(text: str, file: str) -> Iterator[Problem]:
    """What YAML can and facts can't. Read from events, before anything is built from them."""
    depth = documents = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        line = event.start_mark.line + 1 if event.start_mark else 0
        if isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        elif isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                yield Problem(file, line, "", "a second document (---)", "one document a file")
        elif isinstance(event, yaml.AliasEvent):
            yield Problem(file, line, "", f"the alias *{event.anchor}", "the value itself, written out")
        elif tag := getattr(event, "tag", None):
            yield Problem(file, line, "", f"the tag {tag.replace('tag:yaml.org,2002:', '!!')}", "a plain value")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > DEEPEST:
                yield Problem(file, line, "", f"more than {DEEPEST} levels", "a mapping, see schemas/")
                return


HINTS = {
    "mapping values": "one `field: value` a line, indented like its neighbours; text with `: ` in it stands in quotes",
    "cannot start any token": "text in quotes where it starts with a special character",
    "',' or": "a comma or the closing bracket",
    "node content": "a value or the closing bracket",
    "expected key": "a field, indented like its neighbours",
    "expected '-'": "a list item, indented like its neighbours",
    "end of stream": "the closing quote",
    "expected ':'": "`field: value`",
    "undefined alias": "the value itself, written out",
}
"""What would be right, by a part of what libyaml says."""


def _syntax_problem(error: yaml.YAMLError, text: str, file: str) -> Problem:
    if not isinstance(error, yaml.MarkedYAMLError):  # ReaderError
        line = text[: getattr(error, "position", 0)].count("\n") + 1
        character = f"the control character U+{getattr(error, 'character', 0):04X}"
        return Problem(file, line, "", character, "printable text")
    problem, mark = error.problem or "broken YAML", error.problem_mark
    line = mark.line + 1 if mark else 0
    written = text.splitlines()[mark.line : mark.line + 1] if mark else []
    if "\t" in "".join(written)[: mark.column + 1 if mark else 0]:
        return Problem(file, line, "", "a tab", "spaces: YAML is not indented by tabs")
    expected = next((hint for part, hint in HINTS.items() if part in problem), "valid YAML")
    start = error.context_mark.line + 1 if error.context_mark else line
    if start < line and ("flow" in str(error.context) or "quoted" in str(error.context)):
        return Problem(file, start, "", f"a bracket or quote without its end ({problem} by line {line})", expected)
    return Problem(file, line, "", f"a syntax error ({problem})", expected)


def _walk(node: yaml.Node, path: FieldPath, lines: dict[FieldPath, int], file: str) -> Iterator[Problem]:
    """Record the line of every field below `node`; yield a Problem for each key that is not text or stands twice."""
    lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield from _walk(item, (*path, index), lines, file)
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            line = key.start_mark.line + 1
            if key.tag != "tag:yaml.org,2002:str":
                what = f"the key {key.value}" if isinstance(key, yaml.ScalarNode) else "a list or mapping as key"
                yield Problem(file, line, dotted(path), what, "text as key, in quotes if need be")
                continue
            child = (*path, str(key.value))
            if child in lines:
                first = f"one value (the first is on line {lines[child]})"
                yield Problem(file, line, dotted(child), "the field a second time", first)
            lines[child] = line
            yield from _walk(value, child, lines, file)
