"""How much one player or address may ask for."""

import time
from typing import Literal

from limits import RateLimitItem, parse
from limits.aio.storage import Storage
from limits.aio.strategies import FixedWindowRateLimiter

from matchmaking.settings import Limits

Whose = Literal["player", "address"]


class Limiter:
    """Counts in `storage`, which replicas may share."""

    def __init__(self, storage: Storage, limits: Limits) -> None:
        self._counter = FixedWindowRateLimiter(storage)
        self._items: dict[Whose, RateLimitItem] = {
            "player": parse(limits.per_player),
            "address": parse(limits.per_address),
        }

    async def hit(self, whose: Whose, who: str) -> float | None:
        """Count one. None if it is allowed, else the seconds to wait."""
        item = self._items[whose]
        if await self._counter.hit(item, whose, who):
            return None
        stats = await self._counter.get_window_stats(item, whose, who)
        return max(1.0, stats.reset_time - time.time())  # the library's clock is the machine's
