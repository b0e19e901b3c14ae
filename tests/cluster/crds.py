"""The CRDs that the charts would bring, from the files that upstream.lock names."""

import json
from collections.abc import Iterable
from functools import cache, partial
from http import HTTPStatus

import yaml

from homeground.validation.upstream import cache_folder, fetch, keep, locked
from tests.cluster.api import Api, ApiError, Json
from tests.cluster.machine import condition
from tests.cluster.wait import wait_for

SERVED_SECONDS = 60
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
NOT_INSTALLED = {
    # Calico's own store of what its aggregated API server serves as projectcalico.org/v3. That server is an image;
    # here CRDs of the same schema serve those kinds.
    "globalnetworkpolicies.crd.projectcalico.org",
    "tiers.crd.projectcalico.org",
    # 1.4 MB, which an API server takes seconds to digest, for a kind that nothing of ours is.
    "applicationsets.argoproj.io",
}


def documents(file: str) -> list[Json]:
    """The objects of a YAML file of upstream.lock, parsed once: the large ones take seconds."""
    path = fetch(file)
    parsed = cache_folder() / "parsed" / f"{path.name}.json"
    if not parsed.is_file():
        found = [document for document in yaml.load_all(path.read_bytes(), LOADER) if document]
        keep(parsed, json.dumps(found, default=str).encode())
    return list(json.loads(parsed.read_bytes()))


@cache
def _all_by_chart() -> dict[str, dict[str, Json]]:
    found: dict[str, dict[str, Json]] = {}
    for file in locked().values():
        if file.file.endswith(("values.yaml", "Chart.yaml", ".json")):
            continue
        for document in documents(file.file):
            name = document["metadata"]["name"]
            if document["kind"] == "CustomResourceDefinition" and name not in NOT_INSTALLED:
                document.pop("status", None)
                document["metadata"].pop("creationTimestamp", None)
                found.setdefault(file.name, {})[name] = document
    return found


def of_charts(names: Iterable[str]) -> list[Json]:
    """The CRDs of these charts (names as in upstream.lock)."""
    return [crd for name in names for crd in _all_by_chart().get(name, {}).values()]


def of_all_charts() -> list[Json]:
    """Every CRD that upstream.lock has."""
    return of_charts(_all_by_chart())


def install(api: Api, crds: Iterable[Json]) -> None:
    """Apply CRDs and wait until the API server serves their kinds."""
    applied = [crd if api.find(crd) else api.create(crd) for crd in crds]
    for crd in applied:
        wait_for(f"{crd['metadata']['name']} to be served", partial(_served, api, crd), SERVED_SECONDS)


def _served(api: Api, crd: Json) -> bool:
    """Established, and in discovery: the API server's discovery follows the condition a moment later."""
    if condition(api.get(crd), "Established").get("status") != "True":
        return False
    group, plural = crd["spec"]["group"], crd["spec"]["names"]["plural"]
    versions = [each["name"] for each in crd["spec"]["versions"] if each["served"]]
    return all(plural in _plurals(api, f"/apis/{group}/{version}") for version in versions)


def _plurals(api: Api, path: str) -> set[str]:
    try:
        return {each["name"] for each in api.call("GET", path)["resources"]}
    except ApiError as error:
        if error.status == HTTPStatus.NOT_FOUND:
            return set()
        raise
