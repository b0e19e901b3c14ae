"""A requested machine's way to an open node: token, machine, certificate, node, quarantine."""

from msgspec.structs import replace

from failover.decision import retirement
from failover.decision.action import (
    Action,
    ApproveRequest,
    ClearMachine,
    CreateToken,
    DeleteToken,
    FinalStatus,
    InsertMachine,
    WriteStatus,
)
from failover.decision.observed import Host, Machine
from failover.decision.situation import Situation
from failover.provider import ErrorClass
from failover.record import Attempt, AttemptState, Phase

PASSING = ("", ErrorClass.RETRY)
"""What the cloud said that leaves the attempt as it is: the same call again."""


def step(case: Situation) -> Action | None:
    """The next step of the first requested attempt that has one."""
    for attempt, host in case.attempts(AttemptState.REQUESTED):
        if action := give_up(case, attempt, host) or certificate(case, attempt, host) or make(attempt, host):
            return action
        if action := forget_token(host) or opening(case, attempt, host):
            return action
    return None


def give_up(case: Situation, attempt: Attempt, host: Host) -> Action | None:
    """In quarantine nothing plays, so nothing is lost: a failure, a false alarm and a late machine all end here."""
    if not case.wanted:
        return retirement.retire(case, attempt, "NotNeeded")
    if host.failed not in PASSING:
        return retirement.fail(case, attempt, host.failed)
    if host.machine is Machine.ABSENT and (host.node or host.requests):
        return retirement.fail(case, attempt, "Gone")  # it was there: preempted, or deleted by a person
    if case.elapsed(attempt.requested_at) >= case.config.join_timeout:
        return retirement.fail(case, attempt, "JoinTimeout")
    return None


def certificate(case: Situation, attempt: Attempt, host: Host) -> Action | None:
    """Sign exactly one request, which is on record first. A second one means that the token is in other hands."""
    for request in host.requests:
        if request.wrong:
            return retirement.fail(case, attempt, "WrongRequest")
        if attempt.csr and request.uid != attempt.csr:
            return retirement.fail(case, attempt, "SecondRequest")
    if len(host.requests) > 1:
        return retirement.fail(case, attempt, "SecondRequest")
    for request in host.requests:
        if not attempt.csr:
            status = replace(case.status, attempts=case.changed(attempt, csr=request.uid))
            return WriteStatus(case.record.version, status)
        if not request.approved:
            return ApproveRequest(attempt.number, request.uid, request.name)
    return None


def make(attempt: Attempt, host: Host) -> Action | None:
    """Token, then machine. A node or a request shows that there is a machine, whatever the cloud's lists say.

    Where it is not known whether there is one, it is asked for again: the cloud answers with the same machine.
    """
    if host.node or host.requests or host.busy or host.machine in (Machine.PRESENT, Machine.STOPPED):
        return None
    return InsertMachine(attempt.number) if host.token else CreateToken(attempt.number)


def forget_token(host: Host) -> Action | None:
    """Once the node is there its token is of use only to a thief."""
    if not host.node:
        return None
    if host.token is not False:
        return DeleteToken(host.number)
    if not host.cleared and not host.busy and host.machine is Machine.PRESENT:
        return ClearMachine(host.number)
    return None


def opening(case: Situation, attempt: Attempt, host: Host) -> Action | None:
    """Open it: the first fit node wins, a rival goes, and what it succeeds drains, in one write."""
    node = host.node
    if not node or not node.ready or not node.fit or (case.fine and not case.planned):
        return None
    status = case.status
    number = attempt.number
    attempts = []
    epoch = status.epoch
    for each in status.attempts:
        match each.state:
            case _ if each.number == number:
                attempts.append(replace(each, state=AttemptState.OPEN, opened_at=case.now))
            case AttemptState.REQUESTED:
                attempts.append(replace(each, state=AttemptState.RETIRED))
            case AttemptState.OPEN:
                epoch += 1
                attempts.append(replace(each, state=AttemptState.DRAINING, draining_at=case.now, epoch=epoch))
            case _:
                attempts.append(each)
    opened = replace(
        status,
        attempts=tuple(attempts),
        epoch=epoch,
        phase=Phase.ACTIVE,
        active_at=status.active_at or case.now,
        public_endpoint=node.address,
        blocked="",
    )
    return FinalStatus(case.record.version, opened, "NodeJoined", f"{node.name} stands in for {case.seen.name}")
