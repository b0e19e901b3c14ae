"""Label and field selectors."""

import re
from collections.abc import Callable
from typing import Any

from tests.doubles.kubernetes.kinds import Kind
from tests.doubles.kubernetes.refusal import bad_request

Json = dict[str, Any]
Test = Callable[[Json], bool]
_TERM = re.compile(
    r"""\s*(?:
        (?P<not>!)\s*(?P<absent>[\w./-]+)
      | (?P<set>[\w./-]+)\s+(?P<op>in|notin)\s*\((?P<values>[^)]*)\)
      | (?P<key>[\w./-]+)\s*(?:(?P<eq>==|=|!=)\s*(?P<value>[\w./-]*))?
    )\s*(?:,|$)""",
    re.VERBOSE,
)


def by_labels(selector: str) -> Test:
    """Raises Refusal for what is no selector."""
    tests: list[Test] = []
    position = 0
    while position < len(selector):
        term = _TERM.match(selector, position)
        if not term or not term[0].strip():
            raise bad_request(f"unable to parse requirement: {selector!r}")
        tests.append(_label_test(term))
        position = term.end()
    return lambda obj: all(test(obj.get("metadata", {}).get("labels") or {}) for test in tests)


def _label_test(term: re.Match[str]) -> Test:
    if name := term["absent"]:
        return lambda labels: name not in labels
    if name := term["set"]:
        values = {value.strip() for value in term["values"].split(",")}
        if term["op"] == "in":
            return lambda labels: name in labels and labels[name] in values
        return lambda labels: labels.get(name) not in values
    name, value = term["key"], term["value"]
    if term["eq"] is None:
        return lambda labels: name in labels
    if term["eq"] == "!=":
        return lambda labels: labels.get(name) != value
    return lambda labels: name in labels and labels[name] == value


def by_fields(selector: str, kind: Kind) -> Test:
    """Raises Refusal for a field that the kind can't be selected by."""
    known = {"metadata.name", *(("metadata.namespace",) if kind.resource.namespaced else ()), *kind.fields}
    tests: list[Test] = []
    for term in filter(None, selector.split(",")):
        parsed = re.fullmatch(r"\s*([\w.]+)\s*(==|=|!=)\s*(.*?)\s*", term)
        if not parsed:
            raise bad_request(f"invalid selector: {selector!r}; can't understand {term!r}")
        path, equal, value = parsed[1], parsed[2] != "!=", parsed[3]
        if path not in known:
            raise bad_request(f"field label not supported: {path}")
        tests.append(_field_test(path.split("."), value, equal))
    return lambda obj: all(test(obj) for test in tests)


def _field_test(path: list[str], value: str, equal: bool) -> Test:
    def test(obj: Json) -> bool:
        found: Any = obj
        for part in path:
            found = found.get(part) if isinstance(found, dict) else None
        text = str(found).lower() if isinstance(found, bool) else str(found or "")
        if path == ["spec", "unschedulable"]:
            text = text or "false"
        return (text == value) == equal

    return test
