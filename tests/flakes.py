"""`python -m tests.flakes`: the suite again and again, for tests that fail now and then.

The fast half is all that needs neither a minute nor a booting node, the slow half the rest. Each run's output is kept.
"""

import argparse
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from tests.program import ROOT

FOLDER = ROOT / ".cache" / "flakes"
HALVES = {"fast": "not slow and not vm", "slow": "slow or vm"}


@dataclass(frozen=True)
class Run:
    """One half of the suite, for the `number`th time."""

    half: str
    number: int
    only: tuple[str, ...] = ()
    """Files or folders; all if none is named."""

    @property
    def output(self) -> Path:
        return FOLDER / f"{self.half}-{self.number}.txt"

    def passed(self) -> bool:
        """Run it, and write a line of how it went to the log."""
        command = [
            sys.executable,
            "-m",
            "pytest",
            "--numprocesses",
            "2",
            "--dist",
            "loadgroup",
            "-m",
            HALVES[self.half],
            *self.only,
        ]
        begun = time.monotonic()
        with self.output.open("w") as output:
            done = subprocess.run(command, cwd=ROOT, stdout=output, stderr=output, check=False)
        verdict = "passed" if done.returncode == 0 else f"failed, exit code {done.returncode}"
        lines = self.output.read_text(errors="replace").splitlines()
        last = lines[-1] if lines else "no output"
        load = Path("/proc/loadavg").read_text().split()[0]
        self._log(f"{self.half} {self.number}: {verdict} in {time.monotonic() - begun:.0f} s, load {load}: {last}")
        for line in lines:
            if line.startswith(("FAILED", "ERROR")):
                self._log(f"  {line}")
        return done.returncode == 0

    def _log(self, line: str) -> None:
        stamped = f"{time.strftime('%H:%M:%S')} {line}\n"
        sys.stdout.write(stamped)
        with (FOLDER / "log.txt").open("a") as log:
            log.write(stamped)


def main() -> int:
    """Exit code 1 if any run failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.flakes", description=__doc__)
    parser.add_argument("--fast", type=int, default=20, help="runs of the fast half (20)")
    parser.add_argument("--slow", type=int, default=5, help="runs of the slow half (5)")
    parser.add_argument("only", nargs="*", help="files or folders (all)")
    given = parser.parse_args()
    only = tuple(given.only)
    FOLDER.mkdir(parents=True, exist_ok=True)
    runs = [Run("fast", number + 1, only) for number in range(given.fast)]
    runs += [Run("slow", number + 1, only) for number in range(given.slow)]
    passed = [run.passed() for run in runs]  # all of them are run, whatever the first ones say
    return 0 if all(passed) else 1


if __name__ == "__main__":
    sys.exit(main())
