"""The processes of matchmaking: all of it in one, or one for each role."""

from dataclasses import dataclass

from homeground.matchmaking import DIRECTOR, PART_OF
from homeground.platform import Platform
from homeground.workload import Workload


@dataclass(frozen=True)
class Part:
    """A Deployment. `role` is empty for all of them in one process."""

    name: str
    role: str
    workload: Workload

    @property
    def labels(self) -> dict[str, str]:
        return {"app.kubernetes.io/name": self.name, **PART_OF}

    @property
    def serves_players(self) -> bool:
        return self.role in ("", "frontend")

    @property
    def is_called(self) -> bool:
        """By Open Match."""
        return self.role == "functions"

    @property
    def account(self) -> str:
        """Whose API token it has; empty for none. What players talk to has one only where all is one process."""
        return DIRECTOR if self.role in ("", "director") else ""


def parts(platform: Platform) -> list[Part]:
    """Embedded mode is one replica: two would be two queues."""
    if platform.cluster.matchmaking == "embedded":
        return [Part("matchmaking", "", Workload("matchmaking", cpu=100, memory=192, limit=512))]
    sizes = {"frontend": (100, 128, 384), "director": (100, 128, 384), "functions": (200, 192, 512)}
    return [
        Part(role, role, Workload(role, cpu=cpu, memory=memory, limit=limit, replicas=platform.replicas))
        for role, (cpu, memory, limit) in sizes.items()
    ]
