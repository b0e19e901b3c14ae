"""What the operator may do: one write each, with what must still be so when it is carried out.

A version is a resourceVersion that the API server compares itself (JSON patch `test`, delete preconditions, PUT).
`confirm` marks what can't be taken back: the shell looks again by quorum reads, the nodes first, then the record, then
the rest, decides again, and carries it out only if the answer is the same.
"""

from dataclasses import dataclass
from typing import ClassVar

from failover.provider import Place
from failover.record import EvidenceKind, Status


@dataclass(frozen=True, slots=True)
class Action:
    """Base of all."""

    confirm: ClassVar[bool] = False


@dataclass(frozen=True, slots=True)
class CreateRecord(Action):
    """POST: the name is the lock. Another replica's is as good (409)."""

    node: str


@dataclass(frozen=True, slots=True)
class RemoveFinalizer(Action):
    version: str


@dataclass(frozen=True, slots=True)
class WriteStatus(Action):
    """PUT of the status subresource. `event` is told on the record and the node; `why` is its message."""

    version: str
    status: Status
    event: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class FinalStatus(WriteStatus):
    """A status that opens, retires or declares dead: what follows from it can't be undone."""

    confirm: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class MarkSuspect(Action):
    """Label a GameServer `suspect`. A Lease read by quorum must be stale too."""

    namespace: str
    name: str
    uid: str
    version: str
    confirm: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class ClearSuspect(Action):
    namespace: str
    name: str
    uid: str
    version: str


@dataclass(frozen=True, slots=True)
class DeleteServer(Action):
    """Delete a GameServer that was not Allocated or Reserved in this version: an allocation makes another version."""

    namespace: str
    name: str
    uid: str
    version: str
    confirm: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class Nudge(Action):
    """Make a GameServerSet one smaller, and annotate it: Agones replaces the servers of a dead node only once the size
    of their set changes (pkg/gameserversets/controller.go). Its Fleet sets the size right at once, and none is deleted
    for it: fewer are there than even the smaller set should have.
    """

    namespace: str
    name: str
    version: str
    replicas: int
    """What it is made."""

    value: str


@dataclass(frozen=True, slots=True)
class TaintOutOfService(Action):
    node: str
    version: str
    evidence: EvidenceKind
    confirm: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class LiftOutOfService(Action):
    node: str
    version: str


@dataclass(frozen=True, slots=True)
class Cordon(Action):
    """Make a node unschedulable and write the epoch, also where it is unschedulable already."""

    node: str
    version: str
    epoch: int


@dataclass(frozen=True, slots=True)
class Uncordon(Action):
    """Take back a cordon of ours."""

    node: str
    version: str
    confirm: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class LiftQuarantine(Action):
    node: str
    version: str
    confirm: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class CreateToken(Action):
    """The join token of an attempt: derived, so that a second one is the same (409 is as good)."""

    number: int


@dataclass(frozen=True, slots=True)
class DeleteToken(Action):
    number: int


@dataclass(frozen=True, slots=True)
class InsertMachine(Action):
    """Ask the cloud for the machine of an attempt that is on record. Repeated, it is the same machine."""

    number: int


@dataclass(frozen=True, slots=True)
class ClearMachine(Action):
    """Remove the join token from the machine's metadata."""

    number: int


@dataclass(frozen=True, slots=True)
class ApproveRequest(Action):
    """Approve the one signing request that is on record."""

    number: int
    uid: str
    name: str


@dataclass(frozen=True, slots=True)
class DeleteMachine(Action):
    number: int
    confirm: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class DeleteNode(Action):
    """Delete a temporary node's object, its machine being gone."""

    node: str
    uid: str
    version: str
    confirm: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class DeleteStray(Action):
    """Delete a machine of this cluster that no record knows."""

    place: Place
    confirm: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class CreateOverflow(Action):
    """A Fleet of ours with another's template: POST, 409 is as good."""

    namespace: str
    fleet: str
    replicas: int


@dataclass(frozen=True, slots=True)
class ChangeOverflow(Action):
    """PUT of a Fleet of ours: its size, and the template that the other has now."""

    namespace: str
    fleet: str
    version: str
    replicas: int


@dataclass(frozen=True, slots=True)
class DeleteOverflow(Action):
    namespace: str
    fleet: str
    uid: str
    version: str
    confirm: ClassVar[bool] = True
