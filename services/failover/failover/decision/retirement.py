"""The end of a temporary machine: first the decision on record, then the machine, and its node last.

The node goes last because with it goes the sight of what plays there: were it deleted first and the machine's deletion
failed, a machine with players would run unseen.
"""

from msgspec.structs import replace

from failover.decision import soft_failover
from failover.decision.action import (
    Action,
    DeleteMachine,
    DeleteNode,
    DeleteToken,
    FinalStatus,
    WriteStatus,
)
from failover.decision.observed import Host, Machine
from failover.decision.situation import Situation
from failover.record import Attempt, AttemptState


def retire(case: Situation, attempt: Attempt, why: str, forced: bool = False) -> Action:
    """The point of no return. From here on nobody opens or uncordons it."""
    attempts = case.changed(attempt, state=AttemptState.RETIRED, forced=forced)
    status = replace(case.status, attempts=attempts)
    return FinalStatus(case.record.version, status, "DrainForced" if forced else "Retired", f"{attempt.vm_name}: {why}")


def fail(case: Situation, attempt: Attempt, error: str) -> Action:
    """Retired for a failure, which decides where and when the next one is tried. In quarantine nothing is lost."""
    status = replace(
        case.status,
        attempts=case.changed(attempt, state=AttemptState.RETIRED, error=error),
        failures=case.status.failures + 1,
        last_failure_at=case.now,
        last_error=error,
    )
    return FinalStatus(case.record.version, status, "AttemptFailed", f"{attempt.vm_name} in {attempt.zone}: {error}")


def step(case: Situation) -> Action | None:
    """What is left to remove of the retired attempts."""
    for attempt, host in case.attempts(AttemptState.RETIRED):
        if action := remove(case, attempt, host):
            return action
    return None


def remove(case: Situation, attempt: Attempt, host: Host) -> Action | None:
    """Machine, token, node, and then the attempt itself. The cloud's silence is no absence (D2, D3)."""
    if host.busy or host.machine is Machine.UNKNOWN:
        return None
    if host.machine is not Machine.ABSENT:
        return None if still_played_on(attempt, host) else DeleteMachine(attempt.number)
    if action := soft_failover.delete_free(host.servers):
        return action  # Agones hands it out until its pod is collected, a minute after its node
    if host.token is not False:
        return DeleteToken(attempt.number)
    if host.node:
        return DeleteNode(host.node.name, host.node.uid, host.node.version)
    attempts = tuple(each for each in case.status.attempts if each.number != attempt.number)
    status = replace(case.status, attempts=attempts)
    return WriteStatus(case.record.version, status, "VMDeleted", f"{attempt.vm_name} is gone")


def still_played_on(attempt: Attempt, host: Host) -> bool:
    """Looked at once more after the decision: a match may have come between the last look and the record (D4)."""
    return not attempt.forced and bool(host.sessions or host.pods)
