"""Machines and nodes of ours that no record knows: a late replica made them, or a record was lost (D1, D7, D21).

What cannot have players is deleted; what may have is taken in and drained like any other.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from msgspec.structs import replace

from failover.config import Config
from failover.decision.action import Action, CreateRecord, DeleteNode, DeleteStray, WriteStatus
from failover.decision.observed import NodeView, RecordView
from failover.provider import Place
from failover.record import Attempt, AttemptState, Phase, Reason

GRACE_SECONDS = 60
"""A machine is younger than its record's news for a moment."""


@dataclass(frozen=True, slots=True)
class Stray:
    """A machine with this cluster's label, or a node of ours, that may be nobody's. Read by quorum, the record last."""

    place: Place
    owner: str
    """The home node that it names."""

    age: float
    """Seconds since this replica first saw it without an owner."""

    machine: bool
    """Whether the cloud has it. A node alone may be left."""

    machine_type: str = ""
    node: NodeView | None = None
    pods: int = 0
    servers: int = 0
    record: RecordView | None = None

    @property
    def owned(self) -> bool:
        """Whether an attempt on record is this machine."""
        return bool(self.record) and any(each.vm_name == self.place.name for each in self.attempts)

    @property
    def attempts(self) -> tuple[Attempt, ...]:
        return self.record.status.attempts if self.record else ()


def decide(stray: Stray, config: Config, now: datetime) -> Action | None:  # noqa: ARG001
    """What to do with it, if it has been nobody's for a while. Errors never mean absent: then this is not asked."""
    if stray.owned or stray.age < GRACE_SECONDS:
        return None
    node = stray.node
    if not stray.machine:
        return DeleteNode(node.name, node.uid, node.version) if node else None
    if node is None or (node.quarantined and not stray.servers and not stray.pods):
        return DeleteStray(stray.place)
    if stray.record is None:
        return CreateRecord(stray.owner)
    return adopt(stray, stray.record, now)


def adopt(stray: Stray, record: RecordView, now: datetime) -> Action:
    """Take it in as an attempt that drains: its matches end by themselves, and then it goes as they all do."""
    status = record.status
    number, epoch = status.attempt_count + 1, status.epoch + 1
    attempt = Attempt(
        number=number,
        zone=stray.place.zone,
        machine_type=stray.machine_type,
        vm_name=stray.place.name,
        request_id=str(uuid5(UUID(record.uid), f"{number}/{stray.place.zone}")),
        requested_at=now,
        state=AttemptState.DRAINING,
        opened_at=now,
        draining_at=now,
        epoch=epoch,
    )
    if not status.open:
        status = replace(
            status,
            incident=status.incident + 1,
            open=True,
            phase=Phase.DRAINING,
            reason=Reason.ADOPTED,
            started_at=now,
            active_at=None,
            recovered_at=None,
            evidence=None,
            flaps=0,
        )
    status = replace(status, attempts=(*status.attempts, attempt), attempt_count=number, epoch=epoch)
    return WriteStatus(record.version, status, "OrphanAdopted", f"{stray.place.name} is nobody's, and may be played on")
