"""What Agones refuses in a FleetAutoscaler's policy. Schedule, Chain and Wasm are left to their CRD schema (a gap)."""

from typing import Any

from tests.doubles.agones.field_errors import FieldError, duplicate, forbidden, invalid, required
from tests.doubles.agones.names import Json
from tests.doubles.agones.validation import NEGATIVE

POLICY = "spec.policy"


def check(obj: Json) -> list[FieldError]:
    """Of a FleetAutoscaler with its defaults."""
    spec = obj["spec"]
    policy, type_ = spec["policy"], spec["policy"].get("type")
    found: list[FieldError] = []
    if type_ in ("Buffer", "Counter", "List"):
        found = _sized(policy.get(type_.lower()), type_)
    elif type_ == "Webhook":
        found = _webhook(policy.get("webhook"))
    elif type_ == "Wasm":
        found = [forbidden(f"{POLICY}.wasm", "feature WasmAutoscaler must be enabled")]
    seconds = spec["sync"]["fixedInterval"]["seconds"]
    if seconds <= 0:
        found.append(invalid("spec.sync.fixedInterval.seconds", seconds, NEGATIVE))
    return found


def percent(text: str) -> int:
    """`"30%"` is 30; what is no percentage is 0."""
    return int(text[:-1]) if text.endswith("%") and text[:-1].isdigit() else 0


def _sized(policy: Json | None, type_: str) -> list[FieldError]:
    path, what = f"{POLICY}.{type_.lower()}", "Replicas" if type_ == "Buffer" else "Capacity"
    if policy is None:
        return [required(path, f"{type_.lower()} policy config params are missing")]
    size, low, high = policy["bufferSize"], policy[f"min{what}"], policy[f"max{what}"]
    found = []
    if low > high:
        found.append(invalid(f"{path}.min{what}", low, f"min{what} should be smaller than max{what}"))
    if isinstance(size, int):
        return found + _absolute(path, what, size, low, high)
    if not 1 <= percent(size) <= 99:
        found.append(invalid(f"{path}.bufferSize", size, "bufferSize should be between 1% and 99%"))
    if low < 1 and type_ == "Buffer":
        found.append(invalid(f"{path}.minReplicas", low, NEGATIVE))
    elif low < 1:
        text = " when bufferSize in percentage format is used, minCapacity should be more than 0"
        found.append(invalid(f"{path}.minCapacity", size, text))
    return found


def _absolute(path: str, what: str, size: int, low: int, high: int) -> list[FieldError]:
    found = []
    if size <= 0:
        found.append(invalid(f"{path}.bufferSize", size, NEGATIVE))
    if high < size:
        found.append(invalid(f"{path}.max{what}", high, f"max{what} should be bigger than or equal to bufferSize"))
    if low != 0 and low < size:
        found.append(invalid(f"{path}.min{what}", low, f"min{what} should be bigger than or equal to bufferSize"))
    return found


def _webhook(policy: Any) -> list[FieldError]:
    path = f"{POLICY}.webhook"
    if policy is None:
        return [required(path, "webhook policy config params are missing")]
    if policy.get("service") is None and policy.get("url") is None:
        return [required(path, "url should be provided")]
    if policy.get("service") is not None and policy.get("url") is not None:
        return [duplicate(f"{path}.url", "service and url cannot be used simultaneously")]
    return []
