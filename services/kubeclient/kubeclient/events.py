"""Events: what a person reads under an object with `kubectl describe`. They tell, and nothing depends on them.

Recording neither waits nor raises: an API server that is down must not keep anybody from acting.
"""

import hashlib
import logging
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from kubeclient import timestamp
from kubeclient.backoff import Backoff
from kubeclient.client import Client
from kubeclient.clock import Clock
from kubeclient.error import ApiError, NoAnswerError
from kubeclient.queue import QueueClosedError, WorkQueue
from kubeclient.resources import EVENTS, Json
from kubeclient.timeout import Timeout

WINDOW_SECONDS = 600.0
"""The same thing again within this is counted, not told anew."""

NOTES = 10
"""Different notes of one reason and object in that time. Further ones count as the last of these."""

SPACING_SECONDS = 10.0
"""A count is written at most this often."""

MOST = 1000
"""Events in memory. Beyond that new ones are dropped: telling is not worth an operator's memory."""

TRIES = 5
LONGEST_NOTE, LONGEST_NAME = 1024, 200
"""Bytes: what the API server takes, and what leaves room in a name of 253."""

Type = Literal["Normal", "Warning"]
log = logging.getLogger(__name__)


class _Same(NamedTuple):
    """What makes two Events one that happened twice, if their notes are the same."""

    uid: str
    name: str
    reason: str
    action: str
    type: Type


@dataclass(slots=True)
class _Told:
    """One thing that was told, how often, and how much of that is written."""

    event: Json
    last: float = 0.0
    last_time: str = ""
    count: int = 0
    written: int = 0


class EventRecorder:
    """`component` is who tells (`homeground.dev/failover`), `instance` which replica of it.

    `run` writes what `record` took; `close` writes the rest and ends it.
    """

    def __init__(self, client: Client, clock: Clock, *, component: str, instance: str) -> None:
        self._client, self._clock = client, clock
        self._reporter = {"reportingController": component, "reportingInstance": instance}
        self._told: dict[_Same, dict[str, _Told]] = {}
        self._size = 0
        self._swept_at = -math.inf
        self._queue: WorkQueue[tuple[_Same, str]] = WorkQueue(clock, Backoff(first=0.5, cap=10.0))

    def record(
        self, regarding: Mapping[str, Any], reason: str, note: str, *, action: str = "", type_: Type = "Normal"
    ) -> None:
        """Tell `note` of the object `regarding`; `reason` is CamelCase, `action` what was done (else the reason)."""
        try:
            self._record(regarding, _same(regarding, reason, action or reason, type_), note)
        except Exception:
            log.exception("the Event %s was not recorded", reason)

    async def run(self) -> None:
        """Write, until closed."""
        while True:
            try:
                which = await self._queue.get()
            except QueueClosedError:
                return
            try:
                await self._write(which)
            finally:
                self._queue.done(which)

    async def close(self, seconds: float = 2.0) -> None:
        """Write what is still to be written, within so many seconds, and no more from then on."""
        try:
            async with Timeout(self._clock, seconds):
                for which in [(same, note) for same, told in self._told.items() for note in told]:
                    for _ in ("the Event", "its count"):
                        await self._write(which)
        except TimeoutError:
            log.info("some Events were not written in time")
        finally:
            self._queue.close()

    def _record(self, regarding: Mapping[str, Any], same: _Same, note: str) -> None:
        if self._clock.monotonic() >= self._swept_at + SPACING_SECONDS:
            self._forget_old()
        now, time = self._clock.monotonic(), self._clock.now()
        notes = self._told.get(same, {})
        note = note if note in notes or len(notes) < NOTES else list(notes)[-1]
        if note not in notes:
            if self._size >= MOST:
                return
            self._size += 1
            self._told[same] = notes
            notes[note] = _Told(self._event(regarding, same, note, timestamp.to_microseconds(time)))
        told = notes[note]
        told.count, told.last, told.last_time = told.count + 1, now, timestamp.to_microseconds(time)
        self._queue.add_after((same, note), SPACING_SECONDS if told.count > 1 else 0)

    def _event(self, regarding: Mapping[str, Any], same: _Same, note: str, time: str) -> Json:
        metadata = regarding["metadata"]
        namespace = metadata.get("namespace", "")
        # A call whose answer is lost is repeated with the same name, so the Event is there once.
        digest = hashlib.sha256("\n".join((*same, note, time)).encode()).hexdigest()[:16]
        own = {"namespace": namespace} if namespace else {}
        reference = {
            "apiVersion": regarding["apiVersion"],
            "kind": regarding["kind"],
            "name": same.name,
            "uid": same.uid,
        }
        return {
            "apiVersion": EVENTS.api_version,
            "kind": EVENTS.kind,
            # What has no namespace has its Events in `default` (pkg/apis/core/validation/events.go).
            "metadata": {"namespace": namespace or "default", "name": f"{same.name[:LONGEST_NAME]}.{digest}"},
            "eventTime": time,
            **self._reporter,
            "action": same.action,
            "reason": same.reason,
            "type": same.type,
            "regarding": own | reference,
            "note": note.encode()[:LONGEST_NOTE].decode(errors="ignore"),
        }

    def _forget_old(self) -> None:
        self._swept_at = self._clock.monotonic()
        oldest = self._swept_at - WINDOW_SECONDS
        for same, notes in list(self._told.items()):
            for note in [note for note, told in notes.items() if told.last < oldest and told.written >= told.count]:
                del notes[note]
            if not notes:
                del self._told[same]
        self._size = sum(map(len, self._told.values()))

    async def _write(self, which: tuple[_Same, str]) -> None:
        same, note = which
        told = self._told.get(same, {}).get(note)
        if told is None or told.written >= told.count:
            return
        try:
            await self._send(told)
        except ApiError as error:
            self._failed(which, told, error)
            return
        self._queue.forget(which)
        if told.written < told.count:
            self._queue.add_after(which, SPACING_SECONDS)

    async def _send(self, told: _Told) -> None:
        """The Event itself, or how often it has happened by now. Raises ApiError."""
        if not told.written:
            try:
                await self._client.create(EVENTS, told.event)
            except ApiError as error:
                if not error.exists:
                    raise
            told.written = 1
            return
        count = told.count  # it may grow until the answer is here
        series = {"count": count, "lastObservedTime": told.last_time}
        metadata = told.event["metadata"]
        await self._client.merge_patch(EVENTS, metadata["name"], {"series": series}, metadata["namespace"])
        told.written = count

    def _failed(self, which: tuple[_Same, str], told: _Told, error: ApiError) -> None:
        """Try again what may work then; give up what won't, and go on with the next."""
        passing = isinstance(error, NoAnswerError) or error.status == 429 or error.status >= 500
        if passing and self._queue.failures(which) < TRIES:
            self._queue.retry(which)
            return
        log.warning("the Event %s was not written: %s", told.event["reason"], error)
        self._queue.forget(which)
        told.written = told.count


def _same(regarding: Mapping[str, Any], reason: str, action: str, type_: Type) -> _Same:
    metadata = regarding["metadata"]
    return _Same(metadata.get("uid", ""), metadata["name"], reason, action, type_)
