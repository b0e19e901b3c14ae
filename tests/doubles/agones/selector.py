"""A GameServerAllocation's selectors: which servers they take, and which selectors are refused."""

from tests.doubles.agones.field_errors import FieldError, invalid
from tests.doubles.agones.label_rules import label_value, qualified_name
from tests.doubles.agones.names import Json, labels, state
from tests.doubles.agones.validation import NEGATIVE

_COUNTER = ("minCount", "maxCount", "minAvailable", "maxAvailable")
_LIST = ("minAvailable", "maxAvailable")


def canonical(given: Json, with_defaults: bool) -> Json:
    """As Go writes it: only known fields, numbers always, empty maps never."""
    new: Json = {name: given[name] for name in ("matchLabels", "matchExpressions") if given.get(name)}
    if given.get("gameServerState") is not None:
        new["gameServerState"] = given["gameServerState"]
    elif with_defaults:
        new["gameServerState"] = "Ready"
    if given.get("counters"):
        new["counters"] = {name: _numbers(each, _COUNTER) for name, each in given["counters"].items()}
    if given.get("lists"):
        lists = given["lists"].items()
        new["lists"] = {
            name: {"containsValue": each.get("containsValue") or ""} | _numbers(each, _LIST) for name, each in lists
        }
    return new


def matches(selector: Json, server: Json) -> bool:
    """Whether a server is one of those asked for; 0 as a maximum means none."""
    if not _match_labels(selector, labels(server)):
        return False
    if selector.get("gameServerState") not in (None, state(server)):
        return False
    return _match_counters(selector, server) and _match_lists(selector, server)


def check(selector: Json, path: str) -> list[FieldError]:
    found = []
    if wrong := _label_selector_error(selector):
        parts = {name: selector[name] for name in ("matchLabels", "matchExpressions") if selector.get(name)}
        text = f"Error converting label selector: {wrong}"
        found.append(invalid(f"{path}.labelSelector", parts, text))
    wanted = selector.get("gameServerState")
    if wanted not in (None, "Ready", "Allocated"):
        text = "GameServerState must be either Allocated or Ready"
        found.append(invalid(f"{path}.gameServerState", wanted, text))
    for kind, pairs in (("counters", ("Count", "Available")), ("lists", ("Available",))):
        for name, limits in (selector.get(kind) or {}).items():
            for pair in pairs:
                found += _check_limits(limits, pair, f"{path}.{kind}[{name}]")
    return found


def _numbers(given: Json, names: tuple[str, ...]) -> Json:
    return {name: int(given.get(name) or 0) for name in names}


def _match_labels(selector: Json, has: dict[str, str]) -> bool:
    if any(has.get(name) != value for name, value in (selector.get("matchLabels") or {}).items()):
        return False
    return all(_match_expression(each, has) for each in selector.get("matchExpressions") or ())


def _match_expression(expression: Json, has: dict[str, str]) -> bool:
    name, values = expression["key"], expression.get("values") or []
    match expression["operator"]:
        case "In":
            return has.get(name) in values
        case "NotIn":
            return name not in has or has[name] not in values
        case "Exists":
            return name in has
        case _:
            return name not in has


def _match_counters(selector: Json, server: Json) -> bool:
    for name, limits in (selector.get("counters") or {}).items():
        found = (server["status"].get("counters") or {}).get(name)
        if found is None or not _within(found["capacity"] - found["count"], limits, "Available"):
            return False
        if not _within(found["count"], limits, "Count"):
            return False
    return True


def _match_lists(selector: Json, server: Json) -> bool:
    for name, limits in (selector.get("lists") or {}).items():
        found = (server["status"].get("lists") or {}).get(name)
        values = (found or {}).get("values") or []
        if found is None or not _within(found["capacity"] - len(values), limits, "Available"):
            return False
        if limits["containsValue"] and limits["containsValue"] not in values:
            return False
    return True


def _within(number: int, limits: Json, what: str) -> bool:
    high = limits[f"max{what}"]
    return bool(number >= limits[f"min{what}"] and (high == 0 or number <= high))


def _check_limits(limits: Json, what: str, path: str) -> list[FieldError]:
    low, high, found = limits[f"min{what}"], limits[f"max{what}"], []
    found += [invalid(f"{path}.min{what}", low, NEGATIVE)] if low < 0 else []
    found += [invalid(f"{path}.max{what}", high, NEGATIVE)] if high < 0 else []
    if high < low and high != 0:
        found.append(invalid(path, high, f"max{what} must zero or greater than min{what} {low}"))
    return found


def _label_selector_error(selector: Json) -> str:
    """What `LabelSelectorAsSelector` says, of the first requirement that is wrong."""
    pairs = [(name, "Equals", [value]) for name, value in (selector.get("matchLabels") or {}).items()]
    given = [
        (each["key"], each["operator"], each.get("values") or []) for each in selector.get("matchExpressions") or ()
    ]
    for name, operator, values in pairs + given:
        if operator not in ("Equals", "In", "NotIn", "Exists", "DoesNotExist"):
            return f'"{operator}" is not a valid label selector operator'
        texts = [str(invalid("key", name, "; ".join(wrong))) for wrong in [qualified_name(name)] if wrong]
        if operator in ("In", "NotIn") and not values:
            texts.append(str(invalid("values", None, "for 'in', 'notin' operators, values set can't be empty")))
        if operator in ("Exists", "DoesNotExist") and values:
            texts.append(str(invalid("values", values, "values set must be empty for exists and does not exist")))
        for index, value in enumerate(values):
            texts += [str(invalid(f"values[{index}][{name}]", value, "; ".join(w))) for w in [label_value(value)] if w]
        if texts:
            return texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"
    return ""
