"""Temporary machines as far as this replica knows, and the calls to the cloud about them that are under way.

A call takes seconds, so it runs beside everything else; a machine with one under way is `busy`. Whatever it ends with
is remembered until something newer is known. What was never asked is UNKNOWN.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from uuid import NAMESPACE_URL, uuid5

from failover.decision.observed import Machine
from failover.provider import ErrorClass, Instance, InstanceRequest, InstanceState, Place, Provider, ProviderError
from kubeclient.clock import Clock

POLL_SECONDS = 2.0
"""Between two looks at a machine that is being deleted."""

log = logging.getLogger(__name__)
Call = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Known:
    """The last word about a machine."""

    machine: Machine = Machine.UNKNOWN
    instance: Instance | None = None
    failed: str = ""
    busy: bool = False


class Machines:
    """`changed` is called with the place of a machine of which something new is known."""

    def __init__(self, provider: Provider, clock: Clock, changed: Callable[[Place], None]) -> None:
        self._provider, self._clock, self._changed = provider, clock, changed
        self._known: dict[Place, Known] = {}
        self._tasks: dict[Place, asyncio.Task[None]] = {}
        self.listed: dict[Place, Instance] = {}

    def known(self, place: Place) -> Known:
        known = self._known.get(place, Known())
        return Known(known.machine, known.instance, known.failed, busy=place in self._tasks)

    def new(self, place: Place) -> None:
        """Nothing of that name can be there: the attempt was put on record by this replica just now."""
        self._known.setdefault(place, Known(Machine.ABSENT))

    async def look(self, place: Place) -> Known:
        """Ask the cloud now. Raises ProviderError."""
        self._note(place, await self._provider.get(place))
        return self.known(place)

    async def look_at_all(self, recorded: Iterable[Place]) -> None:
        """List all of the cluster. One that is missing from a list may only be new: it is asked for by name.

        So is each that is `recorded`: it may have been deleted before this replica began. Raises ProviderError.
        """
        listed = {instance.place: instance for instance in await self._provider.list()}
        self.listed = listed
        for place, instance in listed.items():
            if place not in self._tasks:
                self._note(place, instance)
        there = {place for place, known in self._known.items() if known.machine in (Machine.PRESENT, Machine.STOPPED)}
        unknown = {place for place in recorded if self.known(place).machine is Machine.UNKNOWN}
        for place in sorted((there | unknown) - set(listed), key=lambda each: (each.zone, each.name)):
            if place not in self._tasks:
                await self._look_unless_called_about(place)

    def insert(self, request: InstanceRequest) -> None:
        """From now on it may be there, and may have begun to boot long before the cloud's answer is in."""
        if request.place not in self._tasks:
            self._known[request.place] = Known(failed=self.known(request.place).failed)
        self._begin(request.place, lambda: self._insert(request))

    def clear(self, place: Place, keys: tuple[str, ...], done: Callable[[], None]) -> None:
        self._begin(place, lambda: self._clear(place, keys, done))

    def delete(self, place: Place) -> None:
        self._begin(place, lambda: self._delete(place))

    async def close(self) -> None:
        """Stop waiting for the calls under way. The cloud goes on with them, and a successor sees what came of it."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _look_unless_called_about(self, place: Place) -> None:
        """An answer that a call overtook says nothing of what is there now."""
        before = self._known.get(place)
        found = await self._provider.get(place)
        if place not in self._tasks and self._known.get(place) is before:
            self._note(place, found)

    async def _insert(self, request: InstanceRequest) -> None:
        try:
            await self._provider.insert(request)
            self._note(request.place, await self._provider.get(request.place))
        except ProviderError as error:
            self._known[request.place] = Known(Machine.UNKNOWN, failed=error.error_class)
            raise

    async def _clear(self, place: Place, keys: tuple[str, ...], done: Callable[[], None]) -> None:
        await self._provider.clear_metadata(place, keys)
        done()

    async def _delete(self, place: Place) -> None:
        # An id of its own: the one that it was made with stands for its making, for ever.
        await self._provider.delete(place, str(uuid5(NAMESPACE_URL, f"delete/{place.zone}/{place.name}")))
        while (await self.look(place)).machine is not Machine.ABSENT:
            await self._clock.sleep(POLL_SECONDS)

    def _begin(self, place: Place, call: Call) -> None:
        """One at a time: what else is to be done about it is decided anew when this one is over."""
        if place not in self._tasks:
            self._tasks[place] = asyncio.ensure_future(self._run(place, call))

    async def _run(self, place: Place, call: Call) -> None:
        try:
            await call()
        except ProviderError as error:
            log.warning("%s in %s: %s", place.name, place.zone, error)
            if error.error_class is ErrorClass.RETRY:
                await self._clock.sleep(POLL_SECONDS)
        finally:
            del self._tasks[place]
            self._changed(place)

    def _note(self, place: Place, instance: Instance | None) -> None:
        before = self._known.get(place)
        machine = _machine(instance)
        self._known[place] = Known(machine, instance)
        if before is None or (before.machine, before.instance) != (machine, instance):
            self._changed(place)


def _machine(instance: Instance | None) -> Machine:
    if instance is None:
        return Machine.ABSENT
    return Machine.STOPPED if instance.state is InstanceState.STOPPED else Machine.PRESENT
