"""When another machine is asked for, and where: written down before the cloud hears of it."""

from uuid import UUID, uuid5

from msgspec.structs import replace

from failover.config import MachineType
from failover.decision.action import Action, WriteStatus
from failover.decision.situation import Situation
from failover.names import vm_name
from failover.provider import ErrorClass
from failover.record import Attempt, AttemptState

MOST = 2
"""Machines of one incident that are not retired: one, and its rival or successor."""

STOPPING = (ErrorClass.QUOTA, ErrorClass.DENIED, ErrorClass.INVALID)
"""Errors that asking another zone does not mend."""


def request(case: Situation) -> Action | None:
    """The write-ahead record of an attempt: name, place and request id, before any call (D7, D11, D12).

    After a crash at any moment the same call is made again, and the cloud answers with the same machine.
    """
    if not case.status.open or not case.wanted or not needed(case) or blocked(case):
        return None
    number = case.status.attempt_count + 1
    place = next_place(case)
    attempt = Attempt(
        number=number,
        zone=place.zone,
        machine_type=place.machine_type,
        vm_name=vm_name(case.record.uid, number),
        request_id=str(uuid5(UUID(case.record.uid), f"{number}/{place.zone}")),
        requested_at=case.now,
    )
    status = replace(case.status, attempts=(*case.status.attempts, attempt), attempt_count=number)
    return WriteStatus(case.record.version, status, "VMRequested", f"{attempt.vm_name} in {place.zone}")


def needed(case: Situation) -> bool:
    """Whether one more machine should be on its way."""
    if case.config.capacity_source == "buffer":
        return False
    waiting, playing = case.attempts(AttemptState.REQUESTED), case.attempts(AttemptState.OPEN)
    draining = case.attempts(AttemptState.DRAINING)
    if len(waiting) + len(playing) + len(draining) >= MOST:
        return False
    if playing:
        return not waiting and expiring(case, playing[0][0])
    if waiting:
        return case.elapsed(waiting[0][0].requested_at) >= case.config.hedge_after
    return case.failing or not case.fine


def expiring(case: Situation, attempt: Attempt) -> bool:
    """A match that begins on it now, and its successor's start, would no longer fit before the cloud deletes it."""
    limit = case.config.max_run - case.config.longest_session - case.config.run_margin
    return case.elapsed(attempt.requested_at) >= limit


def next_place(case: Situation) -> MachineType:
    """Each failure moves on: every zone with the first machine type, then with the next, then from the start.

    A rival of a machine that is slow goes elsewhere too.
    """
    rivals = len(case.attempts(AttemptState.REQUESTED))
    places = case.config.places
    return places[(case.status.failures + rivals) % len(places)]


def blocked(case: Situation) -> str:
    """Why no machine is asked for though one is needed; empty when nothing stands against it."""
    config, around = case.config, case.seen.around
    if config.paused:
        return f"Paused: {', '.join(config.paused)}"
    if around.machines >= config.max_machines:
        return f"Budget: {around.machines} of {config.max_machines} temporary machines are in use"
    if backoff(case) > case.elapsed(case.status.last_failure_at):
        return f"Backoff: {case.status.last_error}, {case.status.failures} attempts failed"
    return ""


def backoff(case: Situation) -> float:
    """Seconds from the last failure to the next attempt. As long as there are other places to try, none."""
    status, config = case.status, case.config
    if not status.last_failure_at:
        return 0
    if status.last_error in STOPPING:
        return config.stop_backoff
    rounds, rest = divmod(status.failures, len(config.places))
    if rest or not rounds:
        return 0
    return min(config.backoff * 2.0 ** min(rounds - 1, 32), config.backoff_limit)
