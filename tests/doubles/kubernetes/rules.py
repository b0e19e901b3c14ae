"""The few rules of single kinds that our programs could break: what the API server validates of Events and Leases."""

from typing import Any

from kubeclient import timestamp
from kubeclient.resources import EVENTS, LEASES, PODS
from tests.doubles.kubernetes.kinds import Kind
from tests.doubles.kubernetes.refusal import bad_request, invalid

Json = dict[str, Any]
EVENT_NEEDS = ("eventTime", "reportingController", "reportingInstance", "action", "reason")
EVENT_KEEPS = (*EVENT_NEEDS, "type", "note", "regarding")
LONGEST_NOTE = 1024


def on_create(kind: Kind, obj: Json) -> None:
    """Raises Refusal; fills in what the server would."""
    if kind.resource == PODS:
        obj["status"] = {"phase": "Pending"}
    if kind.resource == EVENTS:
        _event(kind, obj)
    if kind.resource == LEASES:
        _lease(kind, obj)


def on_update(kind: Kind, old: Json, new: Json) -> None:
    """Raises Refusal."""
    if kind.resource == EVENTS:
        for name in EVENT_KEEPS:
            if old.get(name) != new.get(name):
                raise invalid(kind, new["metadata"]["name"], name, "Invalid value: field is immutable")
        _series(kind, new)
    if kind.resource == LEASES:
        _lease(kind, new)


def _event(kind: Kind, obj: Json) -> None:
    name = obj["metadata"]["name"]
    for field in EVENT_NEEDS:
        if not obj.get(field):
            raise invalid(kind, name, field, "Required value")
    _micro_time(obj["eventTime"])
    if obj.get("type") not in ("Normal", "Warning"):
        raise invalid(kind, name, "type", f"Invalid value: {obj.get('type')!r}")
    if len(obj.get("note", "").encode()) > LONGEST_NOTE:
        raise invalid(kind, name, "note", f"Invalid value: can have at most {LONGEST_NOTE} bytes")
    _series(kind, obj)


def _series(kind: Kind, obj: Json) -> None:
    series = obj.get("series")
    if series is None:
        return
    if series.get("count", 0) < 2:
        raise invalid(kind, obj["metadata"]["name"], "series.count", "Invalid value: should be at least 2")
    _micro_time(series["lastObservedTime"])


def _lease(kind: Kind, obj: Json) -> None:
    spec = obj.get("spec") or {}
    duration = spec.get("leaseDurationSeconds")
    if duration is not None and duration <= 0:
        raise invalid(kind, obj["metadata"]["name"], "spec.leaseDurationSeconds", "Invalid value: must be positive")
    for name in ("acquireTime", "renewTime"):
        if spec.get(name) is not None:
            _micro_time(spec[name])


def _micro_time(text: str) -> None:
    try:
        right = timestamp.to_microseconds(timestamp.parse(text)) == text
    except ValueError:
        right = False
    if not right:
        raise bad_request(f'parsing time "{text}" as "2006-01-02T15:04:05.000000Z07:00": cannot parse')
