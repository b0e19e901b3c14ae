"""Every rule of the NodeFailover CRD, passing and failing, on the real API server; and how kubectl shows a record."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import yaml

from failover import record_rules
from failover.crd import FILE
from tests.cluster import crds
from tests.cluster.api import Api, ApiError, Json

pytestmark = pytest.mark.cluster

NOW = "2026-11-02T09:00:00Z"
RULES = (*record_rules.STATUS, *record_rules.ATTEMPT, *record_rules.RECORD)
MESSAGES = [message for _, message in RULES]
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"


def attempt(number: int, **changes: Any) -> Json:
    """Of a record; a change to None takes the field away, as a default is not written."""
    made = {
        "number": number,
        "zone": "asia-northeast1-b",
        "machineType": "n2-standard-8",
        "vmName": f"fo-0123456789-{number}",
        "requestId": f"00000000-0000-0000-0000-00000000000{number}",
        "requestedAt": NOW,
        "state": "Open",
    }
    return {key: value for key, value in (made | changes).items() if value is not None}


def status(*attempts: Json, **changes: Any) -> Json:
    counted = max((each["number"] for each in attempts), default=0)
    return {"incident": 2, "epoch": 3, "open": True, "attemptCount": counted, "attempts": list(attempts)} | changes


OPEN, REQUESTED = attempt(1), attempt(1, state=None)
DRAINING, RETIRED = attempt(1, state="Draining"), attempt(1, state="Retired")


@dataclass(frozen=True)
class Case:
    """From `before` a write of `breaks` is refused by the rule that says `message`, one of `meets` is not."""

    message: str
    before: Json
    breaks: Json
    meets: Json

    def __str__(self) -> str:
        return self.message


def unchanging(name: str, other: str) -> Case:
    return Case(
        f"{name} never changes",
        status(OPEN),
        status(attempt(1, **{name: other})),
        status(attempt(1, state="Draining", drainingAt=NOW)),
    )


CASES = [
    *(
        Case(f"{name} never decreases", status(**{name: 2}), status(**{name: 1}), status(**{name: 3}))
        for name in ("incident", "attemptCount", "epoch")
    ),
    Case("incident never decreases", status(), {"open": True, "epoch": 3}, status()),  # 0 is not written
    Case("at most one attempt is Open", status(OPEN), status(OPEN, attempt(2)), status(DRAINING, attempt(2))),
    Case(
        "at most two attempts are Requested or Open",
        status(OPEN, attempt(2, state=None)),
        status(OPEN, attempt(2, state=None), attempt(3, state="Requested")),
        status(OPEN, attempt(2, state=None), attempt(3, state="Draining"), attempt(4, state="Retired")),
    ),
    Case("attemptCount is the last attempt's number", status(), status(OPEN, attemptCount=0), status(OPEN)),
    Case(
        "the number of an attempt is never used again",
        status(OPEN, attempt(4, state="Retired")),
        status(OPEN, attempt(3, state=None), attemptCount=5),
        status(OPEN, attempt(5, state=None)),
    ),
    Case(
        "an attempt that is not Retired is never forgotten",
        status(DRAINING, attempt(2, state="Retired")),
        status(attempt(2, state="Retired")),
        status(DRAINING, attemptCount=2),
    ),
    Case("vmName begins with fo-", status(), status(attempt(1, vmName="uc-k8s4p")), status(OPEN)),
    unchanging("zone", "asia-northeast1-a"),
    unchanging("machineType", "n2-standard-16"),
    unchanging("vmName", "fo-9876543210-1"),
    unchanging("requestId", "00000000-0000-0000-0000-000000000009"),
    unchanging("requestedAt", "2026-11-02T09:00:01Z"),
    *(
        Case("Retired is for ever", status(RETIRED), status(attempt(1, state=state)), status(attemptCount=1))
        for state in ("Open", "Draining")
    ),
    Case("nothing becomes Requested again", status(DRAINING), status(REQUESTED), status(OPEN)),
    Case("nothing becomes Requested again", status(OPEN), status(attempt(1, state="Requested")), status(OPEN)),
    Case(
        "the signing request on record never changes",
        status(attempt(1, state=None, csr="one")),
        status(attempt(1, state=None, csr="another")),
        status(attempt(1, csr="one")),
    ),
    Case(
        "the signing request on record never changes",
        status(attempt(1, state=None, csr="one")),
        status(REQUESTED),
        status(RETIRED | {"csr": "one"}),
    ),
    Case("status is never taken away", status(), {}, status()),
]


@pytest.fixture(scope="session")
def served(control_plane: Any) -> Api:
    """An API server that serves NodeFailovers."""
    api: Api = control_plane.api
    crds.install(api, [yaml.safe_load(FILE.read_text(encoding="utf-8"))])
    return api


@pytest.fixture
def record(served: Api) -> Iterator[Json]:
    """A NodeFailover without a status."""
    manifest = {"apiVersion": "homeground.dev/v1", "kind": "NodeFailover", "metadata": {"name": "uc-k8s4p"}}
    yield served.create(manifest)
    served.delete(manifest)


def write(api: Api, record: Json, status_: Json, *, dry_run: bool) -> Json:
    """PUT of the status; without one where it has nothing in it."""
    made = {key: value for key, value in record.items() if key != "status"}
    return api.replace(made | ({"status": status_} if status_ else {}), "status", dry_run=dry_run)


@pytest.mark.parametrize("case", CASES, ids=[f"{index} {case}" for index, case in enumerate(CASES)])
def test_a_broken_rule_is_told(served: Api, record: Json, case: Case) -> None:
    before = write(served, record, case.before, dry_run=False)
    write(served, before, case.meets, dry_run=True)
    with pytest.raises(ApiError) as refusal:
        write(served, before, case.breaks, dry_run=True)
    assert refusal.value.status == 422
    assert [message for message in MESSAGES if message in refusal.value.message] == [case.message]


def test_every_rule_has_a_case_that_breaks_it() -> None:
    assert len(set(MESSAGES)) == len(MESSAGES)
    assert {case.message for case in CASES} == set(MESSAGES)


def test_a_field_that_the_types_do_not_have_is_refused(served: Api, record: Json) -> None:
    with pytest.raises(ApiError, match=r'unknown field "status\.attempts\[0\]\.node"'):
        write(served, record, status(attempt(1, node="fo-0123456789-1")), dry_run=True)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"phase": "Asleep"}, "status.phase: Unsupported value"),
        ({"startedAt": "yesterday"}, "status.startedAt: Invalid value"),
        ({"incident": -1}, "status.incident: Invalid value"),
        ({"conditions": [{"type": "Ready", "status": "true", "reason": "Well", "lastTransitionTime": NOW}]},
         "status.conditions[0].status: Invalid value"),
        ({"attempts": [OPEN, RETIRED]}, "status.attempts[1]: Duplicate value"),
    ],
)  # fmt: skip
def test_a_value_that_the_types_do_not_have_is_refused(served: Api, record: Json, changes: Json, told: str) -> None:
    with pytest.raises(ApiError) as refusal:
        write(served, record, status(OPEN) | changes, dry_run=True)
    assert told in refusal.value.message


def test_kubectl_shows_the_newest_machine_of_a_record(served: Api, record: Json) -> None:
    written = status(DRAINING, attempt(2, zone="asia-northeast1-c"), phase="Active", sessions=4, reason="NotReady")
    write(served, record, written | {"blocked": "Budget", "publicEndpoint": "192.0.2.7"}, dry_run=False)
    path = served.path(record)
    headers = [*served._headers.items(), ("Accept", TABLE)]
    table = Api(served.url, served.ca, headers=headers, pool=served._pool).call("GET", path)
    shown = dict(zip([column["name"] for column in table["columnDefinitions"]], table["rows"][0]["cells"], strict=True))
    assert shown.pop("Age")
    assert shown == {
        "Name": "uc-k8s4p", "Phase": "Active", "VM": "fo-0123456789-2", "Zone": "asia-northeast1-c", "Sessions": 4,
        "Reason": "NotReady", "State": "Open", "Endpoint": "192.0.2.7", "Incident": 2, "Blocked": "Budget",
    }  # fmt: skip


def test_kubectl_shows_a_record_without_a_machine(served: Api, record: Json) -> None:
    headers = [*served._headers.items(), ("Accept", TABLE)]
    table = Api(served.url, served.ca, headers=headers, pool=served._pool).call("GET", served.path(record))
    assert table["rows"][0]["cells"][:4] == ["uc-k8s4p", None, None, None]
