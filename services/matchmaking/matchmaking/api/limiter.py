"""How much one player or address may ask for."""

import time
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Literal

from limits import RateLimitItem, parse
from limits.aio.storage import Storage
from limits.aio.strategies import FixedWindowRateLimiter

from matchmaking.settings import Limits

Whose = Literal["player", "address", "relay"]


class Limiter:
    """Counts in `storage`, which replicas may share. `relays` are CIDRs of addresses that stand for many."""

    def __init__(self, storage: Storage, limits: Limits, relays: Sequence[str] = ()) -> None:
        self._counter = FixedWindowRateLimiter(storage)
        self._relays = [ip_network(each) for each in relays]
        self._items: dict[Whose, RateLimitItem] = {
            "player": parse(limits.per_player),
            "address": parse(limits.per_address),
            "relay": parse(limits.per_relay),
        }

    async def hit_from(self, host: str) -> float | None:
        """Count a request that came from this address."""
        address = _address(host)
        relayed = address is not None and any(address in each for each in self._relays)
        return await self.hit("relay" if relayed else "address", str(address or host))

    async def hit(self, whose: Whose, who: str) -> float | None:
        """Count one. None if it is allowed, else the seconds to wait."""
        item = self._items[whose]
        if await self._counter.hit(item, whose, who):
            return None
        stats = await self._counter.get_window_stats(item, whose, who)
        return max(1.0, stats.reset_time - time.time())  # the library's clock is the machine's


def _address(host: str) -> IPv4Address | IPv6Address | None:
    """A socket of both families shows IPv4 addresses as ::ffff:a.b.c.d."""
    try:
        found = ip_address(host)
    except ValueError:
        return None
    return (found.ipv4_mapped or found) if isinstance(found, IPv6Address) else found
