"""One replica of the operator: looks, decides, writes, and looks again."""

from collections.abc import Iterator, Sequence
from functools import partial

from msgspec.structs import replace

from failover import decision
from failover.decision import collection, overflow
from failover.decision.action import Action
from failover.simulation.agenda import Once
from failover.simulation.cloud_calls import CloudCalls
from failover.simulation.cluster import Cluster
from failover.simulation.memory import Memory
from failover.simulation.moment import time_at
from failover.simulation.performing import ConflictError, Performing
from failover.simulation.view import View

STIRRED = 10.0
"""Seconds after a change within which every moment counts."""

Key = tuple[str, str]
"""A kind of decision (`node`, `fleet`, `stray`), and the name of what it is about."""


class Replica:
    """One process. Of several the first that lives leads, or without an election all act."""

    hands: type[Performing] = Performing
    """What carries its writes out."""

    def __init__(self, cluster: Cluster, number: int, others: Sequence["Replica"]) -> None:
        self._cluster, self._number, self._others = cluster, number, others
        self._times = cluster.scenario.operator
        self.who = "operator" if self._times.replicas == 1 else f"operator-{number}"
        self.alive = True
        self._leads_at = self._stirred = self._looked = 0.0
        self._life = 0
        self._writing = False
        self._last: Key = ("", "")
        self._kind: type[Action] | None = None
        """Of the last write."""

        self._once = Once(cluster.agenda, self._turn)
        self._begin()
        cluster.api.watch(self._changed)
        cluster.agenda.every(self._times.tick, self._tick)
        cluster.agenda.every(self._times.poll, self._list)
        cluster.agenda.every(self._times.poll, self._collect)

    def crash(self) -> None:
        """End where it stands: a write that it had not sent is not done, a call that it had sent goes on."""
        self.alive = False
        self._life += 1
        self._cluster.timeline.add(self.who, "crashes")
        for each in self._others:
            each.leads_after(self._times.takeover)

    def restart(self) -> None:
        self.alive = True
        self._cluster.timeline.add(self.who, "starts")
        self._begin()
        self._list()

    def leads_after(self, seconds: float) -> None:
        """The leader's Lease must run out first."""
        self._leads_at = max(self._leads_at, self._cluster.agenda.now + seconds)

    @property
    def acts(self) -> bool:
        """Whether it is the leader, or there is none to be."""
        if not self.alive or self._cluster.agenda.now < self._leads_at:
            return False
        return not self._times.takeover or not any(each.alive and each.number < self.number for each in self._others)

    @property
    def number(self) -> int:
        return self._number

    def _begin(self) -> None:
        self.memory = Memory(self._cluster.agenda.now)
        self._writing = False
        self._calls = CloudCalls(self._cluster, self.memory, self.who, self._once.ask)
        self._performing = self.hands(self._cluster, self.memory, self.who, self._calls)

    # Looking and writing

    def _turn(self) -> None:
        """The next write, if there is any to be done."""
        if not self.acts or self._writing:
            return
        self._looked = now = self._cluster.agenda.now
        view = self._view()
        for key in self._keys():
            if action := self._decide(key, view, now):
                self._writing, self._last = True, key
                # What can't be taken back is looked at again; the next of a row of such writes needs no new look.
                looks = action.confirm and type(action) is not self._kind
                self._kind = type(action)
                wait = self._times.write * (2 if looks else 1)
                self._cluster.agenda.after(wait, partial(self._write, key, action, now, self._life))
                return

    def _decide(self, key: Key, view: View, now: float) -> Action | None:
        """By the same functions as the real operator."""
        kind, name = key
        config, time = view.config, time_at(now)
        if kind == "node":
            return decision.decide(view.observed(name), config, time)
        if kind == "fleet":
            return overflow.decide(view.fleet(name))
        return collection.decide(view.stray(name), config, time) if name in self.memory.strays else None

    def _view(self) -> View:
        config = self._cluster.config
        if self._cluster.paused:
            config = replace(config, paused=tuple(self._cluster.paused))
        return View(self._cluster, self.memory, config)

    def _tick(self) -> None:
        """Time alone changes nothing while all is well, and little while nothing else happens."""
        now, view = self._cluster.agenda.now, self._view()
        stirred = now - self._stirred <= STIRRED or view.close or now - self._looked >= self._times.calm
        if stirred and not view.quiet:
            self._once.ask()

    def _changed(self) -> None:
        self._stirred = self._cluster.agenda.now
        self._once.ask()

    def _write(self, key: Key, action: Action, decided: float, life: int) -> None:
        if life != self._life:
            return
        self._writing = False
        try:
            if action.confirm and self._decide(key, self._view(), decided) != action:
                raise ConflictError("it is not so any more")
            home = key[1] if key[0] == "node" else self._cluster.cloud.owner(key[1])
            self._performing.perform(home, action)
        except ConflictError as error:
            self._cluster.timeline.add(
                self.who, f"{type(action).__name__} of {key[1]} was refused: {error}", detail=True
            )
        self._once.ask()

    def _keys(self) -> Iterator[Key]:
        """Everything, beginning after what was written last: nobody waits for ever."""
        keys = [("node", each) for each in self._cluster.homes]
        keys += [("fleet", each.name) for each in self._cluster.scenario.fleets if not each.buffer]
        keys += [("stray", each) for each in self.memory.strays]
        start = keys.index(self._last) + 1 if self._last in keys else 0
        yield from keys[start:] + keys[:start]

    # The cloud

    def _attempts(self) -> list[str]:
        """Machines on record."""
        records = self._cluster.api.records.values()
        return [each.vm_name for record in records for each in record.status.attempts]

    def _list(self) -> None:
        """Look at all machines on record."""
        if self.alive:
            self._calls.list(self._attempts())

    def _collect(self) -> None:
        """Machines and temporary nodes that are nobody's. An error is no list."""
        if not self.acts or self._cluster.cloud.error:
            return
        there = {each.name for each in self._cluster.cloud.living()}
        there |= {each.name for each in self._cluster.api.nodes.values() if each.temporary}
        now, strays = self._cluster.agenda.now, self.memory.strays
        self.memory.strays = {name: strays.get(name, now) for name in sorted(there - set(self._attempts()))}
        self._once.ask()
