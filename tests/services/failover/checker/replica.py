"""One operator: the real decision on what was read, and the write as the API server and the cloud would take it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache

from failover import decision
from failover.config import Config, MachineType
from failover.decision import action as act
from failover.decision import collection
from failover.decision.action import Action
from failover.decision.observed import Host, Machine, NodeView, Observed, Probe, RecordView, Request, Server
from failover.decision.situation import Situation
from failover.provider import ErrorClass, Place
from failover.record import Status
from tests.services.failover.checker.environment import FAULT, NORMAL, Step
from tests.services.failover.checker.world import (
    ALLOCATED,
    BINDING,
    FREE,
    PLAYED,
    READY,
    STRANDED,
    Look,
    Replica,
    Vm,
    World,
    idle,
    with_slot,
    with_vm,
    written,
)

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LATE = (0, 100, 500)
"""Seconds that have passed: none, past the hedge, past the join's limit."""

LONG = 1e6
UID = "11111111-2222-3333-4444-555555555555"
PLACES = (MachineType(zone="a", machine_type="m"), MachineType(zone="b", machine_type="m"))
CONFIG = Config(cluster="c", places=PLACES, max_machines=9, backoff=0, max_run=1e9)
MOST_ATTEMPTS = 4
"""A bound of the exploration, not of the operator."""


def steps(world: World, index: int) -> Iterator[Step]:
    """What a replica may do next. A slow one can be late by any number of other steps before each."""
    replica, who = world.replicas[index], f"replica {index + 1}"
    if replica.quick:
        yield from _at_once(world, who)
        return
    if replica.pending is not None:
        yield from _write(_with(world, index, idle(replica)), replica.pending, who)
    elif replica.nodes is None:
        names = frozenset(["home", *(f"t{vm.number}" for vm in world.vms if vm.node)])
        look = replica._replace(nodes=_look(world, replica.seen), fresh=names)
        yield NORMAL, f"{who} reads the nodes", _with(world, index, look)
    elif replica.record is None:
        opened = {each.number for each in (world.record.attempts if world.record else ()) if each.opened_at}
        read = replica._replace(record=(world.record,), fresh=replica.fresh | {"record"}, seen=frozenset(opened))
        yield NORMAL, f"{who} reads the record", _with(world, index, read)
    else:
        yield NORMAL, f"{who} reads the rest and decides", _decide(world, index, replica)
    if world.crashes and (replica.nodes or replica.pending or replica.seen):
        yield FAULT, f"{who} crashes", _with(world, index, Replica())._replace(crashes=world.crashes - 1)


def _at_once(world: World, who: str) -> Iterator[Step]:
    opened = {each.number for each in (world.record.attempts if world.record else ()) if each.opened_at}
    action = _decided(_look(world, frozenset(opened)), world.record, _rest(world))
    if action and not _too_many(action):
        yield from _write(world, action, who)


def _write(world: World, action: Action, who: str) -> Iterator[Step]:
    """The write; the cloud may have no machine."""
    if isinstance(action, act.InsertMachine) and world.faults:
        vm = _vm(world, action.number)._replace(failed=ErrorClass.STOCKOUT)
        yield FAULT, f"{who}: stockout", with_vm(world, vm)._replace(faults=world.faults - 1)
    yield NORMAL, f"{who}: {_told(action)}", perform(world, action)


def _decide(world: World, index: int, replica: Replica) -> World:
    """Read the rest, decide, and have the write under way. Of what was read only the version that it tests is left."""
    assert replica.nodes is not None
    assert replica.record is not None
    action = _decided(replica.nodes, replica.record[0], _rest(world))
    tested = _tested(action)
    just_read = tested.startswith(("s", "ts"))
    if action is None or _too_many(action) or (tested and not just_read and tested not in replica.fresh):
        return _with(world, index, idle(replica))
    return _with(world, index, idle(replica)._replace(pending=action, fresh=frozenset([tested] if tested else [])))


def _tested(action: Action | None) -> str:
    """The object whose version the write names; empty when it names none."""
    match action:
        case act.WriteStatus() | act.RemoveFinalizer():
            return "record"
        case act.MarkSuspect(name=name) | act.ClearSuspect(name=name) | act.DeleteServer(name=name):
            return name
        case (
            act.TaintOutOfService(node=node)
            | act.LiftOutOfService(node=node)
            | act.Cordon(node=node)
            | act.Uncordon(node=node)
            | act.LiftQuarantine(node=node)
            | act.DeleteNode(node=node)
        ):
            return node
    return ""


def _too_many(action: Action) -> bool:
    """A bound of the exploration."""
    return isinstance(action, act.WriteStatus) and action.status.attempt_count > MOST_ATTEMPTS


