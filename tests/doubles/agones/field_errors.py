"""Refusals as Kubernetes words them: causes with a field, a type and a message, gathered in one Status."""

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from tests.doubles.agones.names import Json

_TYPES = {
    "FieldValueRequired": "Required value",
    "FieldValueInvalid": "Invalid value",
    "FieldValueNotSupported": "Unsupported value",
    "FieldValueForbidden": "Forbidden",
    "FieldValueTooLong": "Too long",
    "FieldValueDuplicate": "Duplicate value",
}


class FieldError(NamedTuple):
    """One cause."""

    type: str
    field: str
    message: str

    def __str__(self) -> str:
        return f"{self.field}: {self.message}"


def required(field: str, detail: str) -> FieldError:
    return _error("FieldValueRequired", field, detail)


def forbidden(field: str, detail: str) -> FieldError:
    return _error("FieldValueForbidden", field, detail)


def too_long(field: str, limit: int) -> FieldError:
    return _error("FieldValueTooLong", field, f"may not be more than {limit} bytes")


def invalid(field: str, value: Any, detail: str) -> FieldError:
    return _error("FieldValueInvalid", field, detail, value)


def duplicate(field: str, value: Any) -> FieldError:
    return _error("FieldValueDuplicate", field, "", value)


def unsupported(field: str, value: Any, supported: Sequence[str]) -> FieldError:
    quoted = ", ".join(json.dumps(each) for each in supported)
    return _error("FieldValueNotSupported", field, f"supported values: {quoted}", value)


def status(group: str, kind: str, name: str, errors: Sequence[FieldError]) -> Json:
    """The Status of `errors.NewInvalid`: code 422."""
    texts = list(dict.fromkeys(str(error) for error in errors))
    text = texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"
    causes = [{"reason": error.type, "message": error.message, "field": error.field} for error in errors]
    details = {"group": group, "kind": kind, "causes": causes} | ({"name": name} if name else {})
    return {
        "metadata": {},
        "status": "Failure",
        "message": f'{kind}.{group} "{name}" is invalid: {text}',
        "reason": "Invalid",
        "details": details,
        "code": 422,
    }


_NO_VALUE = object()


def _error(type: str, field: str, detail: str, value: Any = _NO_VALUE) -> FieldError:  # noqa: A002
    shown = "" if value is _NO_VALUE else f": {json.dumps(value, separators=(',', ':'))}"
    return FieldError(type, field, f"{_TYPES[type]}{shown}{f': {detail}' if detail else ''}")
