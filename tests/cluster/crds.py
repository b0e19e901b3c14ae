"""The CRDs that the charts would bring, from the files that upstream.lock names."""

from collections.abc import Iterable
from functools import cache, partial

import yaml

from homeground.validation.upstream import fetch, locked
from tests.cluster.api import Api, Json
from tests.cluster.machine import condition
from tests.cluster.wait import wait_for

ESTABLISHED_SECONDS = 30
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# Calico's own store of what its aggregated API serves as projectcalico.org/v3; ours are written through the latter,
# which is served by CRDs of the same name here, as no Calico API server runs.
NOT_SERVED = "crd.projectcalico.org_"


@cache
def _published(name: str) -> tuple[Json, ...]:
    found = []
    for file in locked().values():
        if file.name != name or not file.file.endswith(".yaml") or NOT_SERVED in file.file:
            continue
        for document in yaml.load_all(fetch(file).read_bytes(), LOADER):
            if document and document.get("kind") == "CustomResourceDefinition":
                document.pop("status", None)
                document["metadata"].pop("creationTimestamp", None)
                found.append(document)
    return tuple(found)


def of_charts(names: Iterable[str]) -> list[Json]:
    """The CRDs of these charts (names as in upstream.lock)."""
    return [crd for name in names for crd in _published(name)]


def of_all_charts() -> list[Json]:
    """Every CRD that upstream.lock has."""
    return of_charts(sorted({file.name for file in locked().values()}))


def install(api: Api, crds: Iterable[Json]) -> None:
    """Apply CRDs and wait until the API server serves their kinds."""
    applied = [api.apply(crd, manager="helm") for crd in crds]
    for crd in applied:
        wait_for(f"{crd['metadata']['name']} to be served", partial(_established, api, crd), ESTABLISHED_SECONDS)


def _established(api: Api, crd: Json) -> bool:
    return condition(api.get(crd), "Established").get("status") == "True"
