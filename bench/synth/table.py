"""The rows of a benchmark as Markdown."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from bench.synth.process import Cost

HEAD = """\
| generator | objects | median wall s | min-max | CPU s | peak MB | times ours |
|---|---:|---:|---:|---:|---:|---:|
"""


@dataclass(frozen=True)
class Row:
    name: str
    objects: int
    costs: Sequence[Cost]
    ours: Sequence[Cost]
    """Ours in the same rounds: a ratio is one round's, so that a slow minute slows both sides of it."""

    @property
    def ratio(self) -> float:
        return median(cost.wall / ours.wall for cost, ours in zip(self.costs, self.ours, strict=True))

    def __str__(self) -> str:
        walls = [cost.wall for cost in self.costs]
        return (
            f"| {self.name} | {self.objects} | {median(walls):.2f} | {min(walls):.2f}-{max(walls):.2f} "
            f"| {median(cost.cpu for cost in self.costs):.2f} | {max(cost.peak for cost in self.costs):.0f} "
            f"| {self.ratio:.2f} |"
        )


def table(rows: Sequence[Row]) -> str:
    return HEAD + "\n".join(map(str, rows)) + "\n"
