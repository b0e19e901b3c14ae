"""How much a tenant may use: its games at their maximum, and the servers of a dead node beside their replacements."""

from homeground import capacity
from homeground.platform import Platform
from homeground.server_size import ServerSize, most_servers, with_surge
from homeground.tenant import Quota
from schemas.game import Game

BLOCK = 16
"""Servers are granted in blocks, so that an ordinary change of a fleet's size changes no quota."""


def servers_at_once(platform: Platform, game: Game) -> int:
    """A fleet at its maximum in the middle of a rolling update, and as many again as one machine may strand.

    Pods of a dead node stay charged until someone says that it is dead, while their replacements run elsewhere.
    """
    most = with_surge(most_servers(game))
    return most + min(most, capacity.most_on_one_node(platform, game))


def headroom(platform: Platform, game: Game) -> int:
    """Servers that one machine may strand, and that can be replaced: where there is no other machine, none can.

    Agones counts a stranded match as a replica, so an autoscaler at its maximum would replace nothing.
    """
    if len(platform.runners) < 2 and not platform.cluster.temporary_nodes:
        return 0
    return min(most_servers(game), capacity.most_on_one_node(platform, game))


def limit_of(platform: Platform, tenant: str) -> int | None:
    """The cluster's limit for a tenant, if it has one."""
    limits = {limit.tenant: limit.game_servers for limit in platform.cluster.tenant_limits}
    return limits.get(tenant)


def quota_of(platform: Platform, tenant: str) -> Quota:
    """What the tenant's games need, in blocks of servers; where the cluster sets a limit, exactly that many."""
    games = platform.games_of(tenant)
    sizes = [ServerSize.of(game, platform.cluster.isolation) for game in games]
    claims = 2 * sum(game.files.mounted for game in games)  # the old revision's, while its servers end
    if limit := limit_of(platform, tenant):
        return Quota(
            game_servers=limit,
            cpu=limit * max(size.cpu for size in sizes),
            cpu_limit=limit * max(size.cpu_limit for size in sizes),
            memory=limit * max(size.memory for size in sizes),
            claims=claims,
        )
    servers = [-(-servers_at_once(platform, game) // BLOCK) * BLOCK for game in games]
    granted = list(zip(servers, sizes, strict=True))
    return Quota(
        game_servers=sum(servers),
        cpu=sum(count * size.cpu for count, size in granted),
        cpu_limit=sum(count * size.cpu_limit for count, size in granted),
        memory=sum(count * size.memory for count, size in granted),
        claims=claims,
    )
