"""The `filter` of lists: the AIP-160 style and the older `eq`, for labels, name and status; terms are joined by AND.

Source: the reference of instances.aggregatedList. OR and other fields are refused, not guessed at.
"""

import re
from collections.abc import Callable

from tests.doubles.gce.api_error import invalid
from tests.doubles.gce.instance import Instance

Matches = Callable[[Instance], bool]
_TERM = re.compile(
    r"""\(?\s*(?P<field>labels\.[a-z0-9_-]+|name|status)\s*
        (?P<operator>!=|=|:|\beq\b|\bne\b)\s*
        (?P<value>"[^"]*"|'[^']*'|[^\s()"']+)\s*\)?\s*(?:AND\s+)?""",
    re.VERBOSE,
)


def parsed(text: str) -> Matches:
    """Raises ApiError (400) for an expression that is not understood."""
    terms, position = [], 0
    while position < len(text):
        found = _TERM.match(text, position)
        if not found:
            raise invalid("filter", text, "Invalid list filter expression.")
        terms.append(_term(found["field"], found["operator"], found["value"].strip("\"'")))
        position = found.end()
    return lambda instance: all(term(instance) for term in terms)


def _term(field: str, operator: str, wanted: str) -> Matches:
    def matches(instance: Instance) -> bool:
        value = _value(instance, field)
        if operator in ("eq", "ne"):
            return (value is not None and re.fullmatch(wanted, value) is not None) is (operator == "eq")
        if operator == ":":
            return value is not None and (wanted == "*" or wanted in value)
        return (value == wanted) is (operator == "=")

    return matches


def _value(instance: Instance, field: str) -> str | None:
    if field.startswith("labels."):
        return instance.labels.get(field.removeprefix("labels."))
    return instance.name if field == "name" else instance.status
