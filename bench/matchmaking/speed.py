"""`python -m bench.matchmaking.speed`: our pipeline beside directors that assign a constant address, in turns.

It prints the tables of RESULTS.md. Every run is a process of its own, beside an API server of its own. A round runs
everyone once, so that what else runs on the machine slows all of them; a ratio is the median of each round's own.
"""

import argparse
import os
import platform
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import linear_regression, median
from typing import TypeVar

import msgspec

from bench.matchmaking.load import PLAYERS, WAITING, Memory, Outcome

BATCH_SECONDS = "0.05"
"""What our manifests set Agones' allocationBatchWaitTime to."""

REPLACED = 1 / 5
"""Matches a second of the loop that ours replaces: one of two players, then a sleep of five seconds."""

GOAL_SHARE, GOAL_P99, FLAT_MIB = 0.70, 1.0, 1.0
NAMES = {
    "ours": "**ours**",
    "constant": "(a) constant address",
    "remote": "(a) over gRPC, full load alone",
    "allocating": "(a) and one allocation a match, no ledger",
}


@dataclass
class Bound:
    """Ours and a peer before one API server, round by round; and one more, at full load alone."""

    title: str
    pace: str
    peer: str
    also: str = ""
    full: dict[str, list[Outcome]] = field(default_factory=dict)
    half: dict[str, list[Outcome]] = field(default_factory=dict)

    def round(self) -> None:
        """At half load the same players come to both, half as many as ours can take."""
        for name in ("ours", self.peer):
            self.full.setdefault(name, []).append(run(name, self.pace, Outcome, "full"))
        if self.also:
            self.full.setdefault(self.also, []).append(run(self.also, self.pace, Outcome, "full"))
        rate = self.full["ours"][-1].matches / 2
        for name in ("ours", self.peer):
            self.half.setdefault(name, []).append(run(name, self.pace, Outcome, "half", str(rate)))

    def share(self, of: Callable[[Outcome], float], peer: str = "") -> float:
        """Ours over the peer's, or over another's."""
        both = zip(self.full["ours"], self.full[peer or self.peer], strict=True)
        return median(of(ours) / of(peer) for ours, peer in both)


T = TypeVar("T", Outcome, Memory)


def run(name: str, pace: str, kind: type[T], *load: str) -> T:
    """One contestant under one load. Raises CalledProcessError with what it said."""
    with stand_in(pace) as url:
        command = [sys.executable, "-m", "bench.matchmaking.load", name, url, *load]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.stderr.write(done.stderr[-4000:])
        done.check_returncode()
    print(f"{name} {pace} {' '.join(load)}: {done.stdout[:120].strip()}", file=sys.stderr)
    return msgspec.json.decode(done.stdout, type=kind)


@contextmanager
def stand_in(pace: str) -> Iterator[str]:
    """Its URL."""
    command = [sys.executable, "-m", "bench.matchmaking.stand_in", pace]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield process.stdout.readline().strip()
        finally:
            process.kill()


def table(bound: Bound) -> str:
    head = ["director", "matches a second", "CPU a match, ms", "API calls a match", "refused"]
    head += ["full load: p50 / p99 s", "half load: p50 / p99 s"]
    lines = [head, ["---"] * len(head)]
    for name, full in bound.full.items():
        half = bound.half.get(name, [])
        refused = sum(each.refused for each in (*full, *half))
        cells = [spread(full, lambda each: each.matches, "{:.0f}"), spread(full, lambda each: each.cpu * 1e3, "{:.1f}")]
        cells += [spread(full, lambda each: each.calls, "{:.1f}"), str(refused)]
        lines.append([NAMES[name], *cells, waits(full), waits(half) if half else ""])
    lines.append(["ours: times", f"**{bound.share(lambda e: e.matches):.2f}**", f"{bound.share(lambda e: e.cpu):.1f}"])
    lines[-1] += [""] * (len(head) - len(lines[-1]))
    return f"{bound.title}\n\n" + "\n".join(f"| {' | '.join(cells)} |" for cells in lines) + "\n"


def spread(found: list[Outcome], of: Callable[[Outcome], float], form: str) -> str:
    numbers = [of(each) for each in found]
    return f"{form.format(median(numbers))} ({form.format(min(numbers))}-{form.format(max(numbers))})"


def waits(found: list[Outcome]) -> str:
    return f"{median(each.p50 for each in found):.2f} / {median(each.p99 for each in found):.2f}"


def verdicts(bounds: list[Bound]) -> Iterator[str]:
    for bound in bounds:
        share = bound.share(lambda each: each.matches)
        yield goal(f"{bound.title.lower()}: {share:.0%} of (a), at least {GOAL_SHARE:.0%}", share >= GOAL_SHARE)
        if bound.also:
            yield f"- {bound.title.lower()}: {bound.share(lambda e: e.matches, bound.also):.0%} of (a) over gRPC"
        p99 = [each.p99 for each in bound.half["ours"]]
        text = f"{bound.title.lower()}, half load: p99 {median(p99):.2f} s ({min(p99):.2f}-{max(p99):.2f}), under 1 s"
        yield goal(text, median(p99) < GOAL_P99)
        ours = median(each.matches for each in bound.full["ours"])
        yield f"- {bound.title.lower()}: {ours / REPLACED:.0f} times (b), computed from its sleep: {REPLACED} a second"


def goal(text: str, kept: bool) -> str:
    return f"- {text}: {'kept' if kept else '**missed**'}"


def memory(found: Memory) -> str:
    """By least squares."""
    slope = linear_regression(range(len(found.resident)), found.resident).slope * 60
    low, high, last = min(found.resident), max(found.resident), found.resident[-1]
    text = f"{WAITING} tickets that wait, {len(found.resident)} s: {slope:+.2f} MiB a minute"
    text += f" (first {found.resident[0]:.1f}, last {last:.1f}, {low:.1f}-{high:.1f} MiB), flat to {FLAT_MIB:.0f}"
    return goal(text, abs(slope) < FLAT_MIB)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    before = os.getloadavg()[0]
    bounds = [
        Bound("Queue-bound", "0", "constant", "remote"),
        Bound("Allocation-bound", BATCH_SECONDS, "allocating"),
    ]
    kept = run("ours", "0", Memory, "waiting")
    for _ in range(rounds):
        for bound in bounds:
            bound.round()
    print(
        f"{len(os.sched_getaffinity(0))} cores, {platform.system()} {platform.machine()},",
        f"Python {platform.python_version()}, load {before:.1f} at the start, {os.getloadavg()[0]:.1f} at the end.",
        f"{rounds} rounds in turns: median (range). Full load: {PLAYERS} players.\n",
    )
    for bound in bounds:
        print(table(bound))
    print("\n".join([*verdicts(bounds), memory(kept)]))


if __name__ == "__main__":
    main()
