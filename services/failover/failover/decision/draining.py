"""A drain ends no match: cordon, settle, clear what nobody plays on, wait for the rest, look again, retire."""

from msgspec.structs import replace

from failover.decision import retirement, soft_failover
from failover.decision.action import Action, Cordon, FinalStatus
from failover.decision.observed import Host, Machine
from failover.decision.situation import Situation
from failover.record import Attempt, AttemptState, Phase


def step(case: Situation) -> Action | None:
    """The next step of the first draining attempt that has one."""
    for attempt, host in case.attempts(AttemptState.DRAINING):
        if action := gone(case, attempt, host) or clear(case, attempt, host):
            return action
    return None


def again(case: Situation) -> Action | None:
    """Before any other machine is asked for: one that drains may be had back."""
    for attempt, host in case.attempts(AttemptState.DRAINING):
        if action := reopen(case, attempt, host):
            return action
    return None


def gone(case: Situation, attempt: Attempt, host: Host) -> Action | None:
    """Nothing to wait for: no machine, no node, or one that has been silent for longer than any match lasts."""
    if host.busy:
        return None
    if host.machine is Machine.ABSENT:
        return retirement.retire(case, attempt, "the machine is gone")
    if host.lost:
        return retirement.retire(case, attempt, "its node was deleted")
    if host.silent_for > case.config.longest_session:
        return retirement.retire(case, attempt, "silent for longer than any match lasts", forced=True)
    return None


def reopen(case: Situation, attempt: Attempt, host: Host) -> Action | None:
    """The home node went again: what drains for it is capacity that is there already (D16)."""
    if not case.wanted or case.attempts(AttemptState.OPEN) or not host.node or not host.node.ready:
        return None
    if case.elapsed(attempt.requested_at) >= case.config.max_run - case.config.longest_session:
        return None
    attempts = tuple(
        replace(each, state=AttemptState.RETIRED) if each.state is AttemptState.REQUESTED else each
        for each in case.changed(attempt, state=AttemptState.OPEN, draining_at=None)
    )
    status = replace(case.status, attempts=attempts, phase=Phase.ACTIVE, public_endpoint=host.node.address)
    return FinalStatus(case.record.version, status, "Reopened", f"{attempt.vm_name}: {case.seen.name} went again")


def clear(case: Situation, attempt: Attempt, host: Host) -> Action | None:
    """One write at a time, and waiting in between."""
    node = host.node
    if node is None:
        return None
    if not cordoned(attempt, host):
        return Cordon(node.name, node.version, attempt.epoch)
    if not settled(case, host):
        return None
    if action := soft_failover.delete_free(host.servers):
        return None if host.replacing and node.ready else action  # nobody hurries: capacity is not to fall
    if not empty(host):
        return force(case, attempt)
    return retirement.retire(case, attempt, "no match is left on it")


def cordoned(attempt: Attempt, host: Host) -> bool:
    """By this drain: a cordon of an earlier one may be taken back at any moment by a replica that is late."""
    return host.node is not None and host.node.unschedulable and host.node.cordon == attempt.epoch


def settled(case: Situation, host: Host) -> bool:
    """A bind that the scheduler had under way at the cordon has arrived by then."""
    return host.settled_for >= case.config.settle


def empty(host: Host) -> bool:
    """Nobody plays there, and no pod is on its way there, which Agones may not know of yet."""
    return not host.sessions and not host.pods


def force(case: Situation, attempt: Attempt) -> Action | None:
    """After the maximum wait, if the policy says so: matches end, and are counted."""
    over = case.elapsed(attempt.draining_at) >= case.config.max_wait
    if case.config.max_wait_policy == "force" and over:
        return retirement.retire(case, attempt, "the maximum wait is over", forced=True)
    return None
