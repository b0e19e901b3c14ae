"""Planned failover: a healthy node's capacity moves to the cloud, its matches end by themselves, it is handed back.

So a node is upgraded without maintenance downtime: annotate it, wait for the condition HandedOver, do what is to be
done, remove the annotation.
"""

from msgspec.structs import replace

from failover.decision import soft_failover
from failover.decision.action import Action, Cordon, Uncordon, WriteStatus
from failover.decision.situation import Situation
from failover.record import AttemptState


def hand_back(case: Situation) -> Action | None:
    """Without the annotation the node plays again. A cordon of a person's has no epoch and stays."""
    home = case.seen.home
    if home and home.cordon and not (asked(case) and case.status.home_epoch):
        return Uncordon(home.name, home.version)
    if case.status.home_epoch and not asked(case):
        return WriteStatus(case.record.version, replace(case.status, home_epoch=0), "HandedBack", case.seen.name)
    return None


def drain(case: Situation) -> Action | None:
    """Once a machine stands in, and only then: cordon the node, and clear what nobody plays on, one by one."""
    home = case.seen.home
    if not home or not asked(case) or not case.status.open or not stands_in(case):
        return None
    if not case.status.home_epoch:
        epoch = case.status.epoch + 1
        status = replace(case.status, epoch=epoch, home_epoch=epoch)
        return WriteStatus(case.record.version, status, "DrainStarted", f"{home.name}: planned")
    if home.cordon != case.status.home_epoch or not home.unschedulable:
        return Cordon(home.name, home.version, case.status.home_epoch)
    if case.seen.settled_for < case.config.settle or case.seen.replacing:
        return None
    return soft_failover.delete_free(case.seen.servers)


def asked(case: Situation) -> bool:
    """A record that someone deletes takes nothing away any more: its node plays until the next record drains it."""
    deleting = case.seen.record is not None and case.seen.record.deleting
    return case.planned and not deleting


def stands_in(case: Situation) -> bool:
    """A machine is open and the scheduler may use it; with spare servers as capacity, nothing needs to."""
    if case.config.capacity_source == "buffer":
        return True
    nodes = [host.node for _, host in case.attempts(AttemptState.OPEN)]
    return any(node and node.ready and not node.quarantined and not node.unschedulable for node in nodes)


def handed_over(case: Situation) -> bool:
    """Whether nothing is left on the node that anyone could miss."""
    home = case.seen.home
    over = bool(home and case.status.home_epoch and home.cordon == case.status.home_epoch)
    return over and not any(not server.deleting for server in case.seen.servers)
