"""Matches are fetched, put on record, and seen to until nothing of them is left; by whichever replica looks next."""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Never

from kubeclient.clock import Clock
from kubeclient.queue import QueueClosedError, WorkQueue
from kubeclient.resources import Json
from matchmaking import seats, wire_form
from matchmaking.director.decide import Patience, decide, reap
from matchmaking.director.observer import Observer, server
from matchmaking.director.performer import Performer
from matchmaking.director.record import MatchRecord, Phase
from matchmaking.director.shares import Shares
from matchmaking.director.sight import Sight
from matchmaking.director.usher import member
from matchmaking.director.watched import Watched, match_of
from matchmaking.openmatch.backend_pb2 import FetchMatchesRequest, FunctionConfig
from matchmaking.openmatch.messages_pb2 import Match, MatchProfile
from matchmaking.settings import Mode

WORKERS = 32
SOON_SECONDS = 0.5
"""Until the next look at a match that is being made, about which there is nothing to do now."""

SWEEP_SECONDS = 10.0
"""Between two looks at all that is on record: other replicas may have died."""

STEP_SECONDS = 0.05
"""Of a sweep, after as many matches as there are workers: new ones wait in the same queue."""

PAUSE_SECONDS = 0.2
"""Between two fetches that brought nothing, of one mode."""

FILLED_SHARE = 0.5
"""Of the longest session: a match that may end that soon takes no more players."""

log = logging.getLogger(__name__)


@dataclass
class Parts:
    """What a Director is put together of."""

    clock: Clock
    performer: Performer
    observer: Observer
    watched: Watched
    patience: Patience
    function: FunctionConfig
    shares: Shares
    sweep_seconds: float = SWEEP_SECONDS


class Director:
    """One replica. `run` never returns; cancel it."""

    def __init__(self, parts: Parts) -> None:
        self._parts, self._performer = parts, parts.performer
        self._ledger, self._clock = parts.performer.ledger, parts.clock
        self._modes: Mapping[str, Mode] = {mode.id: mode for mode in self._performer.settings.modes}
        self._queue: WorkQueue[str] = WorkQueue(parts.clock)
        parts.watched.on_change(self._queue.add)

    async def run(self) -> Never:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._parts.watched.run())
            for mode in self._modes.values():
                group.create_task(self._fetch_for_ever(mode))
            for _ in range(WORKERS):
                group.create_task(self._queue.work(self._look))
            group.create_task(self._sweep_for_ever())
            group.create_task(self._parts.shares.run())
        raise QueueClosedError

    async def _fetch_for_ever(self, mode: Mode) -> Never:
        """A mode that can't be fetched stops no other."""
        while True:
            try:
                found = await self._fetch(mode) if self._parts.shares.mine(mode.id) else 0
            except Exception:
                log.exception("%s: no matches could be fetched", mode.id)
                found = 0
            if not found:
                await self._clock.sleep(PAUSE_SECONDS)

    async def _fetch(self, mode: Mode) -> int:
        """How many matches there were."""
        found = 0
        async for answer in self._performer.backend.FetchMatches(
            FetchMatchesRequest(config=self._parts.function, profile=profile(mode))
        ):
            found += 1
            try:
                if match_id := await self._take(answer.match, mode):
                    self._queue.add(match_id)
            except wire_form.MalformedError as error:
                log.warning("%s: a match that is none of ours was given back: %s", mode.id, error)
                await self._performer.core.give_back([ticket.id for ticket in answer.match.tickets])
        return found

    async def _take(self, match: Match, mode: Mode) -> str:
        """The id of the match that it is, or whose free seats it takes; empty if there is nothing to do."""
        if match.HasField("backfill") and not match.allocate_gameserver:
            return await self._performer.usher.admit(match)
        record = proposed(match, mode, self._ledger.now())
        return record.id if await self._ledger.begin(record) else ""

    async def _look(self, match_id: str) -> float | None:
        """One action after another, until there is nothing to do now."""
        sight = Sight(self._parts.observer)
        while True:
            record = await self._ledger.match(match_id)
            if record is None:
                return None
            if (mode := self._modes.get(record.mode)) is None:
                log.warning("match %s is of mode %s, which is none any more", match_id, record.mode)
                return SWEEP_SECONDS
            observed = await self._parts.observer.observe(record, await sight.servers(record, mode))
            action = decide(record, observed, self._ledger.now(), self._parts.patience)
            if action is None:
                return again(record, self._ledger.now(), self._parts.patience)
            if sight.suffices(record, action):
                log.debug("match %s, %s: %s", match_id, record.phase, action)
                sight.done(await self._performer.perform(record, mode, action))

    async def _sweep_for_ever(self) -> Never:
        """At once, too: the one that was here before may have died in the middle of something."""
        while True:
            try:
                await self._sweep()
            except Exception:
                log.exception("not everything on record could be looked at")
            await self._clock.sleep(self._parts.sweep_seconds)

    async def _sweep(self) -> None:
        known = [match_id async for match_id in self._ledger.matches()]
        for number, match_id in enumerate(known, 1):
            self._queue.add(match_id)
            if number % WORKERS == 0:
                await self._clock.sleep(STEP_SECONDS)
        for obj in self._parts.watched.everyone():
            await self._reap(obj, set(known))

    async def _reap(self, obj: Json, known: set[str]) -> None:
        match_id = match_of(obj)
        if match_id in known or await self._ledger.match(match_id):
            return
        found = server(obj, "", self._parts.observer.routes())
        if action := reap(found, self._ledger.now()):
            log.warning("%s/%s is given back: match %s is not on record", found.namespace, found.name, match_id)
            await self._performer.give_back(action.server)


def again(record: MatchRecord, now: float, patience: Patience) -> float | None:
    """Seconds until there may be something to do about it that no server's change tells; None: never."""
    match record.phase:
        case Phase.ASSIGNED:
            if record.begun:  # whether its backfill grows old the sweep sees
                return SOON_SECONDS if record.join else None
            return max(record.join_by - now, SOON_SECONDS)
        case Phase.ABANDONED | Phase.ENDED:
            return max(record.closed_at + patience.forget - now, SOON_SECONDS)
        case _:
            return SOON_SECONDS


def profile(mode: Mode) -> MatchProfile:
    """Its name is the mode's; the match functions know the rest."""
    return MatchProfile(name=mode.id, pools=[wire_form.everyone(mode.id)])


def proposed(match: Match, mode: Mode, now: float) -> MatchRecord:
    """Of a match that was just fetched. Raises MalformedError if our match functions did not make it."""
    roster = wire_form.roster(match)
    free = seats.free((len(team.seats) for team in roster.teams), mode.players_per_team) if mode.backfill else ()
    return MatchRecord(
        id=match.match_id,
        mode=mode.id,
        namespace=mode.namespace,
        members=tuple(member(each) for each in match.tickets),
        roster=roster.SerializeToString(deterministic=True),
        created_at=now,
        free=free,
        open_until=now + FILLED_SHARE * mode.longest_session_seconds if any(free) else 0.0,
    )
