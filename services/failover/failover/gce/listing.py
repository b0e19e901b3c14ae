"""instances.aggregatedList: all zones at once, page by page, and nothing if a part is missing."""

from collections.abc import Iterator, Mapping
from typing import Any

from failover.gce.error import unanswered
from failover.gce.label import label_value
from failover.gce.resource import CLUSTER, received
from failover.gce.rest import Answer, Rest
from failover.gce.settings import GceSettings
from failover.provider import Instance

PAGE = 500
"""Instances a page: the API's maximum."""

EMPTY = "NO_RESULTS_ON_PAGE"
"""The one warning that says that a zone answered. Any other (UNREACHABLE, LIST_OVERHEAD_QUOTA_EXCEED, one to come)
may stand for machines that are there and not shown."""


async def every_instance(rest: Rest, settings: GceSettings) -> list[Instance]:
    """Every machine with this cluster's label. Raises GceError if any zone, or one of ours, is not spoken for."""
    cluster = label_value(settings.cluster)
    query = {"filter": f'labels.{CLUSTER}="{cluster}"', "maxResults": str(PAGE)}
    found, scopes, tokens = [], set[str](), set[str]()
    while True:
        page = await rest.call("instances.aggregatedList", "GET", "aggregated/instances", query=query)
        items = _complete(page)
        scopes.update(items)
        found += [received(each, settings.project) for each in _resources(items)]
        token = page.get("nextPageToken")
        if not token:
            break
        if token in tokens:
            raise unanswered("instances.aggregatedList: the same page again")
        tokens.add(token)
        query["pageToken"] = token
    if silent := [zone for zone in settings.zones if f"zones/{zone}" not in scopes]:
        raise unanswered(f"instances.aggregatedList: nothing about {', '.join(silent)}")
    # Whatever the server made of the filter: what is not ours may be deleted by nobody here.
    return [each for each in found if each.labels.get(CLUSTER) == cluster]


def _complete(page: Answer) -> Mapping[str, Any]:
    """The page's scopes. Raises GceError (RETRY) if it says that something is missing."""
    items = page.get("items", {})
    if not isinstance(items, Mapping) or not all(isinstance(scope, Mapping) for scope in items.values()):
        raise unanswered("instances.aggregatedList: an answer that is no list")
    missing = [str(each) for each in page.get("unreachables") or ()]
    for name, part in (("the whole", page), *items.items()):
        warning = part.get("warning")
        if warning and warning.get("code") != EMPTY:
            missing.append(f"{name}: {warning.get('code')}")
    if missing:
        raise unanswered(f"instances.aggregatedList: not complete: {', '.join(missing)}")
    return items


def _resources(items: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for scope in items.values():
        yield from scope.get("instances", ())
