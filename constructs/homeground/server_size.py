"""What one game server costs a node and a quota: the game, the SDK sidecar and the Kata VM around both."""

from dataclasses import dataclass

from homeground import quantity, sdk_sidecar
from homeground.runtime_class import KATA_OVERHEAD
from schemas.game import Game


@dataclass(frozen=True)
class ServerSize:
    """CPU in thousandths, memory in MiB. The scheduler counts `cpu`, quotas also count `cpu_limit`."""

    cpu: int
    cpu_limit: int
    memory: int

    @classmethod
    def of(cls, game: Game, isolation: str) -> "ServerSize":
        kata = isolation == "kata"
        overhead_cpu = quantity.millicores(KATA_OVERHEAD["cpu"]) if kata else 0
        overhead_memory = quantity.mebibytes(KATA_OVERHEAD["memory"]) if kata else 0
        cpu = quantity.millicores(game.server.cpu) + overhead_cpu
        memory = quantity.mebibytes(game.server.memory) + sdk_sidecar.MEMORY + overhead_memory
        return cls(cpu + sdk_sidecar.CPU_REQUEST, cpu + sdk_sidecar.CPU_LIMIT, memory)


def most_servers(game: Game) -> int:
    """The size of the fleet at its maximum."""
    return game.fleet.autoscale.max if game.fleet.autoscale else game.fleet.replicas or 0


def with_surge(servers: int) -> int:
    """A rolling update adds a quarter, rounded up (Fleet strategy maxSurge 25%)."""
    return servers + -(-servers // 4)
