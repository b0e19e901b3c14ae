"""A NodeFailover as the API server sends it, as far as people are shown it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from failover.record import Status


class RecordError(Exception):
    """An object that can't be read: its name, and the field that is not as the types say."""


@dataclass(frozen=True, slots=True)
class NodeFailover:
    """Its name is the home node's."""

    name: str
    status: Status


def of(obj: Mapping[str, Any]) -> NodeFailover:
    """Raises RecordError. One without a status was made a moment ago."""
    name = obj["metadata"]["name"]
    try:
        return NodeFailover(name, msgspec.convert(obj.get("status") or {}, Status))
    except msgspec.ValidationError as error:
        raise RecordError(f"NodeFailover {name}: status: {error}") from None
