"""How much a tenant may use: its games at their maximum, and the servers of a dead node beside their replacements."""

from homeground import capacity
from homeground.platform import Platform
from homeground.server_size import ServerSize, most_servers, with_surge
from homeground.tenant import Quota

BLOCK = 8
"""Servers are granted in blocks, so that an ordinary change of a fleet's size changes no quota."""


def game_servers(platform: Platform, tenant: str) -> int:
    """GameServers at once: every fleet at its maximum in the middle of a rolling update."""
    return sum(with_surge(most_servers(game)) for game in platform.games_of(tenant))


def quota_of(platform: Platform, tenant: str) -> Quota:
    """The tenant's quota.

    Pods of a dead node stay charged until someone says that it is dead, while their replacements run elsewhere:
    so there is headroom for what the largest node can hold of each game.
    """
    isolation = platform.cluster.isolation
    totals = [0, 0, 0, 0]
    for game in platform.games_of(tenant):
        size = ServerSize.of(game, isolation)
        most = with_surge(most_servers(game))
        stranded = min(most, capacity.most_on_one_node(platform, game))
        servers = -(-(most + stranded) // BLOCK) * BLOCK
        for index, amount in enumerate((1, size.cpu, size.cpu_limit, size.memory)):
            totals[index] += servers * amount
    claims = 2 * sum(game.files.backend != "image" for game in platform.games_of(tenant))
    return Quota(*totals, claims=claims)
