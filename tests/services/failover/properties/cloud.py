"""A cloud in memory: machines take their time, calls fail in every way, and what was sent is carried out some time."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from failover.provider import ErrorClass, Instance, InstanceRequest, InstanceState, Place, ProviderError
from tests.doubles.clock import VirtualClock
from tests.services.failover.properties.process import OWNER

CALL, OPERATION, STOPPING = 0.2, 1.5, 2.0
"""Seconds: any call; from an accepted insert until the machine runs; from an accepted delete until it is gone."""

PATIENCE = 30.0
"""Seconds until the caller takes no answer for one."""

T = TypeVar("T")


def _nothing() -> None:
    pass


@dataclass(frozen=True, slots=True)
class Fail:
    """An error, and nothing is done."""

    error: ErrorClass


@dataclass(frozen=True, slots=True)
class Lose:
    """It is done, and the answer gets lost; `then` something else happens."""

    then: Callable[[], object] = field(default=_nothing, repr=False)


@dataclass(frozen=True, slots=True)
class Stall:
    """No answer, and nothing is done; `then` something else happens."""

    then: Callable[[], object] = field(default=_nothing, repr=False)


@dataclass(frozen=True, slots=True)
class Late:
    """No answer, and it is done so many seconds later."""

    seconds: float


Fault = Fail | Lose | Stall | Late
FAULTS: Mapping[str, Fault] = {
    **{each.value: Fail(each) for each in ErrorClass},
    "answer lost": Lose(),
    "no answer": Stall(),
    "5 s late": Late(5),
    "50 s late": Late(50),
}


@dataclass
class Vm:
    """A machine that was made. `off` is called once it has no power any more."""

    request: InstanceRequest
    created: datetime
    address: str
    metadata: dict[str, str]
    state: InstanceState = InstanceState.STARTING
    off: Callable[[], None] = field(default=lambda: None, repr=False)

    @property
    def place(self) -> Place:
        return self.request.place

    def shown(self) -> Instance:
        """Its address is final only once it runs."""
        return Instance(
            place=self.place,
            state=self.state,
            labels=self.request.labels,
            created=self.created,
            provider_id=f"gce://project/{self.place.zone}/{self.place.name}",
            machine_type=self.request.machine_type,
            external_addresses=(self.address,) if self.state is InstanceState.RUNNING else (),
        )


class Cloud:
    """`running` is told of a machine that has power, `deleting` of one that a program deletes, just before."""

    def __init__(self, clock: VirtualClock, running: Callable[[Vm], None], deleting: Callable[[Vm, str], None]) -> None:
        self.clock, self._running, self._deleting = clock, running, deleting
        self.vms: dict[Place, Vm] = {}
        self.choose: Callable[[str, str], Fault | None] = lambda _caller, _verb: None
        """Asked for the fault of every call."""

        self.lag = 0.0
        """Seconds by which lists are late."""

        self.calls: list[str] = []
        self._done: set[str] = set()
        self._past: list[tuple[float, list[Instance]]] = []
        self._tasks: set[asyncio.Task[object]] = set()

    # What befalls machines

    def preempt(self, vm: Vm) -> None:
        """The cloud takes it."""
        vm.off()
        self._remove(vm)

    def stop(self, vm: Vm) -> None:
        """It has no power any more, and is still there."""
        vm.off()
        vm.state = InstanceState.STOPPED
        self._note()

    async def close(self) -> None:
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # What programs ask of it

    async def call(self, caller: str, verb: str, work: Callable[[], T]) -> T:
        """One call, with what goes wrong with it. It goes on though its caller ends. Raises ProviderError."""
        return await asyncio.shield(self._begin(self._meet(caller, verb, work)))

    async def _meet(self, caller: str, verb: str, work: Callable[[], T]) -> T:
        await self.clock.sleep(CALL)
        self.calls.append(verb)
        match self.choose(caller, verb):
            case None:
                return work()
            case Fail(error):
                raise ProviderError(error, "a fault")
            case Lose(then):
                self._ignore(work)
                then()
            case Late(seconds):
                self._begin(self._later(seconds, work))
                await self.clock.sleep(PATIENCE)
            case Stall(then):
                then()
                await self.clock.sleep(PATIENCE)
        raise ProviderError(ErrorClass.RETRY, "no answer")

    async def _later(self, seconds: float, work: Callable[[], object]) -> None:
        await self.clock.sleep(seconds)
        self._ignore(work)

    def _ignore(self, work: Callable[[], object]) -> None:
        with suppress(ProviderError):  # nobody is told
            work()

    def insert(self, request: InstanceRequest) -> None:
        """As GceProvider: a request id stands for what came of it, a name that is taken is looked at."""
        if found := self.vms.get(request.place):
            if found.request.request_id != request.request_id:
                raise ProviderError(ErrorClass.CONFLICT, f"{request.place.name} is taken")
            return
        if request.request_id in self._done:
            return
        self._done.add(request.request_id)
        address = f"203.0.113.{len(self._done)}"
        vm = self.vms[request.place] = Vm(request, self.clock.now(), address, dict(request.metadata))
        self._note()
        self._begin(self._operate(vm))

    async def _operate(self, vm: Vm) -> None:
        await self.clock.sleep(OPERATION)
        if vm.state is InstanceState.STARTING and self.vms.get(vm.place) is vm:
            vm.state = InstanceState.RUNNING
            self._note()
            self._running(vm)

    def delete(self, place: Place, caller: str) -> None:
        vm = self.vms.get(place)
        if vm is None or vm.state is InstanceState.STOPPING:
            return
        self._deleting(vm, caller)
        vm.off()
        vm.state = InstanceState.STOPPING
        self._note()
        self._begin(self._end(vm))

    async def _end(self, vm: Vm) -> None:
        await self.clock.sleep(STOPPING)
        self._remove(vm)

    def listed(self) -> list[Instance]:
        """All, as of `lag` seconds ago."""
        then = self.clock.monotonic() - self.lag
        before = [machines for at, machines in self._past if at <= then]
        return list(before[-1]) if before else []

    def _remove(self, vm: Vm) -> None:
        if self.vms.get(vm.place) is vm:
            del self.vms[vm.place]
            self._note()

    def _note(self) -> None:
        self._past.append((self.clock.monotonic(), [vm.shown() for vm in self.vms.values()]))

    def _begin(self, work: Coroutine[object, object, T]) -> asyncio.Task[T]:
        token = OWNER.set(None)  # the cloud's own, whoever asked
        try:
            task = asyncio.get_running_loop().create_task(work)
        finally:
            OWNER.reset(token)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[object]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # seen, though its caller may not be there any more


class Link:
    """The Provider of one process."""

    def __init__(self, cloud: Cloud, caller: str) -> None:
        self._cloud, self._caller = cloud, caller

    async def insert(self, request: InstanceRequest) -> None:
        await self._call("insert", lambda: self._cloud.insert(request))
        await self._cloud.clock.sleep(OPERATION)

    async def get(self, place: Place) -> Instance | None:
        def found() -> Instance | None:
            vm = self._cloud.vms.get(place)
            return vm.shown() if vm else None

        return await self._call("get", found)

    async def list(self) -> list[Instance]:
        return await self._call("list", self._cloud.listed)

    async def delete(self, place: Place, request_id: str) -> None:  # noqa: ARG002 - one more deletes nothing more
        await self._call("delete", lambda: self._cloud.delete(place, self._caller))

    async def clear_metadata(self, place: Place, keys: tuple[str, ...]) -> None:
        def clear() -> None:
            vm = self._cloud.vms.get(place)
            for key in keys if vm else ():
                vm.metadata.pop(key, None)  # type: ignore[union-attr]

        await self._call("clear", clear)

    async def start(self, place: Place) -> None:
        raise ProviderError(ErrorClass.INVALID, f"nobody starts {place.name}: machines are made here")

    async def close(self) -> None:
        """There is nothing to let go of."""

    async def _call(self, verb: str, work: Callable[[], T]) -> T:
        return await self._cloud.call(self._caller, verb, work)
