"""A double of the Kubernetes API server, in this process: quick, with a past, and with faults at any call.

`answer` is its API, `Wire` and `Served` put it before a Client (without and with HTTP). Tests also reach into it:
`put`, `edit`, `remove` are somebody else's writes, `watches` and `faults` what goes wrong, `calls` what was asked.
Contract tests hold it against the real one (test_kubernetes_contract.py).

Not here: authentication and admission, schemas, defaults, managed fields, garbage collection, any controller.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import msgspec

from kubeclient.clock import Clock
from kubeclient.resources import Resource, key_of
from kubeclient.transport import Answer, Request
from tests.doubles.kubernetes.faults import Break, Delay, Fault, Faults, Hang, LoseAnswer, Mangle, Refuse, Stale
from tests.doubles.kubernetes.kinds import KINDS, Kind
from tests.doubles.kubernetes.reading import Reading
from tests.doubles.kubernetes.refusal import Refusal
from tests.doubles.kubernetes.registry import Registry
from tests.doubles.kubernetes.routes import Call, call_of
from tests.doubles.kubernetes.storage import Change, Json, Storage, copy_of
from tests.doubles.kubernetes.watches import BOOKMARK_SECONDS, Broken, Watch

MANGLED = b'{"type": "ADDED", "obj'


@dataclass(frozen=True, slots=True)
class Done:
    """A call that came in, and what its sender was told: a status, or 0 for nothing."""

    call: Call
    status: int
    fault: Fault | None = None


class ApiServer:
    """One API server with its etcd. `bookmark_seconds` is how often a quiet watch says so."""

    def __init__(
        self, clock: Clock, kinds: Iterable[Kind] = KINDS, *, bookmark_seconds: float = BOOKMARK_SECONDS
    ) -> None:
        self.clock = clock
        self.storage = Storage()
        self.faults = Faults()
        self.calls: list[Done] = []
        self._kinds = {kind.resource: kind for kind in kinds}
        self._registry = Registry(self.storage, clock)
        self._reading = Reading(self.storage, clock, bookmark_seconds)
        self._watches: list[Watch] = []
        self._running: set[asyncio.Task[Any]] = set()
        self.storage.listen(self._tell)

    # What tests do to it

    def objects(self, resource: Resource) -> list[Json]:
        """All of a kind, as they are."""
        return [copy_of(obj) for obj in self.storage.objects(resource).values()]

    def find(self, resource: Resource, name: str, namespace: str = "") -> Json | None:
        found = self.storage.find(resource, (namespace, name))
        return copy_of(found) if found else None

    def put(self, resource: Resource, obj: Mapping[str, Any]) -> Json:
        """Somebody else writes it as it stands here, status and all: a new one, or over the old."""
        kind, key = self._kinds[resource], key_of(obj)
        if self.storage.find(resource, key) is None:
            return copy_of(self._registry.create(kind, key[0], dict(obj), whole=True))
        return copy_of(self._registry.overwrite(kind, key, dict(obj)))

    def edit(self, resource: Resource, name: str, change: Callable[[Json], object], namespace: str = "") -> Json:
        """Somebody else alters it: `change` gets a copy, of which status and all else counts."""
        kind, key = self._kinds[resource], (namespace, name)
        new = copy_of(self._registry.get(kind, key))
        change(new)
        return copy_of(self._registry.overwrite(kind, key, new))

    def remove(self, resource: Resource, name: str, namespace: str = "") -> None:
        """Somebody else deletes it: at once, unless it has finalizers."""
        self._registry.delete(self._kinds[resource], (namespace, name), {"gracePeriodSeconds": 0})

    def watches(self, resource: Resource | None = None, client: str = "") -> list[Watch]:
        """The open ones."""
        self._watches = [watch for watch in self._watches if watch.open]
        return [
            watch
            for watch in self._watches
            if resource in (None, watch.call.kind.resource) and client in ("", watch.call.client)
        ]

    @contextmanager
    def outage(self) -> Iterator[None]:
        """In this block nobody answers; what was asked before is lost."""
        chosen, self.faults.choose = self.faults.choose, lambda _: Break()
        for watch in self.watches():
            watch.break_off()
        try:
            yield
        finally:
            self.faults.choose = chosen

    async def close(self) -> None:
        """End what still runs: requests that hang, watches."""
        running = list(self._running)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        for watch in self.watches():
            watch.break_off()

    # What programs ask of it

    async def answer(self, client: str, request: Request) -> Answer | Watch:
        """What `client` is answered. Raises Broken. A sender that gives up recalls nothing: it is carried out still."""
        task = asyncio.create_task(self._answer(client, request))
        self._running.add(task)
        task.add_done_callback(self._ended)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            task.add_done_callback(_abandon)
            raise

    async def _answer(self, client: str, request: Request) -> Answer | Watch:
        await asyncio.sleep(0)  # others have their turn before a request arrives, and before its answer does
        try:
            call = call_of(client, request, self._kinds.values())
        except Refusal as refusal:
            return _refused(refusal)
        fault, answer = self.faults.of(call), None
        try:
            answer = await self._meet(call, fault)
        except Refusal as refusal:
            answer = _refused(refusal)
        finally:
            status = answer.status if isinstance(answer, Answer) else 200 if answer else 0
            self.calls.append(Done(call, status, fault))
        await asyncio.sleep(0)
        return answer

    async def _meet(self, call: Call, fault: Fault | None) -> Answer | Watch:
        """Carry the call out as far as the fault lets it."""
        if fault is None:
            return self._carry_out(call)
        answer: Answer | Watch = Answer(200, b"")
        if isinstance(fault, LoseAnswer | Mangle) or (isinstance(fault, Hang) and fault.done):
            with suppress(Refusal):
                answer = self._carry_out(call)
        fault.then()
        match fault:
            case Refuse(code, reason, message, seconds):
                raise Refusal(code, reason, message, {"retryAfterSeconds": seconds} if seconds else None)
            case Break() | LoseAnswer():
                raise Broken
            case Hang():
                await asyncio.Event().wait()
            case Delay(seconds):
                await self.clock.sleep(seconds)
            case Mangle():
                return _mangled(answer)
        return self._carry_out(call, fault.behind if isinstance(fault, Stale) else 0)

    def _carry_out(self, call: Call, behind: int = 0) -> Answer | Watch:
        version = max(self.storage.version - behind, self.storage.oldest) if behind else None
        registry, body = self._registry, call.body
        match call.verb:
            case "watch":
                watch = self._reading.watch(call)
                self._watches.append(watch)
                return watch
            case "get":
                return _answer(self._reading.get(call, version))
            case "list":
                return _answer(self._reading.list(call, version))
            case "create":
                return _answer(registry.create(call.kind, call.namespace, body), 201)
            case "update":
                return _answer(registry.update(call.kind, call.key, body, call.subresource))
            case "patch":
                return _answer(registry.patch(call.kind, call.key, call.content_type, body, call.subresource))
            case _:
                return _answer(registry.delete(call.kind, call.key, body or {}))

    def _tell(self, change: Change) -> None:
        for watch in self.watches():
            watch.tell(change)

    def _ended(self, task: asyncio.Task[Answer | Watch]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()  # seen, though its sender may not be there any more


def _abandon(task: asyncio.Task[Answer | Watch]) -> None:
    """A watch whose asker has gone before it was opened."""
    answer = None if task.cancelled() or task.exception() else task.result()
    if isinstance(answer, Watch):
        answer.open = False


def _answer(obj: Json, status: int = 200) -> Answer:
    return Answer(status, msgspec.json.encode(obj))


def _refused(refusal: Refusal) -> Answer:
    if not refusal.reason:
        return Answer(refusal.code, refusal.message.encode())
    seconds = (refusal.details or {}).get("retryAfterSeconds")
    return Answer(refusal.code, msgspec.json.encode(refusal.status()), str(seconds or ""))


def _mangled(answer: Answer | Watch) -> Answer | Watch:
    if isinstance(answer, Watch):
        answer.say(MANGLED + b"\n")
        return answer
    return Answer(answer.status, MANGLED)
