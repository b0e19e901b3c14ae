"""`python bench/failover/run.py`: a machine dies, and each operator makes up for it, in the same simulated world.

Prints two tables and keeps them in RESULTS.md.
"""

import argparse
import os
import platform
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))  # a script's own folder is all that is there

from bench.failover import cost
from bench.failover.contestant import DEAD, FORMER, HUNG, Contestant
from bench.failover.table import Row, losses, table, verdict
from bench.failover.world import WATCHED


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20, help="moments of Leases and controllers, tried one by one")
    parser.add_argument("--boots", type=float, nargs="+", default=[20, 35, 60], help="seconds")
    parser.add_argument("--results", type=Path, default=Path(__file__).with_name("RESULTS.md"))
    options = parser.parse_args()

    dead = [row for boot in options.boots for row in _rows(DEAD, boot, options.seeds)]
    hung = _rows(HUNG, sorted(options.boots)[len(options.boots) // 2], options.seeds)
    report = "\n".join(
        [
            "# Failover benchmark\n",
            f"Simulated seconds from what befell the machine: median (range) of {options.seeds} seeds.",
            f"Machine-minutes are the cloud's, within {WATCHED / 60:g} minutes.\n",
            "## The machine is dead\n",
            table(dead),
            verdict([row for row in dead if row.name == FORMER.name]),
            losses(dead),
            "## The machine hangs, and a restart would mend it\n",
            table(hung),
            losses(hung),
            "## What a decision costs\n",
            _cost(),
        ]
    )
    print(report)
    options.results.write_text(report, encoding="utf-8")


def _rows(contestants: Sequence[Contestant], boot: float, seeds: int) -> list[Row]:
    """Ours is the first of them."""
    runs = {}
    for each in contestants:
        runs[each.name] = [each.outcome(boot, seed) for seed in range(seeds)]
        print(f"boot {boot:g} s: {each.name}", file=sys.stderr)
    ours = runs[contestants[0].name]
    return [Row(name, boot, found, ours) for name, found in runs.items()]


def _cost() -> str:
    found = cost.measure()
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return (
        f"One call of `decide`, measured on this machine ({cores} cores, {platform.machine()}, "
        f"Python {platform.python_version()}, load {os.getloadavg()[0]:.1f}), "
        f"over the {found.calls} calls of one failover: "
        f"p50 {found.p50:.0f} µs, p99 {found.p99:.0f} µs, largest {found.largest:.0f} µs; "
        f"{found.incident / 1000:.0f} ms for {WATCHED / 60:g} minutes of a failover in all.\n"
    )


if __name__ == "__main__":
    main()
