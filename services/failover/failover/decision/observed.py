"""What is seen of one home node and of the machines that stand in for it, at one moment.

Ages are seconds on this replica's monotonic clock since it saw the thing itself; no clock of another machine enters.
`None` and UNKNOWN are "was not told", never "is not there".
"""

from dataclasses import dataclass, field
from enum import Enum

from failover.record import Status

PROTECTED = ("Allocated", "Reserved")
"""States of a GameServer with players, or promised to some."""


class Probe(Enum):
    """What came back from the machine itself, past Kubernetes."""

    ANSWERS = "answers"
    SILENT = "silent"
    UNKNOWN = "unknown"


class Machine(Enum):
    """A temporary machine, as the cloud tells."""

    PRESENT = "present"
    STOPPED = "stopped"
    ABSENT = "absent"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Server:
    """A GameServer on the node."""

    namespace: str
    name: str
    uid: str
    version: str
    state: str
    suspect: bool = False
    deleting: bool = False

    @property
    def protected(self) -> bool:
        """Whether players may be on it. A server that is being deleted already is nobody's any more."""
        return self.state in PROTECTED and not self.deleting

    @property
    def disposable(self) -> bool:
        return self.state not in PROTECTED and not self.deleting


@dataclass(frozen=True, slots=True)
class NodeView:
    """A Node object. `cordon` is the epoch in our annotation, 0 without one."""

    name: str
    uid: str
    version: str
    ready: bool
    unschedulable: bool = False
    cordon: int = 0
    quarantined: bool = False
    out_of_service: bool = False
    """Our taint, not a person's."""

    fit: bool = False
    """Address final, runtime handler and storage driver there: a game server would run."""

    address: str = ""
    planned: bool = False
    excluded: bool = False
    maintenance: bool = False


@dataclass(frozen=True, slots=True)
class Request:
    """A CertificateSigningRequest made with an attempt's token. `wrong` says why it may not be signed, if so."""

    uid: str
    name: str
    wrong: str = ""
    approved: bool = False


@dataclass(frozen=True, slots=True)
class ServerSet:
    """A GameServerSet with servers on this node that are being deleted, and fewer others than it should have."""

    namespace: str
    name: str
    version: str
    replicas: int
    nudge: str
    """Value of its annotation."""

    wanted_nudge: str
    """What it should be for Agones to have looked since the last deletion."""


@dataclass(frozen=True, slots=True)
class Host:
    """What there is of one attempt."""

    number: int
    machine: Machine = Machine.UNKNOWN
    node: NodeView | None = None
    lost: bool = False
    """The node is not there, and was looked for after this replica had seen it open on record: it was deleted. Absence
    alone may only mean that it was looked for too early."""

    servers: tuple[Server, ...] = ()
    pods: int = 0
    """Pods of game servers bound to the node, by its name: the scheduler's word, not Agones'."""

    settled_for: float = 0.0
    """Since this replica first saw the node carry the cordon of this attempt's drain."""

    silent_for: float = 0.0
    """How long the node has not been Ready."""

    replacing: bool = False
    """As Observed's, of the Fleets with servers here."""

    requests: tuple[Request, ...] = ()
    token: bool | None = None
    """Whether its join token is there, as far as this replica made or deleted it: tokens may not be read."""

    cleared: bool = False
    """Whether this replica has removed the join token from the machine's metadata."""

    busy: bool = False
    """A call to the cloud about this machine is under way."""

    failed: str = ""
    """The class of error that the last call to make the machine ended with."""

    @property
    def sessions(self) -> int:
        return sum(server.protected for server in self.servers)

    @property
    def suspect(self) -> bool:
        """It may be dead: Kubernetes does not hear of it, or the cloud says that it does not run."""
        stopped = self.machine in (Machine.STOPPED, Machine.ABSENT)
        return stopped or (self.node is not None and not self.node.ready)

    @property
    def heard(self) -> bool:
        """Both say that it runs."""
        return self.machine is Machine.PRESENT and self.node is not None and self.node.ready


@dataclass(frozen=True, slots=True)
class RecordView:
    """The NodeFailover object."""

    uid: str
    version: str
    status: Status
    generation: int = 1
    deleting: bool = False
    finalizer: bool = True
    confirmed_dead: int = 0
    """The incident that a person's annotation names."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is so beyond this node."""

    outage: bool = False
    """So much of the site is silent that its network, not its machines, is at fault."""

    down: int = 0
    """Home nodes that are not Ready."""

    machines: int = 0
    """Temporary machines of all incidents."""


@dataclass(frozen=True, slots=True)
class Observed:
    """Everything that a decision about one home node rests on."""

    name: str
    home: NodeView | None
    record: RecordView | None = None
    lease_silent: float = 0.0
    """Since this replica saw the node's Lease move."""

    probe: Probe = Probe.UNKNOWN
    fine_for: float = 0.0
    """How long, without a break, the node has been Ready with a fresh Lease."""

    settled_for: float = 0.0
    """Since this replica first saw the home node carry the cordon of its own drain."""

    dark_for: float = 0.0
    """How long no vantage point, the public path included, has had a word from it."""

    powered_off: bool = False
    """Redfish says that the machine has no power."""

    servers: tuple[Server, ...] = ()
    sets: tuple[ServerSet, ...] = ()
    replacing: bool = False
    """Fleets with servers here have fewer that are Ready or played on than they should, and that changed a while ago at
    most: a drain deletes its next server once they are whole, or once it is certain that there is no room for more."""

    hosts: tuple[Host, ...] = ()
    around: Surroundings = field(default_factory=Surroundings)

    def host(self, number: int) -> Host:
        return next((host for host in self.hosts if host.number == number), Host(number))
