"""An incident's beginning and end."""

from msgspec.structs import replace

from failover.decision.action import Action, CreateRecord, RemoveFinalizer, WriteStatus
from failover.decision.situation import Situation
from failover.record import HISTORY, Past, Phase, Reason


def begin(case: Situation) -> Action | None:
    """The record named after the node is the lock: whoever counts its incident up has begun it, once."""
    if not may_begin(case) or case.status.open:
        return None
    if case.seen.record is None:
        return CreateRecord(case.seen.name)
    status = replace(
        case.status,
        incident=case.status.incident + 1,
        open=True,
        phase=Phase.PROVISIONING,
        reason=reason(case),
        started_at=case.now,
        active_at=None,
        recovered_at=None,
        flaps=0,
        evidence=None,
        blocked="",
        last_failure_at=None,
        last_error="",
        failures=0,
    )
    return WriteStatus(case.record.version, status, "FailoverStarted", f"{case.seen.name} is {status.reason}")


def may_begin(case: Situation) -> bool:
    """A node that was deleted, that someone cordoned, maintains or excluded is not a failed one (D10)."""
    home = case.seen.home
    if home is None or not case.failing or (case.seen.record and case.seen.record.deleting):
        return False
    by_hand = home.unschedulable and not home.cordon
    return home.planned or not (by_hand or home.maintenance)


def reason(case: Situation) -> Reason:
    if case.down:
        return Reason.NOT_READY
    return Reason.SUSPECTED if case.suspect else Reason.PLANNED


def flap(case: Situation) -> Action | None:
    """A node that came back and went again is given longer to prove itself; what drained for it opens again."""
    if case.status.recovered_at and case.status.open and case.wanted:
        status = replace(case.status, recovered_at=None, flaps=case.status.flaps + 1)
        return WriteStatus(case.record.version, status, "FailedAgain", f"{case.seen.name} was back, and went again")
    return None


def recover(case: Situation) -> Action | None:
    """Note that the node is back for good: what stands in for it may go."""
    if case.status.open and not case.wanted and not case.status.recovered_at:
        status = replace(case.status, recovered_at=case.now)
        return WriteStatus(case.record.version, status, "Recovered", f"{case.seen.name} is back")
    return None


def complete(case: Situation) -> Action | None:
    """Over, once nothing of it is left: no machine, no taint, no cordon, no mark."""
    home, status = case.seen.home, case.status
    if not status.open or not status.recovered_at or case.wanted or status.attempts or status.home_epoch:
        return None
    if home and (home.out_of_service or home.cordon):
        return None
    if not status.reason or not status.started_at:
        raise ValueError(f"{case.seen.name}: an open incident without a reason or a beginning")
    active = (status.active_at - status.started_at).total_seconds() if status.active_at else None
    past = Past(
        incident=status.incident,
        reason=status.reason,
        started_at=status.started_at,
        ended_at=case.now,
        active_after_seconds=active,
    )
    history = (*status.history, past)[-HISTORY:]
    over = replace(
        status, open=False, phase=Phase.COMPLETED, history=history, evidence=None, public_endpoint="", blocked=""
    )
    return WriteStatus(case.record.version, over, "Completed", f"{case.seen.name}: nothing of the failover is left")


def finalize(case: Situation) -> Action | None:
    """A record that someone deletes goes when nothing of it is left: its machines would be nobody's (D21).

    Our cordon of the home node has gone before (`hand_back`), and our taint may be left: it is lifted without a record
    as well, and only once the machine is back. A record that waited for that would keep the next one from coming, and
    with it the capacity.
    """
    record = case.seen.record
    if record and record.deleting and record.finalizer and not record.status.attempts:
        return RemoveFinalizer(record.version)
    return None
