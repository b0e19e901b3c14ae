"""What happens without the operator: machines die and come back, players come and go, the scheduler binds.

Each step is (kind, what, world after it). FAULT costs one of the world's faults; REPAIR is a fault's end; NORMAL is
bound to happen sooner or later.
"""

from collections.abc import Iterator

from tests.services.failover.checker.world import (
    BINDING,
    FREE,
    PLAYED,
    READY,
    STRANDED,
    Home,
    Vm,
    World,
    with_slot,
    with_vm,
    written,
)

NORMAL, FAULT, REPAIR = 0, 1, 2
Step = tuple[int, str, World]


def steps(world: World) -> Iterator[Step]:
    """Everything that may happen next, but for what replicas do."""
    yield from _home_node(world)
    yield from _players(world)
    yield from _repairs(world)
    for vm in world.vms:
        yield from _machine(world, vm)
        if vm.token and not _is_on_record(world, vm.number):
            # A late replica may make the token of an attempt that is gone. TokenCleaner ends it when its time is over.
            yield NORMAL, f"the token of t{vm.number} expires", with_vm(world, vm._replace(token=False))
    if world.faults:
        for what, after in _faults(world):
            yield FAULT, what, after._replace(faults=world.faults - 1)


def _change_home(world: World, home: Home, *slots: int) -> World:
    names = [f"s{slot}" for slot in slots]
    return written(world._replace(home=home), "home", *names)


def _home_node(world: World) -> Iterator[Step]:
    """The Lease goes stale, the node controller notices; and back. Each takes its time: others come in between."""
    home = world.home
    heard = home.alive and home.reachable
    if not heard and not home.stale:
        # Nobody writes anything when a machine falls silent: the Node keeps its version until it is marked.
        yield NORMAL, "the Lease goes stale", world._replace(home=home._replace(stale=True, proven=False))
    if home.stale and not heard and home.ready:
        yield NORMAL, "the node is marked NotReady", _change_home(world, home._replace(ready=False))
    if heard and home.stale:
        yield NORMAL, "the Lease is renewed", world._replace(home=home._replace(stale=False))
    if heard and not home.stale and not home.ready:
        yield NORMAL, "the node is Ready", _revived(world)
    if heard and home.ready and not home.stale and not home.proven:
        yield NORMAL, "the node has proven itself", world._replace(home=home._replace(proven=True))
    if home.taint and home.ready and PLAYED in home.servers:  # an eviction, on a Ready node
        yield NORMAL, "the taint evicts a match", world._replace(killed="S3: evicted by a taint of ours")


def _revived(world: World) -> World:
    """The kubelet is back: what died with the machine is reported and deleted, what lived on is there."""
    home = world.home
    dead = [slot for slot, state in enumerate(home.servers) if state == STRANDED]
    for slot in dead:
        home = with_slot(home, slot, FREE)
    return _change_home(world, home._replace(ready=True), *dead)


def _players(world: World) -> Iterator[Step]:
    """Matches begin on any Ready server that allocation selects, also of a dead machine; they end; binds land."""
    home = world.home
    for slot, state in enumerate(home.servers):
        if state == READY and not home.suspects[slot] and world.matches:
            begun = _slot(world, slot, PLAYED if home.alive else STRANDED)
            yield NORMAL, "a match begins at home", begun._replace(matches=world.matches - 1)
        if state == PLAYED and home.reachable:
            yield NORMAL, "a match at home ends", _slot(world, slot, FREE)
        if state == FREE and home.planned and home.ready and home.alive and not home.cordon and not home.taint:
            yield NORMAL, "a bind to home begins", world._replace(home=with_slot(home, slot, BINDING))
        if state == BINDING:
            yield NORMAL, "a bind to home lands", _slot(world, slot, READY if home.alive and home.ready else FREE)


def _slot(world: World, slot: int, state: str) -> World:
    """A GameServer's change writes the GameServer, not its Node."""
    return written(world._replace(home=with_slot(world.home, slot, state)), f"s{slot}")


def _machine(world: World, vm: Vm) -> Iterator[Step]:
    """A temporary machine boots, joins, and is played on; a dead one's node is noticed."""
    name, server = f"t{vm.number}", f"ts{vm.number}"
    if vm.machine and vm.token and not vm.request and not vm.node:
        yield NORMAL, f"{name} asks for a certificate", with_vm(world, vm._replace(request=1))
    if vm.machine and vm.request == 2 and not vm.node:
        yield NORMAL, f"{name} joins", written(with_vm(world, joined(vm)), name)
    if vm.node and vm.ready and not vm.machine:
        yield NORMAL, f"{name} is marked NotReady", written(with_vm(world, vm._replace(ready=False)), name)
    open_to_pods = vm.node and vm.ready and not vm.quarantined and not vm.cordoned
    if open_to_pods and vm.server == FREE and vm.machine:
        yield NORMAL, f"a bind to {name} begins", with_vm(world, vm._replace(server=BINDING))
    if vm.server == BINDING:
        landed = READY if vm.machine and vm.node else FREE
        yield NORMAL, f"a bind to {name} lands", written(with_vm(world, vm._replace(server=landed)), server)
    if vm.server == READY and not vm.suspect and world.matches:
        there = vm._replace(server=PLAYED if vm.machine else STRANDED)
        after = world._replace(matches=world.matches - 1)
        yield NORMAL, f"a match begins on {name}", written(with_vm(after, there), server)
    if vm.server == PLAYED:
        yield NORMAL, f"a match on {name} ends", written(with_vm(world, vm._replace(server=FREE)), server)
    if vm.server in (READY, STRANDED) and not vm.node:
        yield NORMAL, f"the pod on {name} is collected", written(with_vm(world, vm._replace(server=FREE)), server)


def _is_on_record(world: World, number: int) -> bool:
    return world.record is not None and any(each.number == number for each in world.record.attempts)


def joined(vm: Vm) -> Vm:
    """Its node has registered, with the taint that its kubelet was told to register with."""
    return vm._replace(node=True, ready=True, quarantined=True)


def _repairs(world: World) -> Iterator[Step]:
    home = world.home
    if not home.alive:
        yield REPAIR, "the machine boots", world._replace(home=home._replace(alive=True, reachable=True))
    elif not home.reachable:
        yield REPAIR, "the network heals", world._replace(home=home._replace(reachable=True))
    if home.planned:
        yield REPAIR, "planned-failover is removed", _change_home(world, home._replace(planned=False))


def _faults(world: World) -> Iterator[tuple[str, World]]:
    home = world.home
    if home.alive:
        dead = tuple(STRANDED if state == PLAYED else state for state in home.servers)
        yield "the machine dies", world._replace(home=home._replace(alive=False, servers=dead, proven=False))
    if home.alive and home.reachable:
        yield "the network breaks", world._replace(home=home._replace(reachable=False, proven=False))
        if not home.planned:
            yield "planned-failover is asked", _change_home(world, home._replace(planned=True))
    for vm in world.vms:
        if vm.machine:
            played = STRANDED if vm.server == PLAYED else vm.server
            yield f"the cloud takes t{vm.number}", with_vm(world, vm._replace(machine=False, server=played))
    if world.late < 2:
        yield "time goes on", world._replace(late=world.late + 1)
