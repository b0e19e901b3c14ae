"""The loop: something changed or time has passed, so look, decide, and write at most one thing; then look again.

Safety does not rest on who leads: every write carries its precondition, and what can't be taken back is decided once
more on a quorum's word just before.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from failover.config import Config
from failover.decision import action as act
from failover.decision import collection, decide, overflow
from failover.decision.action import Action
from failover.decision.observed import Observed
from failover.provider import Place, ProviderError
from failover.runtime import fleets, strays
from failover.runtime.caches import Caches
from failover.runtime.observer import Observer, Signs, with_server
from failover.runtime.pace import Pace
from failover.runtime.performer import Cloud, Performer
from failover.runtime.source import Cached, Quorum, Source
from failover.runtime.surroundings import Budget
from failover.runtime.triggers import Game, Home, Orphan, Subject, Triggers
from kubeclient.client import Client
from kubeclient.clock import Clock
from kubeclient.queue import WorkQueue

WORKERS = 4
SOON, IDLE_SECONDS = 0.5, 30.0
"""Until the next look at a node with an incident; at one without, unless its Lease falls silent before."""

LIST_SECONDS = 20.0
"""Between two lists of the cloud's machines."""

log = logging.getLogger(__name__)


class StaleError(Exception):
    """The watches have been silent for too long to decide anything."""


@dataclass
class Parts:
    """What an Operator is put together of."""

    client: Client
    clock: Clock
    config: Config
    caches: Caches
    signs: Signs
    budget: Budget
    performer: Performer
    cloud: Cloud | None
    may_act: Callable[[], bool]
    """Whether this replica leads. Only saves work: see the module's docstring."""

    failed: Callable[[], None] = lambda: None


