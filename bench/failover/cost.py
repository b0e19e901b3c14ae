"""What the decision itself costs: every situation of a whole failover, decided again with a stopwatch."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from unittest.mock import patch

from bench.failover.world import scenario
from failover import decision
from failover.config import Config
from failover.decision.action import Action
from failover.decision.observed import Observed
from failover.simulation import play

ROUNDS = 20
Situation = tuple[Observed, Config, datetime]


@dataclass(frozen=True)
class Cost:
    """Microseconds of one call; `incident` is the sum of all calls of one failover."""

    calls: int
    p50: float
    p99: float
    largest: float
    incident: float


def measure(boot: float = 35) -> Cost:
    """Each situation ROUNDS times, so that what else the machine does is a part of the tail."""
    situations = list(_situations(boot))
    spent = []
    for _ in range(ROUNDS):
        for situation in situations:
            begun = time.perf_counter_ns()
            decision.decide(*situation)
            spent.append((time.perf_counter_ns() - begun) / 1000)
    spent.sort()
    return Cost(len(situations), _at(spent, 0.5), _at(spent, 0.99), spent[-1], sum(spent) / ROUNDS)


def _situations(boot: float) -> Iterator[Situation]:
    with _recorded() as seen:
        play(scenario(boot))
    yield from seen


@contextmanager
def _recorded() -> Iterator[list[Situation]]:
    seen: list[Situation] = []
    decide = decision.decide

    def recording(observed: Observed, config: Config, now: datetime) -> Action | None:
        seen.append((observed, config, now))
        return decide(observed, config, now)

    with patch.object(decision, "decide", recording):
        yield seen


def _at(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
