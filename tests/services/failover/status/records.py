"""NodeFailovers as the API server sends them, one for each thing that a person may have to understand at night."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from failover.record import (
    API_VERSION,
    KIND,
    Attempt,
    AttemptState,
    Condition,
    Evidence,
    EvidenceKind,
    Past,
    Phase,
    Reason,
    Status,
)

NOW = datetime(2026, 11, 1, 3, 0, tzinfo=UTC)


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def attempt(number: int, state: AttemptState, zone: str = "europe-west1-b") -> Attempt:
    return Attempt(
        number=number,
        zone=zone,
        machine_type="n2-standard-8",
        vm_name=f"fo-38876314e0-{number}",
        request_id="6f1c1c1e-0a52-4f0e-9d55-6b1f4f1d2c3b",
        requested_at=ago(40),
        state=state,
    )


def condition(kind: str, status: str = "True") -> Condition:
    return Condition(type=kind, status=status, reason="Test", last_transition_time=ago(10))


def incident(phase: Phase, *attempts: Attempt, reason: Reason = Reason.NOT_READY, **fields: Any) -> Status:
    """One under way."""
    base = Status(phase=phase, incident=3, open=True, reason=reason, started_at=ago(134), attempts=attempts)
    return msgspec.structs.replace(base, **fields)


PAST = (
    Past(incident=1, reason=Reason.SUSPECTED, started_at=ago(90_000), ended_at=ago(89_960)),
    Past(incident=2, reason=Reason.NOT_READY, started_at=ago(7200), ended_at=ago(3600), active_after_seconds=34.6),
)
DEAD = Evidence(kind=EvidenceKind.CONFIRMED, incident=3, at=ago(30))

STATUSES = {
    "home-01-new": Status(),
    "home-02-well": Status(phase=Phase.COMPLETED, incident=2, history=PAST),
    "home-03-asked": incident(Phase.PROVISIONING, attempt(1, AttemptState.REQUESTED)),
    "home-04-hedged": incident(
        Phase.PROVISIONING, attempt(1, AttemptState.REQUESTED), attempt(2, AttemptState.REQUESTED, "europe-west1-c")
    ),
    "home-05-about-to-ask": incident(Phase.PROVISIONING),
    "home-06-stands-in": incident(Phase.ACTIVE, attempt(1, AttemptState.OPEN), history=PAST),
    "home-07-dead": incident(
        Phase.ACTIVE, attempt(1, AttemptState.OPEN), evidence=DEAD, conditions=(condition("DeadConfirmed"),)
    ),
    "home-08-planned": incident(
        Phase.ACTIVE, attempt(1, AttemptState.OPEN), reason=Reason.PLANNED, home_epoch=1, sessions=1
    ),
    "home-09-moving": incident(Phase.ACTIVE, attempt(1, AttemptState.OPEN), reason=Reason.PLANNED, home_epoch=1),
    "home-10-empty": incident(
        Phase.ACTIVE,
        attempt(1, AttemptState.OPEN),
        reason=Reason.PLANNED,
        home_epoch=1,
        conditions=(condition("HandedOver"),),
    ),
    "home-11-back": incident(Phase.RECOVERING, attempt(1, AttemptState.OPEN)),
    "home-12-drains": incident(
        Phase.DRAINING, attempt(1, AttemptState.RETIRED), attempt(2, AttemptState.DRAINING), sessions=2
    ),
    "home-13-empties": incident(Phase.DRAINING, attempt(1, AttemptState.DRAINING)),
    "home-14-goes": incident(Phase.RETIRING, attempt(1, AttemptState.RETIRED)),
    "home-15-paused": incident(Phase.PROVISIONING, blocked="Paused: the cloud bill, my holiday"),
    "home-16-budget": incident(Phase.PROVISIONING, blocked="Budget: 3 of 3 temporary machines are in use"),
    "home-17-stockout": incident(
        Phase.PROVISIONING, blocked="Backoff: Stockout, 6 attempts failed", last_error="Stockout", failures=6
    ),
    "home-18-quota": incident(Phase.PROVISIONING, blocked="Backoff: Quota, 1 attempts failed", last_error="Quota"),
    "home-19-denied": incident(Phase.PROVISIONING, blocked="Backoff: Denied, 1 attempts failed", last_error="Denied"),
    "home-20-invalid": incident(
        Phase.PROVISIONING, blocked="Backoff: Invalid, 1 attempts failed", last_error="Invalid"
    ),
    "home-21-never-joins": incident(
        Phase.PROVISIONING, blocked="Backoff: JoinTimeout, 6 attempts failed", last_error="JoinTimeout"
    ),
    "home-22-stolen": incident(
        Phase.PROVISIONING, blocked="Backoff: SecondRequest, 6 attempts failed", last_error="SecondRequest"
    ),
    "home-23-new-reason": incident(Phase.PROVISIONING, blocked="Weather: it rains", last_error="Rain"),
    "home-24-silent": incident(
        Phase.ACTIVE, attempt(1, AttemptState.OPEN), conditions=(condition("NodeReady", "False"),)
    ),
}
"""By the name of the home node."""

TROUBLED = {name for name in STATUSES if 15 <= int(name[5:7]) <= 23}


def objects() -> list[dict[str, Any]]:
    """All of them, as a list of the API server has them."""
    return [
        {
            "apiVersion": API_VERSION,
            "kind": KIND,
            "metadata": {"name": name, "uid": f"uid-{name}", "resourceVersion": "7"},
            "status": msgspec.json.decode(msgspec.json.encode(status)),
        }
        for name, status in STATUSES.items()
    ]
