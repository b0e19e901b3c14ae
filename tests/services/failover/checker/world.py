"""A small world around the real decision: one home node, its matches, the machines that stand in, two replicas.

Everything that may happen in any order does: the checker explores all of it. What the operator measures with a clock
(a settle, a proven recovery) is an oracle here: it is true once what it waits for is so.
"""

from typing import NamedTuple

from failover.decision.action import Action
from failover.record import Status

FREE, BINDING, READY, PLAYED, STRANDED = "", "b", "R", "A", "a"
"""A server's slot: none; the scheduler has decided; Ready; Allocated with players on it; Allocated, but its machine or
its pod is dead, which the API does not tell."""

ALLOCATED = (PLAYED, STRANDED)


class Home(NamedTuple):
    """The home machine and its Node. `alive` and `reachable` are the truth, the rest is what the API says."""

    alive: bool = True
    reachable: bool = True
    stale: bool = False
    ready: bool = True
    proven: bool = True
    """Well for as long as hysteresis asks."""

    taint: bool = False
    cordon: int = 0
    planned: bool = False
    servers: tuple[str, ...] = (READY,)
    suspects: tuple[bool, ...] = (False,)


class Vm(NamedTuple):
    """What there is of one attempt: machine, token, signing request, node, and the one server it has room for."""

    number: int
    machine: bool = False
    token: bool = False
    request: int = 0
    """0 none, 1 made, 2 approved."""

    failed: str = ""
    node: bool = False
    ready: bool = False
    quarantined: bool = True
    cordoned: bool = False
    cordon: int = 0
    server: str = FREE
    suspect: bool = False


class Look(NamedTuple):
    """What a replica has read of the nodes, at one moment: `settled` names the attempts whose cordon has settled (0 is
    the home node)."""

    home: Home
    vms: tuple[Vm, ...]
    settled: tuple[int, ...]
    late: int
    opened: frozenset[int] = frozenset()
    """Attempts that the replica knew to be open before it looked."""


class Replica(NamedTuple):
    """One running operator: it reads nodes, then the record, then the rest, decides, and writes; each is a step.

    A quick one does all of that in one step, whenever it likes: a step between two of a slow one's.
    """

    quick: bool = False
    nodes: Look | None = None
    record: tuple[Status | None] | None = None
    pending: Action | None = None
    fresh: frozenset[str] = frozenset()
    """Objects that nobody has written since it read them; with a write pending, the one that its precondition names."""

    seen: frozenset[int] = frozenset()
    """Attempts that it has seen open on record."""


class World(NamedTuple):
    home: Home
    vms: tuple[Vm, ...]
    record: Status | None
    replicas: tuple[Replica, ...]
    faults: int
    crashes: int
    matches: int
    """Allocations that may yet happen."""

    late: int = 0
    """How far time has gone: past the hedge, past the join's limit."""

    killed: str = ""
    """What was done that never may be."""

    @property
    def clean(self) -> bool:
        """Nothing of any failover is left anywhere, and the home node plays."""
        home = self.home
        return (
            home.alive
            and home.ready
            and not (home.taint or home.cordon or any(home.suspects) or home.planned)
            and not any(vm.machine or vm.token or vm.node for vm in self.vms)
            and (self.record is None or not (self.record.open or self.record.attempts))
        )

    @property
    def standing_in(self) -> bool:
        """A machine plays for the home node."""
        return any(vm.machine and vm.node and vm.ready and not vm.quarantined and not vm.cordoned for vm in self.vms)


Bounds = tuple[int, int, int, int, int]
"""Slow replicas, quick replicas, faults, crashes, matches."""


def first(slow: int, quick: int, faults: int, crashes: int, matches: int = 1) -> World:
    """All is well."""
    replicas = (Replica(),) * slow + (Replica(quick=True),) * quick
    return World(Home(), (), None, replicas, faults, crashes, matches)


def written(world: World, *names: str) -> World:
    """Whoever read these objects before has an old version now: a write that tests it will do nothing."""
    gone = frozenset(names)
    return world._replace(
        replicas=tuple(_outdated(each, gone) if each.fresh & gone else each for each in world.replicas)
    )


def _outdated(replica: Replica, gone: frozenset[str]) -> Replica:
    return idle(replica) if replica.pending else replica._replace(fresh=replica.fresh - gone)


def idle(replica: Replica) -> Replica:
    """About to look anew, with nothing but what it remembers."""
    return Replica(quick=replica.quick, seen=replica.seen)


def with_vm(world: World, vm: Vm) -> World:
    """The world with that machine changed, or new; a new server is nobody's suspect."""
    if vm.server in (FREE, BINDING):
        vm = vm._replace(suspect=False)
    others = tuple(each for each in world.vms if each.number != vm.number)
    return world._replace(vms=tuple(sorted((*others, vm))))


def with_slot(home: Home, slot: int, state: str) -> Home:
    """The home machine with one server changed; a new server is nobody's suspect."""
    servers = (*home.servers[:slot], state, *home.servers[slot + 1 :])
    if state in (FREE, BINDING):
        suspects = (*home.suspects[:slot], False, *home.suspects[slot + 1 :])
        return home._replace(servers=servers, suspects=suspects)
    return home._replace(servers=servers)