def _look(world: World, opened: frozenset[int]) -> Look:
    """What Node objects and the cloud's list tell: a server there is not told apart by its state."""
    home = world.home._replace(servers=(), suspects=(), alive=True)
    vms = tuple(
        vm._replace(
            token=False, request=0, failed="", suspect=False, server=FREE if vm.server in (FREE, BINDING) else READY
        )
        for vm in world.vms
        if vm.node or vm.machine
    )
    return Look(home, vms, _settled(world), world.late, opened)


def _rest(world: World) -> "Rest":
    return world.home.servers, world.home.suspects, world.home.alive, world.vms


def _settled(world: World) -> tuple[int, ...]:
    """Whose cordon has settled: no bind is under way there. The home node is 0."""
    vms = [vm.number for vm in world.vms if vm.cordoned and vm.server != BINDING]
    home = [0] if world.home.cordon and BINDING not in world.home.servers else []
    return (*home, *vms)


Rest = tuple[tuple[str, ...], tuple[bool, ...], bool, tuple[Vm, ...]]


@cache
def _decided(look: Look, status: Status | None, rest: Rest) -> Action | None:
    """The real decision, and for machines that it does not know of, the real collection."""
    now = NOW + timedelta(seconds=LATE[look.late])
    seen = observed(look, status, rest)
    if action := decision.next_step(Situation(seen, CONFIG, now)):  # without the report, on which nothing is decided
        return action
    for vm in look.vms:
        if action := collection.decide(_stray(vm, seen), CONFIG, now):
            return action
    return None


def observed(look: Look, status: Status | None, rest: Rest) -> Observed:
    """As the shell would tell it. Versions are the objects' names: `fresh` says whether they still hold."""
    home, (states, suspects, alive, vms) = look.home, rest
    node = NodeView(
        "home", "home", "home", home.ready,
        unschedulable=bool(home.cordon), cordon=home.cordon, out_of_service=home.taint, planned=home.planned,
    )  # fmt: skip
    servers = tuple(
        Server("games", f"s{slot}", f"s{slot}", f"s{slot}", _state(state), suspects[slot])
        for slot, state in enumerate(states)
        if state not in (FREE, BINDING)
    )
    return Observed(
        name="home",
        home=node,
        record=RecordView(UID, "record", status) if status else None,
        lease_silent=LONG if home.stale else 0,
        probe=Probe.SILENT if home.stale and not (home.reachable and alive) else Probe.ANSWERS,
        fine_for=(LONG if home.proven else 1) if home.ready and not home.stale else 0,
        settled_for=LONG if 0 in look.settled else 0,
        powered_off=not alive,
        servers=servers,
        hosts=tuple(_host(vm, _vm_in(look.vms, vm.number), look) for vm in vms) + _unknown_hosts(status, vms),
    )


def _unknown_hosts(status: Status | None, vms: tuple[Vm, ...]) -> tuple[Host, ...]:
    """Attempts on record of which nothing was made yet."""
    known = {vm.number for vm in vms}
    attempts = status.attempts if status else ()
    return tuple(Host(each.number, Machine.ABSENT) for each in attempts if each.number not in known)


def _host(vm: Vm, node: Vm, look: Look) -> Host:
    requests = (Request(f"csr{vm.number}", f"csr{vm.number}", approved=vm.request == 2),) if vm.request else ()
    there, server = vm.server not in (FREE, BINDING), f"ts{vm.number}"
    return Host(
        vm.number,
        Machine.PRESENT if vm.machine else Machine.ABSENT,
        _node(node),
        lost=lost(node, look),
        servers=(Server("games", server, server, server, _state(vm.server), vm.suspect),) if there else (),
        pods=int(there),
        settled_for=LONG if vm.number in look.settled else 0,
        silent_for=LONG / 1000 if node.node and not node.ready else 0,
        requests=requests,
        token=vm.token,
        cleared=True,
        failed=vm.failed,
    )


def lost(node: Vm, look: Look) -> bool:
    """Not there, though it was known to be open before it was looked for."""
    return not node.node and node.number in look.opened


def _node(vm: Vm) -> NodeView | None:
    name = f"t{vm.number}"
    if not vm.node:
        return None
    return NodeView(
        name, name, name, vm.ready,
        unschedulable=vm.cordoned, cordon=vm.cordon, quarantined=vm.quarantined, fit=True,
    )  # fmt: skip


def _stray(vm: Vm, seen: Observed) -> collection.Stray:
    """The cloud's list and the nodes were read first, the record after them."""
    record = seen.record
    name = next((each.vm_name for each in record.status.attempts if each.number == vm.number), "") if record else ""
    there = int(vm.server == READY)
    place = Place("a", name or f"t{vm.number}")
    return collection.Stray(place, "home", LONG, vm.machine, node=_node(vm), pods=there, servers=there, record=record)


def _state(slot: str) -> str:
    return "Allocated" if slot in ALLOCATED else "Ready"


