"""A GameServerAllocation as Go reads and writes it, its defaults, and what is refused."""

from datetime import UTC, datetime

from tests.doubles.agones import field_errors, selector
from tests.doubles.agones.field_errors import FieldError, invalid, unsupported
from tests.doubles.agones.label_rules import check_annotations, check_labels
from tests.doubles.agones.names import Json
from tests.doubles.agones.validation import NEGATIVE

API_VERSION, KIND = "allocation.agones.dev/v1", "GameServerAllocation"
GROUP = API_VERSION.partition("/")[0]


def parse(body: Json, namespace: str) -> Json:
    """The request in full, defaults included. Raises TypeError or AttributeError for what has the wrong shape."""
    given = body.get("spec") or {}
    metadata = {**(body.get("metadata") or {}), "namespace": namespace}
    metadata["creationTimestamp"] = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    setting = given.get("multiClusterSetting") or {}
    enabled = {"enabled": True} if setting.get("enabled") else {}
    old_way = not given.get("selectors")  # `required` and `preferred`, deprecated
    spec: Json = {
        "multiClusterSetting": enabled | {"policySelector": setting.get("policySelector") or {}},
        "required": selector.canonical(given.get("required") or {}, old_way),
        "scheduling": given.get("scheduling") or "Packed",
        "metadata": {name: each for name, each in (given.get("metadata") or {}).items() if each},
    }
    if given.get("preferred"):
        spec["preferred"] = [selector.canonical(each, old_way) for each in given["preferred"]]
    if given.get("priorities"):
        spec["priorities"] = [_priority(each) for each in given["priorities"]]
    spec["selectors"] = [selector.canonical(each, True) for each in given.get("selectors") or ()]
    for name in ("counters", "lists"):
        if given.get(name):
            spec[name] = {key: _action(each) for key, each in given[name].items()}
    return {"kind": KIND, "apiVersion": API_VERSION, "metadata": metadata, "spec": spec, "status": {}}


def check(allocation: Json) -> Json | None:
    """The Status of a refusal, or None."""
    spec = allocation["spec"]
    found: list[FieldError] = []
    if spec["scheduling"] not in ("Packed", "Distributed"):
        found.append(unsupported("spec.scheduling", spec["scheduling"], ["Packed", "Distributed"]))
    found += selector.check(spec["required"], "spec.required")
    for name in ("preferred", "selectors"):
        for index, each in enumerate(spec.get(name) or ()):
            found += selector.check(each, f"spec.{name}[{index}]")
    for index, each in enumerate(spec.get("priorities") or ()):
        found += _check_priority(each, f"spec.priorities[{index}]")
    for name in ("counters", "lists"):
        for key, each in (spec.get(name) or {}).items():
            found += _check_action(each, f"spec.{name}[{key}]")
    found += check_labels(spec["metadata"].get("labels") or {}, "spec.metadata.labels")
    found += check_annotations(spec["metadata"].get("annotations") or {}, "spec.metadata.annotations")
    if not found:
        return None
    refusal = field_errors.status(GROUP, KIND, allocation["metadata"].get("name", ""), found)
    return {"kind": "Status", "apiVersion": "v1", **refusal}


def selectors(allocation: Json) -> list[Json]:
    """In order of preference; the deprecated fields become what they meant."""
    spec = allocation["spec"]
    if not spec["selectors"]:
        spec["selectors"] = [*(spec.get("preferred") or ()), spec["required"]]
    found: list[Json] = spec["selectors"]
    return found


def _priority(given: Json) -> Json:
    order = given.get("order") or "Ascending"
    return {"type": given.get("type") or "", "key": given.get("key") or "", "order": order}


def _action(given: Json) -> Json:
    names = ("action", "amount", "capacity", "addValues", "deleteValues")
    return {name: given[name] for name in names if given.get(name) is not None and given[name] != []}


def _check_priority(priority: Json, path: str) -> list[FieldError]:
    found = []
    if priority["type"] not in ("Counter", "List"):
        found.append(invalid(path, priority["type"], 'type must be "Counter" or "List"'))
    if not priority["key"]:
        found.append(invalid(path, priority["type"], "key must not be nil"))
    if priority["order"] not in ("Ascending", "Descending"):
        found.append(invalid(path, priority["order"], 'order must be "Ascending" or "Descending"'))
    return found


def _check_action(action: Json, path: str) -> list[FieldError]:
    found = [
        invalid(f"{path}.{name}", action[name], NEGATIVE) for name in ("amount", "capacity") if action.get(name, 0) < 0
    ]
    if "amount" in action and "action" not in action:
        text = 'action must be "Increment" or "Decrement" if the amount is not nil'
        found.append(invalid(path, None, text))
    if "action" in action and "amount" not in action:
        found.append(invalid(path, None, "amount must not be nil if action is not nil"))
    return found
