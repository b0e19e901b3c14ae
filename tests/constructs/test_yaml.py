"""Text that YAML 1.1 would take for something else, read back as Kubernetes does: by go-yaml's rules."""

import re
from datetime import date
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from homeground.output import to_yaml

# go-yaml's resolve.go, which sigs.k8s.io/yaml uses: this table, and numbers after all underscores are dropped.
WORDS = {"", "~", "null", "Null", "NULL", "<<", ".nan", ".NaN", ".NAN"}
WORDS |= {
    f(word) for word in ("y", "yes", "true", "on", "n", "no", "false", "off") for f in (str, str.title, str.upper)
}
WORDS |= {f"{sign}{infinity}" for sign in ("", "+", "-") for infinity in (".inf", ".Inf", ".INF")}
NUMBER = re.compile(
    r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"
    r"|[-+]?0[bB][01]+|[-+]?0[oO]?[0-7]+|[-+]?0[xX][0-9a-fA-F]+"
)
TIME = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt ].*)?")

AWKWARD = [
    *("y", "n", "Y", "N", "yes", "no", "Yes", "NO", "on", "off", "On", "OFF", "true", "False", "TRUE"),
    *("null", "Null", "NULL", "~", "", " ", "<<", "=", "nan", ".nan", ".NaN", ".inf", "-.inf", "+.INF"),
    *("1e3", "1E5", "12e03", "1e-3", "1e+3", "1.5e3", "-.5e3", "+.1", ".5", "5.", "-1", "+1", "0", "-0", "1.0", "1.10"),
    *("0o17", "0O17", "017", "08", "09", "-017", "0b101", "0B101", "-0b1", "0x1F", "0X1F", "-0x1F", "0xdeadbeef"),
    *("1_000", "1__0", "+_1", "1e_5", "1e5_0", "1_e5", "0_x1F", "0x_1F", "_1", "1_", "0_1", "1_0.5", "._1"),
    *("12:30", "12:30:45", "1:1", "190:20:30.15", "2001-01-01", "2001-1-1", "2001-01-01T00:00:00Z"),
    *(" lead", "trail ", "\ttab", "tab\t", "a: b", "a:", ":a", "a #b", "# c", "#", "- a", "-", "? a", "?", "!tag"),
    *("&anchor", "*alias", "|", ">", "%", "@", "`", "[a]", "{a: b}", "a, b", "'", '"', "it's", '"quoted"', "\\n"),
    *("---", "...", "--- a", "key: [", "\x00", "\x07", "\x7f", "\x85", "\xa0", "\ufeff", "a\ufeffb", "\r", "a\r\nb"),
    *("größe", "日本語", "🎮", "a\u2028b", "a\u2029b\n", "a\x85b\n", "two\nlines", "two\nlines\n", "a\n\nb\n\n"),
    *("\n", "\n\n", "\nlead", " lead\nline\n", "trail \nline", "tab\tin\n", "# c\n# d\n", "a: b\n- c\n", "--- \n"),
    *("1.35.4", "10.0.0.0/8", "500m", "25%", "2Gi", "::1", "a.b", "4e", "0x", "1.2.3", "-a", "e3", "+"),
    'hs = {}\nif obj.status ~= nil then\n  hs.status = "Healthy"\nend\nreturn hs\n',
]  # fmt: skip


def go_reads_as_text(plain: str) -> bool:
    """Whether go-yaml takes an unquoted scalar for a string."""
    number = plain[:1] in set("+-.0123456789") and NUMBER.fullmatch(plain.replace("_", ""))
    return not (plain in WORDS or number or TIME.fullmatch(plain))


def scalars(text: str) -> list[yaml.ScalarEvent]:
    return [event for event in yaml.parse(text, Loader=yaml.CSafeLoader) if isinstance(event, yaml.ScalarEvent)]


def assert_read_as_text(value: str) -> None:
    """As a value, in a list and as a key, by structure and by type."""
    written = to_yaml({"value": value, "list": [value], "keys": {value: "x"}})
    found = scalars(written)
    assert [scalar.value for scalar in found] == ["value", value, "list", value, "keys", value, "x"], written
    plain = [scalar.value for scalar in found if not scalar.style]
    assert all(go_reads_as_text(scalar) for scalar in plain), written
    assert yaml.load(written, yaml.CSafeLoader) == {"value": value, "list": [value], "keys": {value: "x"}}


@pytest.mark.parametrize("value", AWKWARD, ids=ascii)
def test_text_is_read_back_as_the_same_text(value: str) -> None:
    assert_read_as_text(value)


@pytest.mark.parametrize(
    "value", ["Fleet", "games-acme", "ghcr.io/a/b:1.0", "10.0.0.0/8", "500m", "25%", "2Gi", "1.35.4"]
)
def test_ordinary_text_is_not_quoted(value: str) -> None:
    assert to_yaml({"value": value}) == f"value: {value}\n"


@given(st.text(alphabet="0123456789_.+-eExXoObBaAfF:yYnN~ ", max_size=8))
def test_nothing_that_looks_like_a_number_becomes_one(value: str) -> None:
    assert_read_as_text(value)


@given(st.text(max_size=20))
def test_any_text_is_read_back_as_the_same_text(value: str) -> None:
    assert_read_as_text(value)


@given(st.lists(st.text(alphabet=" \t\n#:-|>'\"\\a\u2028é", max_size=12), max_size=4).map("\n".join))
def test_any_lines_are_read_back_as_the_same_lines(value: str) -> None:
    assert_read_as_text(value)


def test_scripts_are_written_line_by_line() -> None:
    assert to_yaml({"lua": "if a then\n  b()\nend\n"}) == "lua: |\n  if a then\n    b()\n  end\n"


def test_long_lines_are_not_folded() -> None:
    line = "word " * 100 + "end"
    assert to_yaml({"value": line}) == f"value: {line}\n"


@pytest.mark.parametrize(
    "value", [True, False, 0, -1, 7777, 1.5, 1e300, None, [], {}, ["a", 1], {"a": {"b": [1, "1"]}}]
)
def test_what_is_not_text_keeps_its_type(value: Any) -> None:
    read: Any = yaml.load(to_yaml({"value": value}), yaml.CSafeLoader)["value"]
    assert (read, type(read)) == (value, type(value))


def test_a_date_that_is_text_does_not_become_a_date() -> None:
    assert yaml.safe_load("value: 2001-01-01")["value"] == date(2001, 1, 1)
    assert yaml.safe_load(to_yaml({"value": "2001-01-01"}))["value"] == "2001-01-01"