class Operator:
    """One replica. `run` never returns; cancel it."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._config, self._clock, self._caches = parts.config, parts.clock, parts.caches
        machines = parts.cloud.machines if parts.cloud else None
        self._cached: Source = Cached(parts.caches, machines)
        self._quorum: Source = Quorum(parts.client, machines)
        self._observer = Observer(parts.signs, parts.config)
        self._strays = strays.Strays(parts.clock, parts.config, parts.client, parts.caches, self._quorum)
        self.queue: WorkQueue[Subject] = WorkQueue(parts.clock)
        self._pace = Pace(parts.clock)
        self._wrote: dict[str, Action] = {}
        """By home node: the last write about it, as long as there is one to be made."""

        self._triggers = Triggers(parts.caches, parts.signs.beats, self.queue)
        self._caches.on_change(self._triggers.changed)

    async def run(self) -> None:
        """Keep the caches, wait until they are whole, and work on."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._caches.run())
                group.create_task(self._begin(group))
        finally:
            self.queue.close()

    async def _begin(self, group: asyncio.TaskGroup) -> None:
        await self._caches.synced()
        self.look_at_everything()
        for _ in range(WORKERS):
            group.create_task(self.queue.work(self._look))
        if self._parts.cloud:
            group.create_task(self._list_machines(self._parts.cloud))

    def look_at_everything(self) -> None:
        """As at the beginning, or when this replica has just been elected."""
        self._triggers.everything()

    # Looking

    async def _look(self, subject: Subject) -> float | None:
        """Seconds until the next look at the latest. What it raises is retried."""
        if not self._parts.may_act():
            return None
        if wait := self._pace.wait(subject):
            return wait
        if stale := self._caches.stale():
            raise StaleError(", ".join(stale))
        try:
            match subject:
                case Home(name):
                    return await self._look_at_home(name)
                case Game(namespace, name):
                    return await self._look_at_fleet(namespace, name)
                case Orphan(place):
                    return await self._look_at_orphan(place)
        except Exception:
            self._parts.failed()
            raise

    async def _look_at_home(self, name: str) -> float | None:
        seen = await self._observer.observe(name, self._cached)
        action = self._decide(seen)
        if action and action.confirm:
            seen = await self._observer.observe(name, self._quorum)
            action = self._decide(seen)
        if action is None:
            self._wrote.pop(name, None)
            return self._wait(seen)
        return await self._act(name, action, seen)

    async def _act(self, name: str, action: Action, seen: Observed) -> float | None:
        """Write, and look again at once, unless the caches are behind: they bring it up again when they are not.

        Else one late watch would have the same write sent without end, as fast as it is refused.
        """
        done = await asyncio.gather(
            *(self._write(each, seen) for each in self._at_once(action, seen)), return_exceptions=True
        )
        for failure in (each for each in done if isinstance(each, BaseException)):
            raise failure
        if not all(done):
            return SOON  # overtaken
        if self._wrote.get(name) == action:
            return SOON  # written before, and not heard of yet
        self._wrote[name] = action
        self.queue.add(Home(name))
        return None

    def _at_once(self, action: Action, seen: Observed) -> list[Action]:
        """It and what follows of its kind, of other servers: a dead machine's are given up all at a time.

        One that is overtaken, say by an allocation, holds up none of the others.
        """
        found = [action]
        while (changed := _followed(found[-1], seen)) is not None:
            seen, following = changed, decide(changed, self._config, self._clock.now())
            if type(following) is not type(action):
                break
            found.append(following)
        return found

    def _decide(self, seen: Observed) -> Action | None:
        action = decide(seen, self._config, self._clock.now())
        if isinstance(action, act.WriteStatus):
            self._parts.budget.reserve(_new_machines(action, seen))  # before anything is waited for
        return action

    async def _write(self, action: Action, seen: Observed) -> bool:
        written = await self._parts.performer.perform(action, seen)
        if not written and isinstance(action, act.WriteStatus):
            self._parts.budget.release(_new_machines(action, seen))
        return written

    def _wait(self, seen: Observed) -> float:
        """Until something may be so by time alone."""
        if seen.record and (seen.record.status.open or seen.record.status.attempts):
            return SOON
        silent = self._config.suspect_after - seen.lease_silent
        return max(SOON, min(IDLE_SECONDS, silent)) if seen.home else IDLE_SECONDS

    async def _look_at_fleet(self, namespace: str, name: str) -> float | None:
        view = fleets.view(self._caches, self._parts.signs.lacking, namespace, name)
        action = overflow.decide(view) if view else None
        if action is None:
            return SOON if view and (view.overflow or view.moving) else None
        if action.confirm and await self._strays.servers_of(namespace, f"{name}{overflow.SUFFIX}"):
            return SOON
        await self._parts.performer.perform(action)
        return SOON

    async def _look_at_orphan(self, place: Place) -> float | None:
        stray = await self._strays.look(place)
        action = collection.decide(stray, self._config, self._clock.now())
        if action is None:
            gone = not stray.machine and stray.node is None
            return None if stray.owned or gone else SOON * 10
        seen = Observed(stray.owner, None, stray.record) if stray.record else None
        await self._parts.performer.perform(action, seen)
        return SOON * 10

    async def _list_machines(self, cloud: Cloud) -> None:
        """The cloud tells nothing by itself: it is asked, now and then."""
        while True:
            try:
                await cloud.machines.look_at_all(self._recorded())
                for place in self._strays.candidates(cloud.machines.listed):
                    self.queue.add(Orphan(place))
            except ProviderError as error:
                log.warning("the cloud's machines were not listed: %s", error)
            await self._clock.sleep(LIST_SECONDS)

    def _recorded(self) -> list[Place]:
        """Of every attempt on record."""
        return [Place(each.zone, each.vm_name) for _, each in self._caches.attempts()]


def _followed(action: Action, seen: Observed) -> Observed | None:
    """What is seen after a write to one of many servers, so that the next needs no new look; None after any other."""
    match action:
        case act.DeleteServer(uid=uid) if any(each.uid == uid for each in seen.servers):
            return replace(with_server(seen, uid, deleting=True), replacing=True)
        case act.MarkSuspect(uid=uid):
            return with_server(seen, uid, suspect=True)
        case act.ClearSuspect(uid=uid):
            return with_server(seen, uid, suspect=False)
    return None


def _new_machines(action: act.WriteStatus, seen: Observed) -> list[str]:
    known = {each.vm_name for each in seen.record.status.attempts} if seen.record else set()
    return [each.vm_name for each in action.status.attempts if each.vm_name not in known]
