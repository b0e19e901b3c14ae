"""instances.aggregatedList: every zone a scope, empty ones with a warning, in pages.

Known: with a zone out of reach the whole call fails (kubernetes/autoscaler#7923 left this method for it), unless
`returnPartialSuccess` is asked for; then the scope bears the warning UNREACHABLE, and `unreachables` names it (the
reference). That the failure is a 503 is a guess.
"""

import base64
from typing import Any

from tests.doubles.gce import filter as list_filter
from tests.doubles.gce.api_error import ApiError, invalid
from tests.doubles.gce.cloud import Cloud
from tests.doubles.gce.instance import Instance
from tests.doubles.gce.operation import LINKS

Json = dict[str, Any]
PAGE = 500


def page(cloud: Cloud, query: dict[str, str], unreachable: set[str], warn: bool) -> Json:
    """One page. With `warn`, a zone out of reach is always told by a warning. Raises ApiError."""
    if unreachable and not (warn or query.get("returnPartialSuccess") == "true"):
        raise ApiError(503, "backendError", f"Zone {min(unreachable)} is unavailable.")
    size, after = _size(query.get("maxResults", "0")), _key(query.get("pageToken", ""))
    matches = list_filter.parsed(query.get("filter", ""))
    seen = [each for each in _visible(cloud) if each.zone not in unreachable and matches(each)]
    rest = sorted((each for each in seen if (each.zone, each.name) > after), key=lambda each: (each.zone, each.name))
    shown = rest[:size]
    scopes = {f"zones/{zone}": _scope(zone, shown, unreachable) for zone in cloud.landscape.zones}
    path = f"projects/{cloud.landscape.project}/aggregated/instances"
    answer: Json = {
        "kind": "compute#instanceAggregatedList",
        "id": path,
        "items": scopes,
        "selfLink": f"{LINKS}/{path}",
    }
    if len(rest) > size:
        answer["nextPageToken"] = base64.urlsafe_b64encode(f"{shown[-1].zone} {shown[-1].name}".encode()).decode()
    if unreachable:
        answer["unreachables"] = [f"zones/{zone}" for zone in sorted(unreachable)]
    return answer


def _visible(cloud: Cloud) -> list[Instance]:
    """As of some seconds ago."""
    then = cloud.clock.now() - cloud.landscape.list_lag_seconds
    gone = [each for removed, each in cloud.removed if removed > then]
    return [each for each in [*cloud.instances.values(), *gone] if each.created <= then]


def _scope(zone: str, shown: list[Instance], unreachable: set[str]) -> Json:
    if zone in unreachable:
        return _warning("UNREACHABLE", zone, f"The scope 'zones/{zone}' cannot be reached.")
    found = [each.body() for each in shown if each.zone == zone]
    if found:
        return {"instances": found}
    return _warning("NO_RESULTS_ON_PAGE", zone, f"There are no results for scope 'zones/{zone}' on this page.")


def _warning(code: str, zone: str, message: str) -> Json:
    data = [{"key": "scope", "value": f"zones/{zone}"}]
    return {"warning": {"code": code, "message": message, "data": data}}


def _size(text: str) -> int:
    if not text.isdecimal() or int(text) > PAGE:
        raise invalid("maxResults", text, f"Must be between 0 and {PAGE}.")
    return int(text) or PAGE


def _key(token: str) -> tuple[str, str]:
    if not token:
        return "", ""
    try:
        zone, name = base64.urlsafe_b64decode(token).decode().split(" ")
    except ValueError:
        raise invalid("pageToken", token, "The page token is invalid.") from None
    return zone, name
