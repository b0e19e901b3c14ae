"""The admission webhooks: AdmissionReview in, AdmissionReview out."""

import base64
import json
from collections.abc import Callable, Mapping

from tests.doubles.agones import autoscaler_rules, defaults, field_errors, validation
from tests.doubles.agones.field_errors import FieldError
from tests.doubles.agones.names import Json

Check = Callable[[Json, Json], list[FieldError]]
_MUTATIONS: Mapping[tuple[str, str], Callable[[Json], Json]] = {
    ("Fleet", "CREATE"): defaults.fleet,
    ("GameServer", "CREATE"): defaults.game_server,
    ("FleetAutoscaler", "CREATE"): defaults.autoscaler,
    ("FleetAutoscaler", "UPDATE"): defaults.autoscaler,
}
_CHECKS: Mapping[tuple[str, str], Check] = {
    ("Fleet", "CREATE"): lambda new, _: validation.fleet(new),
    ("Fleet", "UPDATE"): lambda new, _: validation.fleet(new),
    ("GameServer", "CREATE"): lambda new, _: validation.game_server(new),
    ("GameServerSet", "CREATE"): lambda new, _: validation.game_server_set(new),
    ("GameServerSet", "UPDATE"): validation.game_server_set_update,
    ("FleetAutoscaler", "CREATE"): lambda new, _: autoscaler_rules.check(defaults.autoscaler(new)),
    ("FleetAutoscaler", "UPDATE"): lambda new, _: autoscaler_rules.check(defaults.autoscaler(new)),
}


def mutate(review: Json) -> Json:
    """Answers with a JSON patch to the canonical form with its defaults."""
    request = review["request"]
    change = _MUTATIONS.get(_case(request))
    response: Json = {"uid": request["uid"], "allowed": True}
    if change:
        patch = json.dumps(_difference(request["object"], change(request["object"])))
        response |= {"patchType": "JSONPatch", "patch": base64.b64encode(patch.encode()).decode()}
    return review | {"response": response}


def validate(review: Json) -> Json:
    """Answers with the Status of every field error."""
    request = review["request"]
    check = _CHECKS.get(_case(request))
    errors = check(request["object"], request.get("oldObject") or {}) if check else []
    response: Json = {"uid": request["uid"], "allowed": not errors}
    if errors:
        kind = request["kind"]
        response["status"] = field_errors.status(kind["group"], kind["kind"], request.get("name", ""), errors)
    return review | {"response": response}


def _case(request: Json) -> tuple[str, str]:
    return request["kind"]["kind"], request["operation"]


def _difference(old: Json, new: Json) -> list[Json]:
    """A JSON patch by top-level field, and by field of metadata, which others write too."""
    patch = []
    for path, before, after in (("", old, new), ("/metadata", old.get("metadata", {}), new["metadata"])):
        for key in sorted(before.keys() | after.keys()):
            if key == "metadata" and not path:
                continue
            if key not in after:
                patch.append({"op": "remove", "path": f"{path}/{key}"})
            elif before.get(key) != after[key] or key not in before:
                patch.append({"op": "add", "path": f"{path}/{key}", "value": after[key]})
    return patch
