"""What replicas share: small values by key, changed by compare-and-set, with an end; and announcements.

`memory.py` for one process, `valkey.py` for many. Both pass the same tests.
"""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import Protocol


class StoreError(Exception):
    """The store can't be reached, or refuses: nothing is known of whether a write took place."""


class Store(Protocol):
    """Every method raises StoreError. `seconds` is how long a value lives; None: until it is deleted."""

    async def get(self, key: str) -> bytes | None:
        """None for what is not there."""

    async def get_many(self, keys: list[str]) -> list[bytes | None]:
        """In one go, in the order asked for."""

    async def create(self, key: str, value: bytes, seconds: float | None = None) -> bool:
        """Whether it was made: False if there is one already."""

    async def replace(self, key: str, old: bytes, new: bytes, seconds: float | None = None) -> bool:
        """Compare-and-set: False, and nothing is changed, unless the value is `old` byte for byte."""

    async def put(self, key: str, value: bytes, seconds: float | None = None) -> None:
        """Whatever was there before."""

    async def delete(self, key: str, old: bytes | None = None) -> bool:
        """Whether something was deleted. With `old`, only that value is."""

    async def keep(self, key: str, seconds: float) -> bool:
        """Let it live so long from now. False if it is not there."""

    def keys(self, prefix: str) -> AsyncIterator[str]:
        """All keys that begin so; those that come or go meanwhile may be among them or not. None twice."""

    async def publish(self, channel: str, message: bytes) -> None:
        """To all who listen now."""

    def listen(self, channel: str) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """Published from the moment of entering; the iterator raises StoreError when it may have missed some."""
