"""The decision: what is seen of one home node, in; at most one write, out.

It is pure, total and typed. Every rule is a function of the situation, with its reason in its docstring; the order of
RULES is that of urgency. What follows from a write is decided once the write is seen, never assumed.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from failover.config import Config
from failover.decision import (
    draining,
    incident,
    joining,
    out_of_service,
    planned,
    provisioning,
    report,
    retirement,
    soft_failover,
    suspicion,
    temporary,
)
from failover.decision.action import Action
from failover.decision.observed import Observed
from failover.decision.situation import Situation

Rule = Callable[[Situation], Action | None]

ALWAYS: Sequence[Rule] = (out_of_service.lift, suspicion.clear, suspicion.mark, planned.hand_back, incident.begin)
"""With or without a record. What an earlier incident or a crash left behind is undone first."""

RULES: Sequence[Rule] = (
    incident.finalize,
    incident.flap,
    incident.recover,
    draining.again,
    provisioning.request,
    joining.step,
    soft_failover.delete,
    soft_failover.nudge,
    out_of_service.forget,
    out_of_service.record,
    out_of_service.taint,
    temporary.step,
    draining.step,
    retirement.step,
    planned.drain,
    incident.complete,
)
"""Of a node with a record."""


def decide(seen: Observed, config: Config, now: datetime) -> Action | None:
    """The most urgent write, or None when there is nothing to do but wait; the report comes last."""
    case = Situation(seen, config, now)
    if action := next_step(case):
        return action
    return report.write(case) if seen.record else None


def next_step(case: Situation) -> Action | None:
    """The most urgent write, the report aside."""
    for rule in (*ALWAYS, *(RULES if case.seen.record else ())):
        if action := rule(case):
            return action
    return None
