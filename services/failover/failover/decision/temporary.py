"""An open machine: it is let play, watched like any node, and drained when it is not needed or about to end."""

from msgspec.structs import replace

from failover.decision import retirement
from failover.decision.action import Action, LiftQuarantine, Uncordon, WriteStatus
from failover.decision.observed import Host, Machine
from failover.decision.situation import Situation
from failover.record import Attempt, AttemptState, Phase


def step(case: Situation) -> Action | None:
    """The next step of the open attempt."""
    for attempt, host in case.attempts(AttemptState.OPEN):
        if action := leave(case, attempt, host) or admit(host):
            return action
    return None


def leave(case: Situation, attempt: Attempt, host: Host) -> Action | None:
    """Why an open machine stops being capacity."""
    if host.machine is Machine.ABSENT:
        return retirement.retire(case, attempt, "the machine is gone")  # preempted, or at the cloud's limit (D25)
    if host.lost:
        return retirement.retire(case, attempt, "its node was deleted")  # its pods are collected, and none comes again
    if not case.wanted:
        return drain(case, attempt, "NotNeeded")
    if host.machine is Machine.STOPPED or host.silent_for >= case.config.temporary_grace:
        return drain(case, attempt, "Silent")
    if case.elapsed(attempt.requested_at) >= case.config.max_run - case.config.longest_session:
        return drain(case, attempt, "RunLimit")  # a successor, if there is one, has long drained it
    return None


def drain(case: Situation, attempt: Attempt, why: str) -> Action:
    """Begin a drain under a number of its own, so that no earlier cordon can be taken for this one's."""
    epoch = case.status.epoch + 1
    attempts = case.changed(attempt, state=AttemptState.DRAINING, draining_at=case.now, epoch=epoch)
    status = replace(case.status, attempts=attempts, epoch=epoch, phase=Phase.DRAINING)
    return WriteStatus(case.record.version, status, "DrainStarted", f"{attempt.vm_name}: {why}")


def admit(host: Host) -> Action | None:
    """Lift the quarantine, and a cordon that an earlier drain left.

    The node was read before the record that says Open: were it the other way round, the record might have been
    retired since, and the node's version would not tell.
    """
    node = host.node
    if not node or not node.ready:
        return None
    if node.quarantined:
        return LiftQuarantine(node.name, node.version)
    return Uncordon(node.name, node.version) if node.cordon else None
