"""What is asked of the players' API, answered: the part that knows nothing of HTTP."""

import asyncio
from dataclasses import dataclass, field

from kubeclient.clock import Clock
from matchmaking import place as places
from matchmaking import summary
from matchmaking.api.queue import Queue
from matchmaking.api.schema import ModeOut, ServerOut, StatusOut, TicketOut
from matchmaking.api.waiting import Waiters
from matchmaking.identity.authenticator import Authenticator
from matchmaking.identity.guests import Guests
from matchmaking.metrics import Metrics
from matchmaking.settings import Settings
from matchmaking.store import Store
from matchmaking.ticket_record import TicketRecord, TicketState
from matchmaking.tokens.keys import Keys
from matchmaking.tokens.mint import Minter, TooLateError

LONGEST_WAIT_SECONDS = 55.0
"""Of one request: proxies cut off what is silent for a minute."""

LOOK_SECONDS = 10.0
"""Between two looks of a waiting request at the store, in case an announcement was missed."""


@dataclass
class Desk:
    """All that the routes need."""

    settings: Settings
    store: Store
    queue: Queue
    waiters: Waiters
    authenticator: Authenticator
    minter: Minter
    keys: Keys
    clock: Clock
    guests: Guests | None
    metrics: Metrics = field(default_factory=Metrics)

    async def wait(self, ticket_id: str, player: str, seconds: float) -> TicketRecord | None:
        """The ticket as soon as it waits no more, or after `seconds` as it is then; None if it is not this player's."""
        end = self.clock.monotonic() + min(seconds, LONGEST_WAIT_SECONDS)
        with self.waiters.waiting(ticket_id) as told:
            while True:
                told.clear()
                record = await self.queue.find(ticket_id, player)
                if record is None:
                    return None
                await self.queue.touch(record)
                left = end - self.clock.monotonic()
                if record.state is not TicketState.WAITING or left <= 0:
                    return record
                try:
                    async with asyncio.timeout(min(left, LOOK_SECONDS)):
                        await told.wait()
                except TimeoutError:
                    continue

    async def show(self, record: TicketRecord, player: str) -> TicketOut:
        """As this player may see it: with a token of their own, made now."""
        return TicketOut(
            id=record.id,
            mode=record.mode,
            state=record.state.value,
            created_at=record.created_at,
            waiting_since=record.waiting_since,
            players=[each.id for each in record.players],
            server=await self._server(record, player) if record.state is TicketState.ASSIGNED else None,
        )

    async def status(self) -> StatusOut:
        """Of every mode. One that nobody counts now has no figures."""
        modes = self.settings.modes
        found = await self.store.get_many([summary.key(mode.id) for mode in modes])
        counted = [summary.decode(raw) if raw is not None else None for raw in found]
        return StatusOut(
            cluster=self.settings.cluster,
            modes=[
                ModeOut(
                    mode=mode.id,
                    players=mode.seats,
                    waiting=each.waiting if each else None,
                    longest_wait=each.longest_wait if each else None,
                    typical_wait=each.typical_wait if each else None,
                    matches=each.matches if each else None,
                )
                for mode, each in zip(modes, counted, strict=True)
            ],
        )

    async def _server(self, record: TicketRecord, player: str) -> ServerOut | None:
        raw = await self.store.get(places.key(record.match, player))
        mode = self.settings.mode(record.mode)
        if raw is None or mode is None:
            return None
        place = places.decode(raw)
        try:
            token = self.minter.mint(place, player, mode.connect_window_seconds)
        except TooLateError:
            return None
        return ServerOut(
            addresses=list(place.addresses),
            token=token.token,
            expires_at=token.expires_at,
            match=place.match,
            team=place.team,
            seat=place.seat,
        )
