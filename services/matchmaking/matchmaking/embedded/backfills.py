"""The backfills of the core, in memory: free seats of running matches, and the tickets that are to take them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from uuid import uuid4

import grpc

from kubeclient.clock import Clock
from matchmaking.embedded import pool as pools
from matchmaking.embedded.intervals import Intervals
from matchmaking.embedded.status import StatusError, invalid, not_found
from matchmaking.embedded.tickets import Tickets, timestamp
from matchmaking.openmatch.backend_pb2 import AssignmentGroup
from matchmaking.openmatch.messages_pb2 import Assignment, Backfill, Pool, Ticket

FIRST_GENERATION = 1


@dataclass
class _Kept:
    backfill: Backfill
    acknowledged: float
    """When last, on the monotonic clock; at first, when it was made."""

    tickets: list[str] = field(default_factory=list)
    """Matched to it, and assigned at its next acknowledgement."""


class Backfills:
    """All of them. Nothing here waits, as in Tickets."""

    def __init__(self, clock: Clock, intervals: Intervals, tickets: Tickets) -> None:
        self._clock, self._intervals, self._tickets = clock, intervals, tickets
        self._all: dict[str, _Kept] = {}

    def create(self, given: Backfill, tickets: Iterable[str] = ()) -> Backfill:
        """Raises StatusError for one that says what only the core may."""
        if given.HasField("create_time"):
            raise invalid("backfills cannot be created with create time set")
        backfill = Backfill()
        backfill.CopyFrom(given)
        backfill.id, backfill.generation = uuid4().hex, FIRST_GENERATION
        backfill.create_time.CopyFrom(timestamp(self._clock))
        self._all[backfill.id] = _Kept(backfill, self._clock.monotonic(), list(tickets))
        return backfill

    def get(self, backfill_id: str) -> Backfill:
        """Also of one that has expired, until it is swept. Raises StatusError if there is none."""
        return self._kept(backfill_id).backfill

    def update(self, given: Backfill) -> Backfill:
        """By whoever runs the match: a new generation, and the tickets that were matched to the old one are free again.

        Raises StatusError if there is none, or if it has expired.
        """
        if not given.id:
            raise invalid("backfill ID should exist")
        kept = self._fresh(given.id)
        kept.backfill.search_fields.CopyFrom(given.search_fields)
        _replace(kept.backfill.extensions, given.extensions)
        _replace(kept.backfill.persistent_field, given.persistent_field)
        kept.backfill.generation += 1
        self._tickets.release(kept.tickets)
        kept.tickets = []
        return kept.backfill

    def match(self, given: Backfill, tickets: Iterable[str]) -> Backfill:
        """By a match: these tickets take seats of it at its next acknowledgement. One without an id is made.

        Raises StatusError for another generation than that of now: the match was made for seats that have changed.
        """
        if not given.id:
            unborn = Backfill()
            unborn.CopyFrom(given)
            unborn.ClearField("create_time")
            return self.create(unborn, tickets)
        kept = self._kept(given.id)
        if kept.backfill.generation != given.generation:
            raise StatusError(grpc.StatusCode.NOT_FOUND, "backfill generation mismatch")
        self._fresh(given.id)
        kept.backfill.search_fields.CopyFrom(given.search_fields)
        _replace(kept.backfill.extensions, given.extensions)
        kept.backfill.generation += 1
        kept.tickets += tickets
        return kept.backfill

    def acknowledge(self, backfill_id: str, assignment: Assignment) -> tuple[Backfill, list[Ticket]]:
        """Keep it, and assign the tickets that were matched to it: those that are still there are returned.

        Raises StatusError if there is none, or if it has expired.
        """
        kept = self._fresh(backfill_id)
        kept.acknowledged = self._clock.monotonic()
        if not kept.tickets:
            return kept.backfill, []
        waiting, kept.tickets = kept.tickets, []
        _, assigned = self._tickets.assign([AssignmentGroup(ticket_ids=waiting, assignment=assignment)])
        return kept.backfill, assigned

    def delete(self, backfill_id: str) -> None:
        """Its tickets are free again. One that is not there is deleted already."""
        kept = self._all.pop(backfill_id, None)
        if kept:
            self._tickets.release(kept.tickets)

    def query(self, pool: Pool) -> Iterator[Backfill]:
        """Those of the pool that have not expired."""
        for kept in self._all.values():
            if not self._expired(kept) and pools.contains(pool, kept.backfill):
                yield kept.backfill

    def sweep(self) -> None:
        """Delete what has expired."""
        for backfill_id in [name for name, kept in self._all.items() if self._expired(kept)]:
            self.delete(backfill_id)

    def _kept(self, backfill_id: str) -> _Kept:
        kept = self._all.get(backfill_id)
        if kept is None:
            raise not_found("Backfill", backfill_id)
        return kept

    def _fresh(self, backfill_id: str) -> _Kept:
        kept = self._kept(backfill_id)
        if self._expired(kept):
            raise StatusError(grpc.StatusCode.UNAVAILABLE, f"can not update an expired backfill, id: {backfill_id}")
        return kept

    def _expired(self, kept: _Kept) -> bool:
        return self._clock.monotonic() - kept.acknowledged > self._intervals.acknowledge


def _replace(target: object, source: object) -> None:
    """A map field: all of it."""
    target.clear()  # type: ignore[attr-defined]
    target.MergeFrom(source)  # type: ignore[attr-defined]
