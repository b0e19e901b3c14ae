"""What is to be done to many servers is done to all at a time, and one that changes meanwhile holds up none."""

import asyncio
from datetime import datetime
from typing import Any

import pytest

from failover.decision import action as act
from failover.decision.action import Action
from failover.decision.observed import Observed
from failover.runtime.operator import SOON, Operator
from kubeclient.queue import WorkQueue
from tests.doubles.clock import VirtualClock
from tests.services.failover.case import CONFIG, NOW, dead, server

pytestmark = pytest.mark.asyncio

SERVERS = (server("a"), server("b"), server("c"), server("played", "Allocated"))


class Hands(Operator):
    """An operator whose writes are noted; those to `changed` come too late, and all take a moment."""

    def __init__(self, *changed: str, broken: str = "") -> None:
        self._config, self._clock, self._parts = CONFIG, self, self  # type: ignore[assignment]
        self.queue, self._wrote = WorkQueue(VirtualClock()), {}
        self.performer = self
        self.changed, self.broken = changed, broken
        self.done: list[str] = []
        self.at_once, self.most = 0, 0

    def now(self) -> datetime:
        return NOW

    async def perform(self, action: Any, _: Observed) -> bool:
        assert isinstance(action, act.MarkSuspect)
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        await asyncio.sleep(0)
        self.at_once -= 1
        if action.name == self.broken:
            raise OSError(action.name)
        self.done.append(action.name)
        return action.name not in self.changed


def first(observed: Observed) -> Action:
    return act.MarkSuspect(*(getattr(observed.servers[0], each) for each in ("namespace", "name", "uid", "version")))


async def test_all_servers_without_a_match_are_marked_at_a_time() -> None:
    hands, observed = Hands(), dead(servers=SERVERS)
    assert await hands._act("home", first(observed), observed) is None
    assert (hands.done, hands.most) == (["a", "b", "c"], 3)


async def test_one_that_was_allocated_meanwhile_holds_up_none_and_is_looked_at_again() -> None:
    hands, observed = Hands("a"), dead(servers=SERVERS)
    assert await hands._act("home", first(observed), observed) == SOON
    assert hands.done == ["a", "b", "c"]


async def test_one_that_fails_is_told_when_all_have_been_tried() -> None:
    hands, observed = Hands(broken="a"), dead(servers=SERVERS)
    with pytest.raises(OSError, match="a"):
        await hands._act("home", first(observed), observed)
    assert hands.done == ["b", "c"]
