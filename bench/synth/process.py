"""One whole process, from its start to its end: the clock, the CPU, the memory."""

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile


@dataclass(frozen=True)
class Cost:
    wall: float
    cpu: float
    """Seconds of the process and of every child it waited for (jsii's Node, Kapitan's pool)."""
    peak: float
    """MB of the largest single process of them; Linux never counts less than the caller's own size here."""


def quiet_environment() -> Mapping[str, str]:
    """The caller's, without what slows Python alone (PYTHONDONTWRITEBYTECODE would compile all each time)."""
    return {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}


def measure(command: Sequence[str], stdout: Path) -> Cost:
    """Run to the end. Raises CalledProcessError with the last of what it said when it fails."""
    with stdout.open("wb") as output, TemporaryFile() as errors:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=output, stderr=errors, env=quiet_environment())
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            errors.seek(0)
            said = errors.read().decode(errors="replace")[-4000:]
            raise subprocess.CalledProcessError(process.returncode, list(command), stderr=said)
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)