def _vm(world: World, number: int) -> Vm:
    return _vm_in(world.vms, number)


def _vm_in(vms: tuple[Vm, ...], number: int) -> Vm:
    return next((vm for vm in vms if vm.number == number), Vm(number))


def _with(world: World, index: int, replica: Replica) -> World:
    replicas = (*world.replicas[:index], replica, *world.replicas[index + 1 :])
    return world._replace(replicas=replicas)


def _told(action: Action) -> str:
    if isinstance(action, act.WriteStatus):
        states = ", ".join(f"{each.number} {each.state}" for each in action.status.attempts)
        return f"{type(action).__name__} {action.event or 'report'} [{states}]"
    return repr(action)


# Writes


def perform(world: World, action: Action) -> World:  # noqa: C901, PLR0912
    """The world after a write. One whose precondition no longer held has been dropped before (world.written)."""
    match action:
        case act.CreateRecord():
            return written(world._replace(record=Status()), "record") if world.record is None else world
        case act.WriteStatus(status=status):
            return written(world._replace(record=status), "record")
        case act.MarkSuspect(name=name) | act.ClearSuspect(name=name):
            return _label(world, name, isinstance(action, act.MarkSuspect))
        case act.DeleteServer(name=name):
            return _delete_server(world, name)
        case act.TaintOutOfService() | act.LiftOutOfService():
            return _taint(world, isinstance(action, act.TaintOutOfService))
        case act.Cordon(node=node, epoch=epoch):
            return _cordon(world, node, epoch)
        case act.Uncordon(node=node):
            return _cordon(world, node, 0)
        case act.LiftQuarantine(node=node):
            return written(with_vm(world, _vm(world, int(node[1:]))._replace(quarantined=False)), node)
        case act.CreateToken(number=number):
            return with_vm(world, _vm(world, number)._replace(token=True))
        case act.DeleteToken(number=number):
            return with_vm(world, _vm(world, number)._replace(token=False))
        case act.InsertMachine(number=number):
            return with_vm(world, _vm(world, number)._replace(machine=True))
        case act.ApproveRequest(number=number):
            return with_vm(world, _vm(world, number)._replace(request=2))
        case act.DeleteMachine(number=number):
            return _delete_machine(world, number)
        case act.DeleteStray(place=place):
            return _delete_machine(world, int(place.name.rpartition("-")[2].lstrip("t")))
        case act.DeleteNode(node=node):
            return _delete_node(world, int(node[1:]))
    raise AssertionError(f"the world has no {action}")


def _label(world: World, name: str, on: bool) -> World:
    if name.startswith("ts"):
        return written(with_vm(world, _vm(world, int(name[2:]))._replace(suspect=on)), name)
    slot, home = int(name[1:]), world.home
    suspects = (*home.suspects[:slot], on, *home.suspects[slot + 1 :])
    return written(world._replace(home=home._replace(suspects=suspects)), name)


def _delete_server(world: World, name: str) -> World:
    if name.startswith("ts"):
        vm = _vm(world, int(name[2:]))
        killed = "S1: a match on a temporary machine was deleted" if vm.server == PLAYED else world.killed
        return written(with_vm(world, vm._replace(server=FREE))._replace(killed=killed), name)
    slot = int(name[1:])
    killed = "S1: a match at home was deleted" if world.home.servers[slot] == PLAYED else world.killed
    return written(world._replace(home=with_slot(world.home, slot, FREE), killed=killed), name)


def _taint(world: World, on: bool) -> World:
    home = world.home
    killed = "S3: a machine with players was declared dead" if on and PLAYED in home.servers else world.killed
    return written(world._replace(home=home._replace(taint=on), killed=killed), "home")


def _cordon(world: World, node: str, epoch: int) -> World:
    if node == "home":
        return written(world._replace(home=world.home._replace(cordon=epoch)), "home")
    vm = _vm(world, int(node[1:]))
    if not vm.node:
        return world
    return written(with_vm(world, vm._replace(cordoned=bool(epoch), cordon=epoch)), node)


def _delete_machine(world: World, number: int) -> World:
    vm = _vm(world, number)
    record = world.record.attempts if world.record else ()
    forced = any(each.number == number and each.forced for each in record)
    killed = "S1: a machine with players was deleted" if vm.server == PLAYED and not forced else world.killed
    server = STRANDED if vm.server == PLAYED else vm.server
    return with_vm(world, vm._replace(machine=False, server=server))._replace(killed=killed)


def _delete_node(world: World, number: int) -> World:
    vm = _vm(world, number)
    killed = "S1: a node with players was deleted" if vm.machine and vm.server == PLAYED else world.killed
    left = with_vm(world, Vm(number, vm.machine, vm.token))._replace(killed=killed)
    return written(left, f"t{number}", f"ts{number}")
