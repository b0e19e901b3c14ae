"""Which labels and annotations Kubernetes takes, in its own words."""

import re
from collections.abc import Mapping

from tests.doubles.agones.field_errors import FieldError, invalid, too_long

_NAME = r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
_LABEL = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_SUBDOMAIN = rf"{_LABEL}(\.{_LABEL})*"
_NAME_TEXT = (
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character "
    f"(e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '{_NAME}')"
)
_PREFIX_TEXT = (
    "prefix part a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', "
    "and must start and end with an alphanumeric character "
    f"(e.g. 'example.com', regex used for validation is '{_SUBDOMAIN}')"
)
_VALUE_TEXT = (
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', "
    "and must start and end with an alphanumeric character "
    f"(e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '({_NAME})?')"
)
NAME_LENGTH, PREFIX_LENGTH, ANNOTATIONS_BYTES = 63, 253, 256 * 1024


def check_labels(labels: Mapping[str, str], field: str) -> list[FieldError]:
    found = []
    for key, value in labels.items():
        found += [invalid(field, key, text) for text in qualified_name(key)]
        found += [invalid(field, value, text) for text in label_value(value)]
    return found


def check_annotations(annotations: Mapping[str, str], field: str) -> list[FieldError]:
    found = [invalid(field, key, text) for key in annotations for text in qualified_name(key.lower())]
    if sum(len(key.encode()) + len(value.encode()) for key, value in annotations.items()) > ANNOTATIONS_BYTES:
        found.append(too_long(field, ANNOTATIONS_BYTES))
    return found


def qualified_name(text: str) -> list[str]:
    """What is wrong with a label's key."""
    *prefix, name = text.split("/")
    if len(prefix) > 1:
        end = " with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
        return [f"a qualified name {_NAME_TEXT}{end}"]
    found = []
    if prefix and not prefix[0]:
        found.append("prefix part must be non-empty")
    elif prefix:
        found += [_PREFIX_TEXT] if not re.fullmatch(_SUBDOMAIN, prefix[0]) else []
        found += (
            [f"prefix part must be no more than {PREFIX_LENGTH} characters"] if len(prefix[0]) > PREFIX_LENGTH else []
        )
    if not name:
        found.append("name part must be non-empty")
    elif len(name) > NAME_LENGTH:
        found.append(f"name part must be no more than {NAME_LENGTH} characters")
    return found + ([f"name part {_NAME_TEXT}"] if not re.fullmatch(_NAME, name) else [])


def label_value(text: str) -> list[str]:
    """What is wrong with a label's value."""
    found = [f"must be no more than {NAME_LENGTH} characters"] if len(text) > NAME_LENGTH else []
    return found + ([_VALUE_TEXT] if not re.fullmatch(f"({_NAME})?", text) else [])
