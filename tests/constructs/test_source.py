"""Files as plain data with the line of every field."""

from pathlib import Path
from typing import Any

import pytest

from homeground.problem import ProblemsError
from homeground.source import DEEPEST, MOST_BYTES, Source, dotted, read


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "facts.yaml"


def parsed(file: Path, text: str) -> Source:
    file.write_text(text, encoding="utf-8")
    return read(file, "facts.yaml")


def refused(file: Path, content: str | bytes) -> list[str]:
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(ProblemsError) as raised:
        read(file, "facts.yaml")
    return [str(problem) for problem in raised.value.problems]


@pytest.mark.parametrize(
    ("written", "means"),
    [
        ("true", True), ("False", False), ("yes", "yes"), ("no", "no"), ("on", "on"), ("y", "y"),
        ("", None), ("~", None), ("null", None), ("none", "none"),
        ("0", 0), ("12", 12), ("-3", -3), ("+3", 3), ("0o17", 15), ("0x1F", 31), ("0b11", "0b11"), ("1_000", "1_000"),
        ("007", "007"), ("0644", "0644"), ("12:30:00", "12:30:00"), ("2024-01-01", "2024-01-01"),
        ("1.5", 1.5), (".5", 0.5), ("2.", 2.0), ("1e3", 1000.0), ("1.35.4", "1.35.4"), (".inf", ".inf"),
        ("1" * 64, "1" * 64), ("1" * 30 + "e" + "1" * 33, "1" * 30 + "e" + "1" * 33), ("9" * 5000, "9" * 5000),
        ("=", "="), ("<<", "<<"), (".nan", ".nan"),
    ],
)  # fmt: skip
def test_scalars_mean_what_yaml_1_2_says(file: Path, written: str, means: Any) -> None:
    value = parsed(file, f"field: {written}\n").data["field"]
    assert (value, type(value)) == (means, type(means))


def test_every_field_has_the_line_of_its_key_and_every_item_its_own(file: Path) -> None:
    source = parsed(file, "# comment\na:\n  b:\n    - c: 1\n      d: 2\n    - [x,\n       y]\ne: |\n  text\n")
    assert source.data == {"a": {"b": [{"c": 1, "d": 2}, ["x", "y"]]}, "e": "text\n"}
    assert source.line(()) == 2
    assert source.line(("a", "b")) == 3
    assert source.line(("a", "b", 0)) == 4
    assert source.line(("a", "b", 0, "d")) == 5
    assert source.line(("a", "b", 1, 1)) == 7
    assert source.line(("e",)) == 8


def test_a_field_that_is_not_there_has_the_line_of_its_nearest_parent(file: Path) -> None:
    source = parsed(file, "\n\na:\n  b: 1\n")
    assert source.line(("a", "missing", "deeper")) == 3
    assert source.line(("missing",)) == 3
    assert Source("none", {}, {}).line(("a",)) == 1


def test_a_problem_points_at_its_field(file: Path) -> None:
    source = parsed(file, "a:\n  - b: 1\n")
    assert str(source.problem(("a", 0, "b"), 1, "2")) == "facts.yaml:2: a[0].b: found 1, expected 2"


def test_a_path_is_written_as_people_write_it() -> None:
    assert dotted(("nodes", 1, "site")) == "nodes[1].site"
    assert dotted((0, "a", 2, 3)) == "[0].a[2][3]"
    assert dotted(()) == ""


def test_a_field_twice_names_both_lines(file: Path) -> None:
    assert refused(file, "a: 1\nb: {c: 1,\n  c: 2}\na: 3\n") == [
        "facts.yaml:3: b.c: found the field a second time, expected one value (the first is on line 2)",
        "facts.yaml:4: a: found the field a second time, expected one value (the first is on line 1)",
    ]


@pytest.mark.parametrize("key", ["1", "1.5", "true", "null", "~", "[a, b]", "{a: b}"])
def test_a_key_is_text(file: Path, key: str) -> None:
    [said] = refused(file, f"a:\n  ? {key}\n  : 1\n")
    assert said.startswith("facts.yaml:2: a: found ")
    assert said.endswith("expected text as key, in quotes if need be")


def test_a_quoted_key_is_text(file: Path) -> None:
    assert parsed(file, '"1": a\n').data == {"1": "a"}


def test_an_anchor_that_nothing_refers_to_does_no_harm(file: Path) -> None:
    assert parsed(file, "a: &unused 1\n").data == {"a": 1}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a: &x 1\nb: *x\n", "2: found the alias *x"),
        ("a: &x [*x]\n", "1: found the alias *x"),
        ("\na: *nowhere\n", "2: found the alias *nowhere"),
        ("a: !secret x\n", "1: found the tag !secret"),
        ("a: !!set {x}\n", "1: found the tag !!set"),
        ("a: !!binary aGk=\n", "1: found the tag !!binary"),
        ("a: 1\n---\nb: 2\n", "2: found a second document (---)"),
        ("a: \x07\n", "1: found the control character U+0007"),
        ("a: @x\n", "1: found a syntax error (found character that cannot start any token)"),
        ("a: [1\n\nb: 2\n", "1: found a bracket or quote without its end (did not find expected ',' or ']' by line 3)"),
        ("a: {b: 1\n", "1: found a bracket or quote without its end (did not find expected ',' or '}' by line 2)"),
        ("a: 'x\n\n", "1: found a bracket or quote without its end (found unexpected end of stream by line 3)"),
        ("a:\n\tb: 1\n", "2: found a tab"),
        ("a:\n  b: 1\n \tc: 2\n", "3: found a tab"),
        ("a\nb: 1\n", "2: found a syntax error (mapping values are not allowed in this context)"),
        ("- a\nb: 1\n", "2: found a syntax error (did not find expected '-' indicator)"),
    ],
)
def test_what_is_not_plain_data_is_refused_where_it_stands(file: Path, text: str, found: str) -> None:
    [said] = refused(file, text)
    assert said.startswith(f"facts.yaml:{found}, expected ")


def test_depth_is_limited_exactly(file: Path) -> None:
    assert parsed(file, "[" * DEEPEST + "]" * DEEPEST).data
    assert refused(file, "[" * (DEEPEST + 1) + "]" * (DEEPEST + 1)) == [
        f"facts.yaml:1: found more than {DEEPEST} levels, expected a mapping, see schemas/"
    ]


def test_size_is_limited_exactly(file: Path) -> None:
    assert len(parsed(file, "a" * MOST_BYTES).data) == MOST_BYTES
    assert refused(file, b"a" * (MOST_BYTES + 1)) == ["facts.yaml: found 1048577 bytes, expected at most 1048576"]


def test_a_missing_file_is_a_problem(file: Path) -> None:
    with pytest.raises(ProblemsError, match=r"facts\.yaml: found no file, expected a YAML file"):
        read(file, "facts.yaml")


def test_an_empty_file_is_a_problem(file: Path) -> None:
    assert refused(file, "") == ["facts.yaml:1: found an empty file, expected a YAML mapping"]


def test_bytes_that_are_not_utf_8_are_pointed_at(file: Path) -> None:
    assert refused(file, b"a: 1\nb: \xff\n") == [
        "facts.yaml:2: found a byte that is not UTF-8 (0xff), expected UTF-8 text"
    ]


def test_a_byte_order_mark_and_windows_line_ends_are_read_over(file: Path) -> None:
    file.write_bytes(b"\xef\xbb\xbfa: 1\r\nb: 2\r\n")
    source = read(file)
    assert source.data == {"a": 1, "b": 2}
    assert source.line(("b",)) == 2
