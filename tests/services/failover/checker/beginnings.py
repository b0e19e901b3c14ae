"""Where a world begins. From the middle of a failover on, what goes wrong late is found without all that came before.

Bounds are those from there on.
"""

from collections.abc import Callable

from failover.record import Attempt, AttemptState
from tests.services.failover.checker.search import Search
from tests.services.failover.checker.world import FREE, Bounds, Home, World, first

LIMIT = 200_000


def well(bounds: Bounds) -> World:
    """Nothing has happened yet."""
    return first(*bounds)


def retired(bounds: Bounds) -> World:
    """The home node is back, and the machine is about to be deleted."""
    return _reached(_is_retired, 1, bounds)


def reopened(bounds: Bounds) -> World:
    """The home node went again while the machine drained: it is open, and its node cordoned still."""
    return _reached(_is_reopened, 2, bounds)


def evidence(bounds: Bounds) -> World:
    """It is on record that the home machine is dead, and its node is not tainted yet."""
    return _reached(_is_known_to_be_dead, 1, bounds)


def tainted(bounds: Bounds) -> World:
    """A taint of ours that somebody left, on a node that is well, and no record of why."""
    return first(*bounds)._replace(home=Home(taint=True, servers=(FREE,)))


def _reached(there: Callable[[World], bool], faults: int, bounds: Bounds) -> World:
    """The nearest such world that one quick replica comes to. Raises LookupError."""
    found: list[World] = []

    def check(world: World) -> str:
        if not there(world):
            return ""
        found.append(world)
        return "there"

    Search(first(0, 1, faults, 0, 0), check, LIMIT, liveness=False).run()
    if not found:
        raise LookupError(there.__name__)
    given = first(*bounds)
    return found[0]._replace(replicas=given.replicas, faults=given.faults, crashes=given.crashes, matches=given.matches)


def _is_retired(world: World) -> bool:
    well = world.home.alive and world.home.ready and not world.home.stale
    machine = any(vm.machine and vm.node for vm in world.vms)
    return well and machine and _attempt(world).state is AttemptState.RETIRED


def _is_reopened(world: World) -> bool:
    cordoned = any(vm.machine and vm.cordoned for vm in world.vms)
    return cordoned and _attempt(world).state is AttemptState.OPEN


def _is_known_to_be_dead(world: World) -> bool:
    return bool(world.record and world.record.evidence) and not world.home.taint and not world.home.ready


def _attempt(world: World) -> Attempt:
    """The first; only to be asked where there is a machine."""
    assert world.record
    return world.record.attempts[0]
