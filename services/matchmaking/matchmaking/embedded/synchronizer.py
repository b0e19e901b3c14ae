"""Cycles: proposals of all match functions that run at a time go to the evaluator together.

One cycle after another, so that no ticket is in two accepted matches. Calls that register while one is under way share
the next.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import grpc

from kubeclient.clock import Clock
from matchmaking.embedded.intervals import Intervals
from matchmaking.embedded.status import StatusError
from matchmaking.embedded.tickets import Tickets
from matchmaking.openmatch.messages_pb2 import Match

Evaluate = Callable[[list[Match]], Awaitable[list[str]]]
"""The ids of the matches that are accepted, out of all proposals. Raises StatusError."""

log = logging.getLogger(__name__)


@dataclass
class Call:
    """One FetchMatches of a cycle."""

    proposals: list[Match] = field(default_factory=list)
    proposed: asyncio.Event = field(default_factory=asyncio.Event)
    """Its match function has ended, or was cut off."""

    cut_off: asyncio.Event = field(default_factory=asyncio.Event)
    """The time for proposals is over: what its function says from now on is ignored."""

    accepted: asyncio.Future[list[Match]] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    gone: bool = False
    """Nobody waits for its matches any more."""


class Synchronizer:
    """`register`, propose, and wait for what is accepted."""

    def __init__(self, clock: Clock, intervals: Intervals, tickets: Tickets, evaluate: Evaluate) -> None:
        self._clock, self._intervals, self._tickets, self._evaluate = clock, intervals, tickets, evaluate
        self._open: list[Call] | None = None
        """Calls of the cycle that takes registrations now."""

        self._running: asyncio.Task[None] | None = None
        self._next = asyncio.Condition()

    async def register(self) -> Call:
        """Join the cycle that is open, or wait until the one under way ends and begin the next."""
        call = Call()
        async with self._next:
            await self._next.wait_for(lambda: self._open is not None or self._running is None)
            if self._open is None:
                self._open = []
                self._running = asyncio.create_task(self._cycle(self._open))
            self._open.append(call)
        return call

    async def stop(self) -> None:
        """End the cycle under way; its calls fail."""
        if self._running:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)

    async def _cycle(self, calls: list[Call]) -> None:
        try:
            await self._clock.sleep(self._intervals.registration)
            self._open = None
            await self._collect(calls)
            await self._settle(calls)
        except StatusError as failure:
            log.warning("a cycle of %d calls is cancelled: %s", len(calls), failure)
            _fail(calls, failure)
        finally:
            _fail(calls, StatusError(grpc.StatusCode.UNAVAILABLE, "the core ends"))
            async with self._next:
                self._open = self._running = None
                self._next.notify_all()

    async def _collect(self, calls: list[Call]) -> None:
        """Until all functions have ended, or their time is over."""
        late = asyncio.create_task(self._cut_off(calls))
        try:
            for call in calls:
                await call.proposed.wait()
        finally:
            late.cancel()
            await asyncio.gather(late, return_exceptions=True)

    async def _cut_off(self, calls: list[Call]) -> None:
        await self._clock.sleep(self._intervals.collection)
        for call in calls:
            call.cut_off.set()

    async def _settle(self, calls: list[Call]) -> None:
        """What is accepted is hidden from queries before anybody is told of it."""
        if all(call.gone for call in calls):
            return
        proposals = [match for call in calls for match in call.proposals]
        _refuse_repeated([match.match_id for match in proposals], "multiple match functions used same match_id")
        accepted = await self._evaluate(proposals) if proposals else []
        _refuse_repeated(accepted, "evaluator returned same match_id twice")
        by_id = {match.match_id: match for match in proposals}
        for match_id in accepted:
            if match_id not in by_id:
                raise StatusError(
                    grpc.StatusCode.UNKNOWN, f"evaluator returned a match_id not in its input: {match_id!r}"
                )
            self._tickets.propose(ticket.id for ticket in by_id[match_id].tickets)
        taken = set(accepted)
        for call in calls:
            if not call.accepted.done():
                call.accepted.set_result([match for match in call.proposals if match.match_id in taken])


def _refuse_repeated(match_ids: list[str], what: str) -> None:
    """Raises StatusError, which ends the cycle for every caller: Open Match can't tell whose match is meant either."""
    seen: set[str] = set()
    for match_id in match_ids:
        if match_id in seen:
            raise StatusError(grpc.StatusCode.UNKNOWN, f"{what}: {match_id!r}")
        seen.add(match_id)


def _fail(calls: list[Call], failure: StatusError) -> None:
    for call in calls:
        if not call.accepted.done():
            call.accepted.set_exception(failure)
            call.accepted.exception()  # seen: a caller that has gone does not ask
