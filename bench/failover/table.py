"""The rows of the benchmark as Markdown, and what they say of the promise."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from failover.simulation.summary import Summary
from failover.simulation.timeline import Mark

STAGES = (Mark.NOT_READY, Mark.REQUESTED, Mark.JOINED, Mark.SOFT_FAILOVER, Mark.REPLACED, Mark.FULL)
HEADS = (
    "NotReady",
    "VM asked for",
    "node may play",
    "old servers given up",
    "first replacement Ready",
    "full capacity",
)
GOALS = (Mark.REPLACED, Mark.FULL)
PROMISED = 5.0
NEVER = "never"

Runs = Sequence[Summary]


@dataclass(frozen=True)
class Row:
    """One contestant at one boot time: what came of each seed, and of ours with the same seeds."""

    name: str
    boot: float
    runs: Runs
    ours: Runs

    def seconds(self, stage: Mark) -> list[float]:
        """Of each seed in which it was reached."""
        return [found for each in self.runs if (found := _at(each, stage)) is not None]

    def ratio(self, stage: Mark) -> float | None:
        """Median of each seed's own; None where it was not always reached."""
        found = self.ratios(stage)
        return median(found) if len(found) == len(self.runs) else None

    def ratios(self, stage: Mark) -> list[float]:
        """Of each seed in which it was reached."""
        pairs = [(_at(run, stage), _at(ours, stage)) for run, ours in zip(self.runs, self.ours, strict=True)]
        return [run / ours for run, ours in pairs if run and ours]

    def __str__(self) -> str:
        cells = [_cell(self.seconds(stage)) for stage in STAGES]
        ratios = [NEVER if (ratio := self.ratio(stage)) is None else f"{ratio:.2f}" for stage in GOALS]
        minutes = f"{median(each.machine_minutes for each in self.runs):.1f}"
        return "| " + " | ".join([self.name, f"{self.boot:g}", *cells, *ratios, minutes]) + " |"


def table(rows: Sequence[Row]) -> str:
    heads = ["operator", "boot s", *HEADS, "first: times ours", "full: times ours", "machine-minutes"]
    line = "|---|" + "---:|" * (len(heads) - 1)
    return "\n".join(["| " + " | ".join(heads) + " |", line, *map(str, rows)]) + "\n"


def verdict(former: Sequence[Row]) -> str:
    """Of the promise: at least so many times faster than the former operator, at each boot time."""
    lines = []
    for row in former:
        for stage in GOALS:
            ratio = row.ratio(stage)
            assert ratio is not None, "the former operator always comes that far"
            word = "kept" if ratio >= PROMISED else "**MISSED**"
            least = sum(each < PROMISED for each in row.ratios(stage))
            word += f" ({len(row.runs) - least} of {len(row.runs)} seeds reach it)"
            lines.append(f"- boot {row.boot:g} s, {stage}: {ratio:.2f} times, promised {PROMISED:g}: {word}")
    return "\n".join(lines) + "\n"


def losses(rows: Sequence[Row]) -> str:
    """Who is quicker than we are."""
    lines = []
    for row in rows:
        ratio = row.ratio(Mark.FULL)
        if ratio is not None and ratio < 1:
            free = "" if any(each.machines for each in row.runs) else ", and no machine is paid for"
            lines.append(f"- {row.name}, boot {row.boot:g} s: {ratio:.2f} of our time until full capacity{free}")
    return "\n".join(["Quicker than ours:\n", *(lines or ["- none"])]) + "\n"


def _at(summary: Summary, stage: Mark) -> float | None:
    """Seconds from what befell the machine."""
    return summary.incidents[0].stages.get(stage)


def _cell(seconds: Sequence[float]) -> str:
    return f"{median(seconds):.1f} ({min(seconds):.0f}-{max(seconds):.0f})" if seconds else NEVER
