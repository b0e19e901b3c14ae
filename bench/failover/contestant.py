"""Who is measured, and in what world each likes to live."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from msgspec.structs import replace

from bench.failover.former import SCRIPT_SLEEP, former
from bench.failover.health_check import health_check
from bench.failover.restart import restart, watchdog
from bench.failover.world import scenario
from failover.simulation import Operators, play
from failover.simulation.cluster import Cluster
from failover.simulation.happenings import Stoppable
from failover.simulation.scenario import Scenario
from failover.simulation.summary import Summary, summarise


@dataclass(frozen=True)
class Contestant:
    """`world` makes the scenario of a boot time; `operators` is None for ours."""

    name: str
    world: Callable[[float], Scenario]
    operators: Operators | None = None

    def outcome(self, boot: float, seed: int) -> Summary:
        return summarise(play(self.world(boot), seed, operators=self.operators))


def with_script(boot: float) -> Scenario:
    """The former operator's start-up script sleeps before it joins."""
    made = scenario(boot)
    return replace(made, cloud=replace(made.cloud, boot=made.cloud.boot + SCRIPT_SLEEP))


def nobody(_: Cluster) -> Sequence[Stoppable]:
    return ()


OURS = Contestant("**ours**", scenario)
FORMER = Contestant("the former operator", with_script, former)
DEAD = (
    OURS,
    Contestant("ours, Leases renewed every 3 s", partial(scenario, renew=3, suspect_after=10)),
    FORMER,
    Contestant("medik8s NHC, defaults, best case", scenario, health_check),
    Contestant("none, or one that only restarts", scenario, nobody),
)
"""In the world in which a machine dies."""

HANG = partial(scenario, what="hang")
SLOW = partial(HANG, restart=180)
HUNG = (
    Contestant(OURS.name, HANG),
    Contestant("hardware watchdog of 20 s, restart in 40 s", HANG, watchdog),
    Contestant("hardware watchdog of 20 s, restart in 180 s", SLOW, watchdog),
    Contestant("health check and restart in 40 s", HANG, restart),
    Contestant("health check and restart in 180 s", SLOW, restart),
)
"""In the world in which a machine hangs, and would go on if it were switched off and on again."""
