"""How players reach matchmaking."""

from collections.abc import Iterator

from homeground.platform import Platform
from homeground.problem import Problem


def pool_exists(platform: Platform) -> Iterator[Problem]:
    """The pool that gives matchmaking its address is one of the cluster's."""
    players = platform.cluster.players
    pools = [pool.name for pool in platform.cluster.address_pools]
    if players and players.pool and players.pool not in pools:
        expected = f"one of {', '.join(pools)}" if pools else "none: the cluster has no addressPools"
        yield platform.source.problem(("players", "pool"), players.pool, expected)


def tokens_are_not_overheard(platform: Platform) -> Iterator[Problem]:
    """Whoever reads a player's token is that player, so it goes over TLS; at a desk everyone is in the room."""
    players = platform.cluster.players
    if players and not players.url.startswith("https://") and not platform.cluster.trusted:
        expected = "https://: only a cluster with trusted: true may do without"
        yield platform.source.problem(("players", "url"), players.url, expected)


def somebody_may_play(platform: Platform) -> Iterator[Problem]:
    """Guests, or those that somebody vouches for."""
    players = platform.cluster.players
    if players and not players.guests and not players.issuers:
        yield platform.source.problem(("players",), "neither guests nor issuers", "guests: true, or an issuer")
