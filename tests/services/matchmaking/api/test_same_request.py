"""One request that is sent twice is one ticket, also while it is being made; one that fails leaves nothing behind."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from kubeclient.clock import SystemClock
from matchmaking import ticket_record
from matchmaking.api import queue as queues
from matchmaking.api.queue import BusyError, OtherRequestError, Queue
from matchmaking.embedded.local import Local
from matchmaking.openmatch.frontend_pb2_grpc import FrontendServiceStub
from matchmaking.settings import Limits
from matchmaking.store import StoreError
from matchmaking.store.memory import MemoryStore
from matchmaking.ticket_record import Player, player_key
from tests.services.matchmaking.director.live.ground import mode
from tests.services.matchmaking.openmatch import scripted
from tests.services.matchmaking.openmatch.ground import Ground, clients

pytestmark = pytest.mark.asyncio

DUEL = mode("arena")
ANNA, BEN = Player(id="anna"), Player(id="ben")


class FarStore(MemoryStore):
    """As one on a network: every write takes its turn. The `fails_at`th write or touch of a value has no answer."""

    def __init__(self) -> None:
        super().__init__(SystemClock())
        self.fails_at, self.writes = 0, 0

    async def create(self, key: str, value: bytes, seconds: float | None = None) -> bool:
        return await self._far(await super().create(key, value, seconds))

    async def replace(self, key: str, old: bytes, new: bytes, seconds: float | None = None) -> bool:
        return await self._far(await super().replace(key, old, new, seconds))

    async def keep(self, key: str, seconds: float) -> bool:
        return await self._far(await super().keep(key, seconds))

    async def _far(self, answer: bool) -> bool:
        self.writes += 1
        await asyncio.sleep(0.005)
        if self.writes == self.fails_at:
            raise StoreError("no answer")
        return answer


@asynccontextmanager
async def place() -> AsyncIterator[tuple[FarStore, Queue, Ground]]:
    store, local, script = FarStore(), Local(), scripted.Script()
    async with scripted.core(local, script):
        queue = Queue(store, FrontendServiceStub(local.channel), Limits(), SystemClock())
        yield store, queue, clients(script, local.channel)


async def test_asked_again_while_it_is_being_made_it_is_the_same_ticket() -> None:
    async with place() as (_, queue, core):
        asked = [asyncio.create_task(queue.create(DUEL, [ANNA, BEN], "tonight")) for _ in range(4)]
        tickets = {(await each).open_match for each in asked}
        assert tickets == await core.ids()
        assert len(tickets) == 1


async def test_another_request_with_the_key_is_refused_while_the_first_is_being_made() -> None:
    async with place() as (_, queue, core):
        first = asyncio.create_task(queue.create(DUEL, [ANNA], "tonight"))
        await asyncio.sleep(0)
        with pytest.raises(OtherRequestError):
            await queue.create(DUEL, [ANNA, BEN], "tonight")
        assert {(await first).open_match} == await core.ids()


async def test_who_has_another_ticket_is_told_at_once() -> None:
    async with place() as (_, queue, _core):
        first = await queue.create(DUEL, [ANNA], "tonight")
        with pytest.raises(BusyError) as caught:
            await asyncio.wait_for(queue.create(DUEL, [ANNA], "tomorrow"), queues.AGAIN_SECONDS)
        assert caught.value.ticket == first.id


async def test_a_maker_that_died_is_waited_for_and_not_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queues, "CALL_SECONDS", 0.2)
    async with place() as (store, queue, core):
        made = await queue.create(DUEL, [ANNA], "tonight")
        await store.delete(ticket_record.key(made.id))  # and the player is kept for it
        with pytest.raises(BusyError):
            await queue.create(DUEL, [ANNA], "tonight")
        await store.delete(player_key("anna"))
        assert (await queue.create(DUEL, [ANNA], "tonight")).open_match in await core.ids()


@pytest.mark.parametrize("fails_at", range(1, 8))
async def test_a_request_that_fails_leaves_nothing_that_keeps_its_players(fails_at: int) -> None:
    """Two players, the ticket, its tie to Open Match, and three values that are let live."""
    async with place() as (store, queue, _):
        store.fails_at = fails_at
        with pytest.raises(StoreError):
            await queue.create(DUEL, [ANNA, BEN], "tonight")
        left = [key async for key in store.keys("")]
        unanswered = [player_key(each.id) for each in (ANNA, BEN)][fails_at - 1 : fails_at] if fails_at < 3 else []
        assert set(left) <= set(unanswered), left
