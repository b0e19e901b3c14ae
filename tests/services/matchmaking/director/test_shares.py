"""Modes shared out between replicas."""

import pytest

from kubeclient.clock import SystemClock
from matchmaking.director.shares import ALIVE_SECONDS, Shares
from matchmaking.store import StoreError
from matchmaking.store.memory import MemoryStore
from tests.doubles.clock import VirtualClock

pytestmark = pytest.mark.asyncio

MODES = [f"arena/mode-{number}" for number in range(60)]


def owners(*replicas: Shares) -> dict[str, list[int]]:
    return {mode: [index for index, each in enumerate(replicas) if each.mine(mode)] for mode in MODES}


async def seen(*replicas: Shares) -> dict[str, list[int]]:
    for _ in range(2):
        for each in replicas:
            await each.beat()
    return owners(*replicas)


async def test_each_mode_has_one_replica_and_each_replica_some_modes() -> None:
    store = MemoryStore(SystemClock())
    replicas = [Shares(store, SystemClock(), name) for name in ("a", "b", "c")]
    assert owners(replicas[0])[MODES[0]] == [0], "one that has seen nobody does everything"
    found = await seen(*replicas)
    assert {len(each) for each in found.values()} == {1}
    for index in range(3):
        assert sum(each == [index] for each in found.values()) >= 10


async def test_one_that_dies_or_leaves_moves_only_what_was_its_own() -> None:
    clock = VirtualClock(by_hand=True)
    store = MemoryStore(clock)
    replicas = [Shares(store, clock, name) for name in ("a", "b", "c")]
    before = await seen(*replicas)
    await clock.advance(ALIVE_SECONDS / 2)
    await seen(*replicas[:2])
    await clock.advance(ALIVE_SECONDS / 2 + 1)
    after = await seen(*replicas[:2])
    assert {len(each) for each in after.values()} == {1}
    assert all(after[mode] == before[mode] for mode in MODES if before[mode] != [2])
    await replicas[1].leave()
    await replicas[0].beat()
    assert all(replicas[0].mine(mode) for mode in MODES)


async def down(*_: object) -> None:
    raise StoreError("gone")


async def test_without_the_store_all_stays_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = VirtualClock(by_hand=True)
    store = MemoryStore(clock)
    replicas = [Shares(store, clock, name) for name in ("a", "b")]
    before = await seen(*replicas)
    monkeypatch.setattr(store, "put", down)
    with pytest.raises(StoreError):
        await replicas[0].beat()
    assert owners(*replicas) == before
