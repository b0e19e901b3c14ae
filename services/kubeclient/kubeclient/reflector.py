"""A store of one kind, kept up by a list and then a watch, whatever becomes of the watch.

A watch can end, break off, or go on without a word (a route that is lost says nothing, nor does a server that was asked
for a version it has yet to reach, as after etcd was restored); its version can be forgotten. Each of these must end in
a store that is right again, and until then `staleness` says how old it may be.
"""

import logging
import math
import random
from asyncio import Event
from collections.abc import Callable, Mapping
from typing import Generic, Never, TypeVar

from kubeclient.backoff import Backoff
from kubeclient.client import Client
from kubeclient.clock import Clock
from kubeclient.error import ApiError, NoAnswerError
from kubeclient.resources import Json, Key, Resource, key_of
from kubeclient.store import Handler, Store
from kubeclient.timeout import Timeout
from kubeclient.watch import WatchEvent

T = TypeVar("T")
BOOKMARK_SECONDS = 60.0
"""How often the API server says at least something (staging/src/k8s.io/apiserver, cacher.go: every minute).

Of a kind that nobody writes it does so only if etcd tells it that time goes on (`--watch-progress-notify-interval`,
which kubeadm sets and plain etcd does not). Elsewhere such a kind is listed again after each silence.
"""

INACTIVITY_SECONDS = 1.2 * BOOKMARK_SECONDS
SHORT_SECONDS = 5.0
"""In which a watch that begins late in a silence has told at least what happened before it."""

WATCH_SECONDS = 300.0
"""The server is asked to end a watch after one to two times this, so that API servers share watches evenly in time."""

RESUMED = frozenset({429, 500, 502, 503})
"""Statuses after which the server may still know the version. After any other the list is fetched anew."""

log = logging.getLogger(__name__)


class Reflector(Generic[T]):
    """`run` never returns; cancel it. `synced` is set once the store has been whole for the first time.

    `inactivity_seconds` is how long a watch may be silent before it is taken for dead. Then all is listed again: going
    on from the version where it fell silent could be one more silence.
    """

    def __init__(
        self,
        client: Client,
        clock: Clock,
        resource: Resource,
        decode: Callable[[Json], T],
        *,
        namespace: str = "",
        labels: str = "",
        fields: str = "",
        inactivity_seconds: float = INACTIVITY_SECONDS,
        watch_seconds: float = WATCH_SECONDS,
        backoff: Backoff | None = None,
    ) -> None:
        self.resource = resource
        self.synced = Event()
        self._client, self._clock = client, clock
        self._namespace, self._labels, self._fields = namespace, labels, fields
        self._inactivity, self._watch_seconds = inactivity_seconds, watch_seconds
        self._backoff = backoff or Backoff()
        self._store = Store(decode)
        self._version = ""
        self._heard_at = -math.inf
        self._heard = 0

    @property
    def objects(self) -> Mapping[Key, T]:
        """What is known, by namespace and name."""
        return self._store.objects

    @property
    def unreadable(self) -> Mapping[Key, Exception]:
        """Objects that are there but could not be decoded; `objects` has their last readable form, if there was one."""
        return self._store.unreadable

    def on_change(self, handler: Handler[T]) -> None:
        """Call `handler` with (key, old, new) for every change from now on, one that a list reveals included."""
        self._store.on_change(handler)

    def staleness(self) -> float:
        """Seconds since the server last said anything of this kind; infinite before it first did."""
        return self._clock.monotonic() - self._heard_at

    async def run(self) -> Never:
        while True:
            try:
                await self._list()
                while True:
                    await self._follow()
            except ApiError as error:
                await self._pause(error)

    async def _list(self) -> None:
        listing = await self._client.list(self.resource, self._namespace, labels=self._labels, fields=self._fields)
        self._hear()
        self._store.replace(listing.items)
        self._version = listing.version
        self.synced.set()

    async def _follow(self) -> None:
        """One watch to its end. Raises ApiError unless another one can go on from there."""
        heard = self._heard
        try:
            await self._watch()
        except TimeoutError:
            # No failure, and so without a pause: of a kind that nobody writes this is all that is ever heard.
            log.debug("%s: the watch is silent; all is listed again", self.resource)
            await self._list()
            self._backoff.reset()
        except ApiError as error:
            if error.status not in RESUMED and not isinstance(error, NoAnswerError):
                raise
            await self._pause(error)
        else:
            if self._heard == heard:
                raise NoAnswerError("the watch ended without a word")

    async def _watch(self) -> None:
        """Raises ApiError, and TimeoutError when it falls silent."""
        watch = self._client.watch(
            self.resource,
            self._namespace,
            version=self._version,
            labels=self._labels,
            fields=self._fields,
            seconds=self._watch_seconds * random.uniform(1, 2),
        )
        async with Timeout(self._clock, self._inactivity) as silence:
            silence.restart(self._patience())
            async with watch as events:
                async for event in events:
                    silence.restart()
                    self._hear()
                    self._backoff.reset()
                    self._take(event)

    def _patience(self) -> float:
        """Seconds for which a watch that begins may be silent: a silence goes on over watches.

        Else one that broke in the middle of a silence would make the store a minute older than any watch may.
        """
        return max(self._inactivity - self.staleness(), min(SHORT_SECONDS, self._inactivity))

    def _take(self, event: WatchEvent) -> None:
        if event.type == "DELETED":
            self._store.remove(key_of(event.object))
        elif event.type in ("ADDED", "MODIFIED"):
            self._store.put(event.object)
        self._version = event.object["metadata"]["resourceVersion"]

    def _hear(self) -> None:
        self._heard += 1
        self._heard_at = self._clock.monotonic()

    async def _pause(self, error: ApiError) -> None:
        seconds = max(self._backoff.next(), error.retry_after or 0)
        log.info("%s: again in %.1f s: %s", self.resource, seconds, error)
        await self._clock.sleep(seconds)
