"""The tickets of the core, in memory: who waits, who is proposed, who is assigned, and who watches."""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterable, Iterator
from uuid import uuid4

from google.protobuf.timestamp_pb2 import Timestamp

from kubeclient.clock import Clock
from matchmaking.embedded import pool as pools
from matchmaking.embedded.intervals import Intervals
from matchmaking.embedded.status import invalid, not_found
from matchmaking.openmatch.backend_pb2 import AssignmentFailure, AssignmentGroup
from matchmaking.openmatch.messages_pb2 import Assignment, Pool, Ticket


class Tickets:
    """All of them. Nothing here waits, so that every change is whole for whoever else runs on the loop."""

    def __init__(self, clock: Clock, intervals: Intervals) -> None:
        self._clock, self._intervals = clock, intervals
        self._all: dict[str, Ticket] = {}
        self._waiting: dict[str, Ticket] = {}
        """Indexed: those that neither are assigned nor were."""

        self._by_tag: dict[str, dict[str, Ticket]] = {}
        self._pending: dict[str, float] = {}
        """When each was proposed: hidden from queries until it is released."""

        self._ends: dict[str, float] = {}
        self._watchers: dict[str, set[asyncio.Event]] = {}

    def create(self, given: Ticket) -> Ticket:
        """Raises StatusError for one that says what only the core may."""
        if given.HasField("assignment"):
            raise invalid("tickets cannot be created with an assignment")
        if given.HasField("create_time"):
            raise invalid("tickets cannot be created with create time set")
        ticket = Ticket()
        ticket.CopyFrom(given)
        ticket.id = uuid4().hex
        ticket.create_time.CopyFrom(timestamp(self._clock))
        self._all[ticket.id] = self._waiting[ticket.id] = ticket
        for tag in ticket.search_fields.tags:
            self._by_tag.setdefault(tag, {})[ticket.id] = ticket
        if self._intervals.ticket is not None:
            self._ends[ticket.id] = self._clock.monotonic() + self._intervals.ticket
        return ticket

    def get(self, ticket_id: str) -> Ticket:
        """Raises StatusError if there is none."""
        found = self._all.get(ticket_id)
        if found is None or self._over(ticket_id):
            raise not_found("Ticket", ticket_id)
        return found

    def delete(self, ticket_id: str) -> None:
        """One that is not there is deleted already."""
        self._all.pop(ticket_id, None)
        self._ends.pop(ticket_id, None)
        self._pending.pop(ticket_id, None)
        self._deindex(ticket_id)
        self._tell(ticket_id)

    def sweep(self) -> None:
        """Forget what has come to its end."""
        for ticket_id in [each for each in self._ends if self._over(each)]:
            self.delete(ticket_id)

    def query(self, pool: Pool) -> Iterator[Ticket]:
        """Who waits in the pool, and is in no match that was proposed."""
        found = self._candidates([each.tag for each in pool.tag_present_filters])
        for ticket_id, ticket in list(found.items()):
            if not self._is_pending(ticket_id) and not self._over(ticket_id) and pools.contains(pool, ticket):
                yield ticket

    def propose(self, ticket_ids: Iterable[str]) -> None:
        """Hide them until they are assigned or released, or `pending_release` has passed."""
        now = self._clock.monotonic()
        self._pending.update(dict.fromkeys(ticket_ids, now))

    def release(self, ticket_ids: Iterable[str]) -> None:
        for ticket_id in ticket_ids:
            self._pending.pop(ticket_id, None)

    def release_all(self) -> None:
        self._pending.clear()

    def assign(self, groups: Collection[AssignmentGroup]) -> tuple[list[AssignmentFailure], list[Ticket]]:
        """Overwrites. Those that are not there are failures, and the others are assigned all the same.

        Raises StatusError, and assigns none, for a group without an assignment, and for a ticket that is named twice or
        none at all.
        """
        wanted = _assignments(groups)
        failures: list[AssignmentFailure] = []
        assigned: list[Ticket] = []
        for ticket_id, assignment in wanted.items():
            ticket = None if self._over(ticket_id) else self._all.get(ticket_id)
            if ticket is None:
                cause = AssignmentFailure.TICKET_NOT_FOUND
                failures.append(AssignmentFailure(ticket_id=ticket_id, cause=cause))
            else:
                self._assign(ticket, assignment)
                assigned.append(ticket)
            self._deindex(ticket_id)
            self._pending.pop(ticket_id, None)
        return failures, assigned

    async def watch(self, ticket_id: str) -> AsyncIterator[Assignment]:
        """Each assignment once, the present one first; nothing before there is one.

        Raises StatusError once the ticket is gone, or if it never was there.
        """
        last, changed = None, asyncio.Event()
        watchers = self._watchers.setdefault(ticket_id, set())
        watchers.add(changed)
        try:
            while True:
                changed.clear()
                ticket = self.get(ticket_id)
                if ticket.HasField("assignment") and ticket.assignment != last:
                    last = Assignment()
                    last.CopyFrom(ticket.assignment)
                    yield last
                    continue
                await changed.wait()
        finally:
            watchers.discard(changed)
            if not watchers and self._watchers.get(ticket_id) is watchers:
                del self._watchers[ticket_id]

    def _assign(self, ticket: Ticket, assignment: Assignment) -> None:
        ticket.assignment.CopyFrom(assignment)
        self._ends[ticket.id] = self._clock.monotonic() + self._intervals.assigned_delete
        self._tell(ticket.id)

    def _candidates(self, tags: list[str]) -> dict[str, Ticket]:
        """The fewest that all of the pool's tickets are among."""
        return min((self._by_tag.get(tag, {}) for tag in tags), key=len, default=self._waiting)

    def _is_pending(self, ticket_id: str) -> bool:
        since = self._pending.get(ticket_id)
        return since is not None and self._clock.monotonic() - since <= self._intervals.pending_release

    def _over(self, ticket_id: str) -> bool:
        end = self._ends.get(ticket_id)
        return end is not None and self._clock.monotonic() >= end

    def _deindex(self, ticket_id: str) -> None:
        ticket = self._waiting.pop(ticket_id, None)
        for tag in ticket.search_fields.tags if ticket else ():
            tagged = self._by_tag.get(tag, {})
            tagged.pop(ticket_id, None)
            if not tagged:
                self._by_tag.pop(tag, None)

    def _tell(self, ticket_id: str) -> None:
        for watcher in self._watchers.get(ticket_id, ()):
            watcher.set()


def timestamp(clock: Clock) -> Timestamp:
    """Now, as Open Match writes it."""
    now = Timestamp()
    now.FromDatetime(clock.now())
    return now


def _assignments(groups: Collection[AssignmentGroup]) -> dict[str, Assignment]:
    wanted: dict[str, Assignment] = {}
    for group in groups:
        if not group.HasField("assignment"):
            raise invalid("AssignmentGroup.Assignment is required")
        for ticket_id in group.ticket_ids:
            if ticket_id in wanted:
                raise invalid(f"Ticket id {ticket_id} is assigned multiple times in one assign tickets call")
            wanted[ticket_id] = group.assignment
    if groups and not wanted:
        raise invalid("AssignmentGroupTicketIds is empty")
    return wanted
