"""The committed CRD is that of the types, and takes every status that the types can be."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator

from failover import crd, record

NOW = datetime(2026, 11, 2, 9, 0, 0, 123_456, UTC)
ATTEMPT = record.Attempt(
    number=1,
    zone="asia-northeast1-b",
    machine_type="n2-standard-8",
    vm_name="fo-0123456789-1",
    request_id="b2e6f9d1-5a3c-4e87-b1f0-0c9d8e7f6a53",
    requested_at=NOW,
    state=record.AttemptState.DRAINING,
    csr="77b0d0f4-2f0c-4c1e-8a55-1b9d3e6a4c02",
    opened_at=NOW,
    draining_at=NOW,
    epoch=2,
    forced=True,
    error="Stockout",
    suspected=True,
)
FULL = record.Status(
    observed_generation=1,
    phase=record.Phase.DRAINING,
    incident=3,
    open=True,
    reason=record.Reason.NOT_READY,
    started_at=NOW,
    active_at=NOW,
    recovered_at=NOW,
    attempts=(ATTEMPT,),
    attempt_count=1,
    last_failure_at=NOW,
    last_error="Stockout",
    failures=1,
    epoch=2,
    home_epoch=1,
    flaps=1,
    evidence=record.Evidence(kind=record.EvidenceKind.DARK, incident=3, at=NOW),
    public_endpoint="192.0.2.7",
    sessions=4,
    blocked="Budget: 3 of 3",
    history=(
        record.Past(incident=2, reason=record.Reason.PLANNED, started_at=NOW, ended_at=NOW, active_after_seconds=41.5),
    ),
    conditions=(
        record.Condition(
            type="Ready", status="True", reason="Well", message="well", last_transition_time=NOW, observed_generation=1
        ),
    ),
)


def schema() -> Any:
    (version,) = crd.crd()["spec"]["versions"]
    return version["schema"]["openAPIV3Schema"]


def nodes(part: Any) -> Iterator[Any]:
    """A schema, and all below it."""
    yield part
    below = [*part.get("properties", {}).values(), *([part["items"]] if "items" in part else [])]
    for each in below:
        yield from nodes(each)


def test_the_committed_file_is_that_of_the_types() -> None:
    assert crd.FILE.read_text(encoding="utf-8") == crd.to_text(), "run python -m failover.crd"


def test_a_record_is_of_the_cluster_and_its_status_is_written_by_itself() -> None:
    spec = crd.crd()["spec"]
    assert (spec["scope"], spec["names"]["shortNames"]) == ("Cluster", ["nf"])
    assert spec["versions"][0]["subresources"] == {"status": {}}
    assert set(schema()["properties"]) == {"apiVersion", "kind", "metadata", "status"}


@pytest.mark.parametrize("status", [record.Status(), FULL], ids=["nothing", "everything"])
def test_every_field_that_is_written_is_in_the_schema(status: record.Status) -> None:
    written = json.loads(msgspec.json.encode(status))
    closed = _closed(schema()["properties"]["status"])
    assert list(Draft202012Validator(closed).iter_errors(written)) == []


def test_every_field_of_the_schema_is_one_that_can_be_written() -> None:
    """Else it would be a name that nobody reads."""
    written = json.loads(msgspec.json.encode(FULL))
    assert set(schema()["properties"]["status"]["properties"]) == set(written)
    attempt = schema()["properties"]["status"]["properties"]["attempts"]["items"]
    assert set(attempt["properties"]) == set(written["attempts"][0])


def _closed(part: Any) -> Any:
    """The schema as strict field validation reads it: no field more."""
    if isinstance(part, list):
        return [_closed(each) for each in part]
    if not isinstance(part, dict):
        return part
    closed = {key: _closed(value) for key, value in part.items()}
    return closed | ({"additionalProperties": False} if part.get("type") == "object" and "properties" in part else {})


def test_every_part_has_a_bound_so_that_the_cost_of_rules_is_known() -> None:
    for each in nodes(schema()["properties"]["status"]):
        if each["type"] == "array":
            assert 0 < each["maxItems"] <= 32
        if each["type"] == "string":
            assert each.keys() & {"enum", "format", "maxLength"}
        assert not each.keys() & {"$ref", "anyOf", "oneOf", "allOf", "default", "nullable"}


def test_conditions_and_attempts_are_merged_by_what_tells_them_apart() -> None:
    lists = schema()["properties"]["status"]["properties"]
    assert lists["conditions"]["x-kubernetes-list-map-keys"] == ["type"]
    assert lists["attempts"]["x-kubernetes-list-map-keys"] == ["number"]


def test_the_module_writes_the_file(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crd, "FILE", tmp_path / "nodefailover.crd.yaml")
    assert crd.main() == 0
    assert crd.FILE.read_text(encoding="utf-8") == crd.to_text()
