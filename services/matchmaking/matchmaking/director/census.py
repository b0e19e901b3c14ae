"""How many wait and play, counted every few seconds by the director whose share a mode is."""

import logging
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Never

from kubeclient.clock import Clock
from matchmaking import summary, wire_form
from matchmaking.director.shares import Shares
from matchmaking.director.tally import Tally
from matchmaking.openmatch.query_pb2 import QueryTicketsRequest
from matchmaking.settings import Mode
from matchmaking.store import Store
from matchmaking.summary import Summary

if TYPE_CHECKING:  # they are in the stubs' types alone
    from matchmaking.openmatch.query_pb2_grpc import QueryServiceAsyncStub

PERIOD_SECONDS = 3.0
CALL_SECONDS = 5.0

log = logging.getLogger(__name__)


class Census:
    """`playing` tells servers with a match, by mode. `run` never returns; cancel it."""

    def __init__(
        self,
        modes: tuple[Mode, ...],
        query: "QueryServiceAsyncStub",
        store: Store,
        clock: Clock,
        *,
        shares: Shares,
        tally: Tally,
        playing: Callable[[], Counter[str]],
    ) -> None:
        self._modes, self._query, self._store, self._clock = modes, query, store, clock
        self._shares, self._tally, self._playing = shares, tally, playing

    async def run(self) -> Never:
        """A mode that can't be counted stops no other: its summary grows old, and goes."""
        while True:
            playing = self._playing()
            for mode in self._modes:
                try:
                    await self._count(mode, playing[mode.id])
                except Exception:
                    log.exception("%s could not be counted", mode.id)
            await self._clock.sleep(PERIOD_SECONDS)

    async def _count(self, mode: Mode, playing: int) -> None:
        """Where it is another's share the gauges are 0 here, so that the sum over replicas is right."""
        mine = self._shares.mine(mode.id)
        waits = await self._waits(mode) if mine else []
        found = Summary(
            mode=mode.id,
            waiting=len(waits),
            longest_wait=max(waits, default=0.0),
            typical_wait=self._tally.typical_wait(mode.id),
            matches=playing if mine else 0,
        )
        metrics = self._tally.metrics
        metrics.waiting.labels(mode.id).set(found.waiting)
        metrics.longest.labels(mode.id).set(found.longest_wait)
        metrics.playing.labels(mode.id).set(found.matches)
        if mine:
            await self._store.put(summary.key(mode.id), found.encoded(), summary.FRESH_SECONDS)

    async def _waits(self, mode: Mode) -> list[float]:
        """Seconds, of every ticket that waits: those that are being matched just now are not among them."""
        now = self._clock.now().timestamp()
        request = QueryTicketsRequest(pool=wire_form.everyone(mode.id))
        waits = []
        async for page in self._query.QueryTickets(request, timeout=CALL_SECONDS):
            for ticket in page.tickets:
                since = wire_form.party(ticket).waiting_since.ToMilliseconds() / 1000
                waits.append(max(0.0, now - since))
        return waits
