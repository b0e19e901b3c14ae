"""Everything in dist/ is accepted by a real API server as it stands, and comes back as it was written."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from tests.cluster.admission.applied import ARGO, Applied
from tests.cluster.admission.dist import of_kind, rendered
from tests.cluster.api import Json
from tests.cluster.wait import wait_for

pytestmark = pytest.mark.cluster


def changed(written: Any, live: Any, path: str = "") -> Iterator[str]:
    """Every field that we wrote and that is not there, or not as written; lists in their order and length."""
    if isinstance(written, dict) and isinstance(live, dict):
        for key, value in written.items():
            yield from changed(value, live[key], f"{path}.{key}") if key in live else [f"{path}.{key} was dropped"]
    elif isinstance(written, list) and isinstance(live, list) and len(written) == len(live):
        for index, (left, right) in enumerate(zip(written, live, strict=True)):
            yield from changed(left, right, f"{path}[{index}]")
    elif written != live or type(written) is not type(live):
        yield f"{path}: wrote {written!r}, reads {live!r}"


def test_every_object_is_accepted(cluster: Applied) -> None:
    assert len(rendered(cluster.name)) > 50
    assert {file: str(error) for file, error in cluster.refused.items()} == {}


def test_every_object_reads_as_it_was_written(cluster: Applied) -> None:
    differences = {
        each.shown: list(changed(each.manifest, cluster.api.get(each.manifest))) for each in rendered(cluster.name)
    }
    assert {file: found for file, found in differences.items() if found} == {}


def test_applying_again_writes_nothing(cluster: Applied) -> None:
    """Controllers write status at any time, so an object that changed meanwhile is looked at again."""

    def unchanged(manifest: Json) -> bool:
        before = cluster.api.get(manifest)["metadata"]["resourceVersion"]
        return bool(cluster.api.apply(manifest, manager=ARGO)["metadata"]["resourceVersion"] == before)

    for each in rendered(cluster.name):
        wait_for(f"an apply of {each.shown} that writes nothing", partial(unchanged, each.manifest), 5)


def test_a_dropped_and_a_changed_field_would_be_seen(cluster: Applied) -> None:
    live = cluster.api.get(cluster.fleet)
    written = cluster.fleet | {
        "spec": cluster.fleet["spec"] | {"scheduling": "Packed", "size": 1, "strategy": {"type": []}}
    }
    assert sorted(changed(written, live)) == [
        ".spec.scheduling: wrote 'Packed', reads 'Distributed'",
        ".spec.size was dropped",
        ".spec.strategy.type: wrote [], reads 'RollingUpdate'",
    ]


def test_the_server_s_type_checker_finds_nothing_in_our_policies(cluster: Applied) -> None:
    policies = [cluster.api.get(policy) for policy in of_kind(cluster.name, "ValidatingAdmissionPolicy")]
    assert len(policies) > 5
    warnings = {
        policy["metadata"]["name"]: policy["status"].get("typeChecking", {}).get("expressionWarnings")
        for policy in policies
        if policy["status"].get("typeChecking", {}).get("expressionWarnings")
    }
    assert warnings == {}
