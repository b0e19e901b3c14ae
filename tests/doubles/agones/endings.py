"""What takes Agones or the control plane long, begun before all tests and looked at by the last."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from tests.cluster.api import Json
from tests.cluster.machine import Machine
from tests.doubles.agones.world import World, own_machine


class Refused(NamedTuple):
    """A Fleet of one, whose pod admission refuses."""

    world: World
    quota: Json
    fleet: Json


class Dead(NamedTuple):
    """A Fleet of two that were Ready when their machine died."""

    world: World
    machine: Machine
    fleet: Json


class Endings(NamedTuple):
    refused: Refused
    dead: Dead


@contextmanager
def begun(world: World) -> Iterator[Endings]:
    forbidden, dying = world.in_namespace("refused"), world.in_namespace("dying")
    refused = Refused(forbidden, forbidden.forbid_pods(), forbidden.fleet(1))
    with own_machine(dying, "10.9.1.3") as (machine, pod):
        fleet = dying.ready_fleet(2, template={"pod": pod})
        machine.die()
        yield Endings(refused, Dead(dying, machine, fleet))
