"""What the API server holds. Plain and changeable; whoever changes one tells the Api, which gives it a version."""

from dataclasses import dataclass, field

from failover.decision.observed import PROTECTED
from failover.record import Status


@dataclass
class Node:
    """A Node with its Lease. `cordon` is the epoch in our annotation."""

    name: str
    uid: str
    room: int
    site: str = ""
    temporary: bool = False
    ready: bool = True
    ready_changed: float = 0.0
    lease_at: float = 0.0
    fresh_since: float = 0.0
    """Since when its Lease has moved without a gap as long as makes it stale."""

    unschedulable: bool = False
    cordon: int = 0
    cordoned_at: float = 0.0
    quarantined: bool = False
    out_of_service: bool = False
    fit: bool = True
    address: str = ""
    planned: bool = False
    excluded: bool = False
    maintenance_until: float = 0.0
    version: str = "0"


@dataclass
class Match:
    """Players who want a server, have one, or had one."""

    number: int
    fleet: str
    lasts: float
    asked: float
    began: float | None = None
    over: bool = False
    lost: str = ""


@dataclass
class GameServer:
    """A GameServer and its pod, which is bound to `node`."""

    name: str
    uid: str
    set: str
    made: float
    state: str = "Starting"
    node: str = ""
    suspect: bool = False
    deleting: bool = False
    match: Match | None = None
    boot: int = 0
    """Of its machine: after another boot its containers are no more."""

    runs: bool = False
    """Whether its process is up, whatever the API server knows of it."""

    finished: bool = False
    """Whether its process has ended by itself."""

    told: bool = False
    """Whether the timeline has it as Ready."""

    version: str = "0"

    @property
    def protected(self) -> bool:
        return self.state in PROTECTED and not self.deleting

    @property
    def disposable(self) -> bool:
        return self.state not in PROTECTED and not self.deleting


@dataclass
class GameServerSet:
    """A GameServerSet and the Fleet that owns it, which has one set here. `of` names the Fleet it stands in for."""

    name: str
    uid: str
    replicas: int
    wanted: int
    """Replicas of the Fleet."""

    start: float
    of: str = ""
    nudge: str = ""
    version: str = "0"


@dataclass
class Record:
    """A NodeFailover."""

    name: str
    uid: str
    status: Status = field(default_factory=Status)
    confirmed_dead: int = 0
    version: str = "0"


@dataclass
class SigningRequest:
    """A CertificateSigningRequest of a machine."""

    uid: str
    name: str
    approved: bool = False
