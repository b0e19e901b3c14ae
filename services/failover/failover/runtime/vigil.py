"""Asking machines themselves, past Kubernetes: only those whose Lease is late, and again and again until it is not."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping

from failover.decision.observed import Probe
from failover.probe import Darkness
from kubeclient.clock import Clock

EVERY_SECONDS = 2.0
FRESH_SECONDS = 15.0
"""How old an answer may be and still count: what a machine said a minute ago says nothing of now."""

log = logging.getLogger(__name__)
Ask = Callable[[], Awaitable[Probe]]
AskPower = Callable[[], Awaitable[bool]]


class Vigil:
    """`late` tells whose Lease is late; `asks` and `powers` how to ask each node itself, and its service processor."""

    def __init__(
        self, clock: Clock, late: Callable[[], set[str]], asks: Mapping[str, Ask], powers: Mapping[str, AskPower]
    ) -> None:
        self._clock, self._late, self._asks, self._powers = clock, late, asks, powers
        self._answers: dict[str, tuple[Probe, float]] = {}
        self._dark: dict[str, Darkness] = {}
        self._off: dict[str, float] = {}
        self.news: Callable[[str], None] = lambda _: None
        """Called with a node whose answer changed."""

    def probe(self, node: str) -> Probe:
        """The last answer; UNKNOWN when there is none, or none of late."""
        answer, at = self._answers.get(node, (Probe.UNKNOWN, 0.0))
        return answer if self._clock.monotonic() - at <= FRESH_SECONDS else Probe.UNKNOWN

    def dark_for(self, node: str) -> float:
        """Seconds without any answer, on this replica's clock; 0 when there was one, or nobody asked."""
        return self._dark[node].seconds if node in self._dark else 0.0

    def powered_off(self, node: str) -> bool:
        """Its service processor said so just now."""
        return node in self._off and self._clock.monotonic() - self._off[node] <= FRESH_SECONDS

    async def run(self) -> None:
        """Never returns."""
        while True:
            late = self._late()
            for node in set(self._answers) - late:
                self._forget(node)
            await asyncio.gather(*(self._ask(node) for node in sorted(late)))
            await self._clock.sleep(EVERY_SECONDS)

    async def _ask(self, node: str) -> None:
        before = self.probe(node), self.powered_off(node)
        if node in self._asks:
            answer = await self._asks[node]()
            self._answers[node] = answer, self._clock.monotonic()
            self._dark.setdefault(node, Darkness(self._clock, FRESH_SECONDS)).note(answer)
        if node in self._powers:
            await self._ask_power(node)
        if (self.probe(node), self.powered_off(node)) != before:
            self.news(node)

    async def _ask_power(self, node: str) -> None:
        try:
            off = await self._powers[node]()
        except Exception as error:  # an error is no evidence, whatever it is
            log.warning("%s: its service processor: %s", node, error)
            off = False
        if off:
            self._off[node] = self._clock.monotonic()
        else:
            self._off.pop(node, None)

    def _forget(self, node: str) -> None:
        for known in (self._answers, self._dark, self._off):
            known.pop(node, None)
