"""What every store does, on each of them."""

import asyncio
from collections import Counter

import pytest

from matchmaking.store import Store

pytestmark = pytest.mark.asyncio

SHORT, LONG = 0.6, 30.0
SECONDS = 10.0
BYTES = bytes(range(256)) + b"\r\n\0"


async def _gone(store: Store, key: str) -> None:
    """Raises TimeoutError."""
    async with asyncio.timeout(SECONDS):
        while await store.get(key) is not None:
            await asyncio.sleep(0.02)


async def _keys(store: Store, prefix: str) -> list[str]:
    return sorted([key async for key in store.keys(prefix)])


async def test_a_value_comes_back_byte_for_byte(store: Store) -> None:
    assert await store.get("a") is None
    await store.put("a", BYTES)
    await store.put("empty", b"")
    assert await store.get("a") == BYTES
    assert await store.get_many(["empty", "no such", "a", "a"]) == [b"", None, BYTES, BYTES]
    assert await store.get_many([]) == []


async def test_create_makes_what_is_not_there(store: Store) -> None:
    assert await store.create("a", b"1")
    assert not await store.create("a", b"2")
    assert await store.get("a") == b"1"
    assert await store.delete("a")
    assert not await store.delete("a")
    assert await store.create("a", b"3")


@pytest.mark.parametrize("old", [b"x", b"", BYTES])
async def test_replace_and_delete_ask_for_the_old_value(store: Store, old: bytes) -> None:
    assert not await store.replace("a", old, b"new")
    assert await store.get("a") is None
    await store.put("a", old)
    assert not await store.replace("a", old + b"\0", b"new")
    assert not await store.delete("a", old + b"\0")
    assert await store.get("a") == old
    assert await store.replace("a", old, b"new")
    assert not await store.replace("a", old, b"newer")
    assert not await store.delete("a", old)
    assert await store.delete("a", b"new")
    assert not await store.delete("a", b"new")


async def test_a_value_ends_when_it_was_said_to(store: Store) -> None:
    assert await store.create("created", b"1", SHORT)
    await store.put("put", b"1", SHORT)
    await store.put("replaced", b"1")
    assert await store.replace("replaced", b"1", b"2", SHORT)
    await store.put("lasting", b"1", LONG)
    for key in ("created", "put", "replaced"):
        await _gone(store, key)
    assert await _keys(store, "") == ["lasting"]
    assert await store.create("created", b"again")
    assert not await store.replace("put", b"1", b"2")


async def test_a_later_word_on_its_end_counts(store: Store) -> None:
    await store.put("kept", b"1", SHORT)
    assert await store.keep("kept", LONG)
    await store.put("for ever", b"1", SHORT)
    await store.put("for ever", b"1")
    await store.put("for ever, too", b"1", SHORT)
    assert await store.replace("for ever, too", b"1", b"1")
    await store.put("shortened", b"1", LONG)
    assert await store.keep("shortened", SHORT)
    await _gone(store, "shortened")
    assert await _keys(store, "") == ["for ever", "for ever, too", "kept"]
    assert not await store.keep("no such", LONG)


@pytest.mark.parametrize("prefix", ["ticket/", "[a]*?", "\\", "a-z^", "ü/", ""])
async def test_keys_are_those_with_just_this_prefix(store: Store, prefix: str) -> None:
    ours = [f"{prefix}{number}" for number in range(3)]
    others = ["a1", "Ticket/1", "tickets", "z", "b*?", "ü"]
    for key in ours + others:
        await store.put(key, b"1")
    everything = sorted({*ours, *others})
    assert await _keys(store, prefix) == [key for key in everything if key.startswith(prefix)]


async def test_of_many_keys_none_comes_twice(store: Store) -> None:
    await asyncio.gather(*(store.put(f"many/{number}", b"1") for number in range(1500)))
    found = Counter(await _keys(store, "many/"))
    assert len(found) == 1500
    assert set(found.values()) == {1}


async def test_of_many_writers_one_is_first(store: Store) -> None:
    made = await asyncio.gather(*(store.create("a", str(number).encode()) for number in range(50)))
    assert made.count(True) == 1
    winner = str(made.index(True)).encode()
    assert await store.get("a") == winner
    replaced = await asyncio.gather(*(store.replace("a", winner, f"r{number}".encode()) for number in range(50)))
    assert replaced.count(True) == 1
    left = f"r{replaced.index(True)}".encode()
    deleted = await asyncio.gather(*(store.delete("a", left) for _ in range(50)))
    assert deleted.count(True) == 1


async def test_a_counter_of_compare_and_set_loses_nothing(store: Store) -> None:
    await store.put("count", b"0")

    async def add() -> None:
        while True:
            old = await store.get("count")
            assert old is not None
            if await store.replace("count", old, str(int(old) + 1).encode()):
                return

    await asyncio.gather(*(add() for _ in range(30)))
    assert await store.get("count") == b"30"


async def test_all_who_listen_hear_what_is_published_from_then_on(store: Store) -> None:
    await store.publish("news", b"nobody hears it")
    async with store.listen("news") as first, store.listen("news") as second, store.listen("other") as other:
        await store.publish("news", BYTES)
        await store.publish("news", b"2")
        await store.publish("other", b"3")
        async with asyncio.timeout(SECONDS):
            for listener in (first, second):
                assert [await anext(listener), await anext(listener)] == [BYTES, b"2"]
            assert await anext(other) == b"3"
    await store.publish("news", b"nobody again")
