"""The Kubernetes API, word for word: every precondition, header and timeout is the caller's to see.

Nothing is retried here. A call that failed has one error, and only its caller knows whether to repeat it.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Literal, Self, TypeVar

import msgspec

from kubeclient.clock import Clock, SystemClock
from kubeclient.error import ApiError, NoAnswerError, of_answer
from kubeclient.resources import Json, Resource, key_of
from kubeclient.timeout import Timeout
from kubeclient.transport import Request, Stream, Transport
from kubeclient.watch import WatchEvent, events

T = TypeVar("T")

JSON, JSON_PATCH, MERGE_PATCH = "application/json", "application/json-patch+json", "application/merge-patch+json"
TIMEOUT_SECONDS = 10.0
PAGE = 500
STRICT = {"fieldValidation": "Strict"}
"""A field that the server does not know is refused. By default it would be dropped: a record that was never kept."""

Propagation = Literal["Background", "Foreground", "Orphan"]


@dataclass(frozen=True, slots=True)
class Listing:
    """All objects of a kind at one moment, which `version` names."""

    items: Sequence[Json]
    version: str


@dataclass(frozen=True, slots=True)
class Call:
    """One request and how it ended, for whoever counts them. `status` is 0 when there was no answer."""

    verb: str
    resource: Resource
    status: int
    seconds: float


class Client:
    """One identity's view of one API server. An async context manager, which closes its connections.

    Every method raises ApiError: NoAnswerError when nothing (whole) came within `timeout` seconds.
    """

    def __init__(
        self,
        transport: Transport,
        clock: Clock | None = None,
        *,
        timeout: float = TIMEOUT_SECONDS,
        observe: Callable[[Call], None] = lambda _: None,
    ) -> None:
        self._transport, self._clock = transport, clock or SystemClock()
        self._timeout, self._observe = timeout, observe

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        await self._transport.close()

    # One object

    async def get(self, resource: Resource, name: str, namespace: str = "", *, subresource: str = "") -> Json:
        """As it is now: without a resourceVersion the API server asks a quorum of etcd, never its own cache."""
        return await self._call("get", resource, Request("GET", resource.path(namespace, name, subresource)))

    async def find(self, resource: Resource, name: str, namespace: str = "") -> Json | None:
        """As `get`, and None when the server says that this object is not there; every other error is one."""
        try:
            return await self.get(resource, name, namespace)
        except ApiError as error:
            if error.missing:
                return None
            raise

    async def create(self, resource: Resource, obj: Mapping[str, Any], *, subresource: str = "") -> Json:
        """POST; `metadata.generateName` works, and so does a subresource that is made of an object, as a Binding."""
        namespace, name = _identity(obj)
        path = resource.path(namespace, name if subresource else "", subresource)
        return await self._call("create", resource, Request("POST", path, STRICT, _encode(obj), JSON))

    async def replace(self, resource: Resource, obj: Mapping[str, Any], *, subresource: str = "") -> Json:
        """PUT. With `metadata.resourceVersion`: only if nobody wrote since; else `conflict`."""
        namespace, name = key_of(obj)
        request = Request("PUT", resource.path(namespace, name, subresource), STRICT, _encode(obj), JSON)
        return await self._call("update", resource, request)

    async def json_patch(
        self,
        resource: Resource,
        name: str,
        operations: Sequence[Mapping[str, Any]],
        namespace: str = "",
        *,
        subresource: str = "",
    ) -> Json:
        """RFC 6902, all or nothing. A `test` that fails is a `conflict`."""
        path = resource.path(namespace, name, subresource)
        return await self._call("patch", resource, Request("PATCH", path, STRICT, _encode(operations), JSON_PATCH))

    async def merge_patch(
        self,
        resource: Resource,
        name: str,
        body: Mapping[str, Any],
        namespace: str = "",
        *,
        subresource: str = "",
    ) -> Json:
        """RFC 7386. With `metadata.resourceVersion` in `body`: only if nobody wrote since; else `conflict`."""
        path = resource.path(namespace, name, subresource)
        return await self._call("patch", resource, Request("PATCH", path, STRICT, _encode(body), MERGE_PATCH))

    async def delete(
        self,
        resource: Resource,
        name: str,
        namespace: str = "",
        *,
        uid: str = "",
        version: str = "",
        propagation: Propagation = "Background",
        grace_seconds: int | None = None,
    ) -> Json:
        """Delete it, if it still is that `uid` and unwritten since resourceVersion `version`; else `conflict`.

        The answer is the object when something has to happen first (finalizers, a pod's grace), else a Status.
        One that is gone already is an error, `missing`.
        """
        given = {"uid": uid, "resourceVersion": version}
        preconditions = {name: value for name, value in given.items() if value}
        options: Json = {"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": propagation}
        options |= {"preconditions": preconditions} if preconditions else {}
        options |= {} if grace_seconds is None else {"gracePeriodSeconds": grace_seconds}
        request = Request("DELETE", resource.path(namespace, name), {}, _encode(options), JSON)
        return await self._call("delete", resource, request)

    # Many objects

    async def list(
        self, resource: Resource, namespace: str = "", *, labels: str = "", fields: str = "", page: int = PAGE
    ) -> Listing:
        """All of a kind, in one namespace or in all, from a quorum; `labels` and `fields` are selectors.

        They come `page` at a time, all as of one moment. When that is forgotten in between, all over again in one.
        The items carry apiVersion and kind, which the API server leaves out for its own kinds.
        """
        selection = {"labelSelector": labels, "fieldSelector": fields}
        own = {"apiVersion": resource.api_version, "kind": resource.kind}
        items: list[Json] = []
        token = ""
        while True:
            query = _given(selection | {"limit": str(page) if page else "", "continue": token})
            try:
                answer = await self._call("list", resource, Request("GET", resource.path(namespace), query))
            except ApiError as error:
                if not (error.expired and token):
                    raise
                items, token, page = [], "", 0
                continue
            items += [own | item for item in answer.get("items") or ()]
            token = answer["metadata"].get("continue", "")
            if not token:
                return Listing(items, answer["metadata"]["resourceVersion"])

    @asynccontextmanager
    async def watch(
        self,
        resource: Resource,
        namespace: str = "",
        *,
        version: str,
        labels: str = "",
        fields: str = "",
        seconds: float = 300,
    ) -> AsyncIterator[AsyncIterator[WatchEvent]]:
        """What happens after resourceVersion `version`, until the server ends the watch, after `seconds` at the latest.

        Opening it takes `timeout` at most. How long a silence may be is the caller's to say: there is no limit here.
        Raises ApiError, `expired` for a version that is forgotten, on opening or later.
        """
        query = {"watch": "true", "allowWatchBookmarks": "true", "resourceVersion": version}
        query |= {"timeoutSeconds": str(round(seconds)), "labelSelector": labels, "fieldSelector": fields}
        request = Request("GET", resource.path(namespace), _given(query))
        async with AsyncExitStack() as stack:
            stream = await self._timed("watch", resource, self._open(request, stack))
            yield await stack.enter_async_context(aclosing(events(stream)))

    # The wire

    async def _call(self, verb: str, resource: Resource, request: Request) -> Json:
        return await self._timed(verb, resource, self._send(request))

    async def _send(self, request: Request) -> Json:
        answer = await self._transport.send(request)
        if answer.status >= 400:
            raise of_answer(answer.status, answer.body, answer.retry_after)
        try:
            return msgspec.json.decode(answer.body, type=dict[str, Any])
        except msgspec.DecodeError as error:
            raise NoAnswerError(f"{request.method} {request.path}: not JSON: {error}") from None

    async def _open(self, request: Request, stack: AsyncExitStack) -> Stream:
        stream = await stack.enter_async_context(self._transport.open(request))
        if stream.status >= 400:
            raise of_answer(stream.status, b"".join([chunk async for chunk in stream.chunks()]))
        return stream

    async def _timed(self, verb: str, resource: Resource, work: Awaitable[T]) -> T:
        begun, status = self._clock.monotonic(), 0
        try:
            async with Timeout(self._clock, self._timeout):
                result = await work
            status = 200
            return result
        except TimeoutError:
            raise NoAnswerError(f"{verb} {resource}: no answer within {self._timeout:g} s") from None
        except ApiError as error:
            status = error.status
            raise
        finally:
            self._observe(Call(verb, resource, status, self._clock.monotonic() - begun))


def _identity(obj: Mapping[str, Any]) -> tuple[str, str]:
    metadata = obj["metadata"]
    return metadata.get("namespace", ""), metadata.get("name", "")


def _encode(body: object) -> bytes:
    return msgspec.json.encode(body)


def _given(query: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in query.items() if value}
