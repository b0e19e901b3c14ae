"""The program as a user runs it, on facts of its own: tests/facts/, which no pull request about a game changes."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[1]
FACTS = ROOT / "tests" / "facts"


def copy_facts(target: Path) -> Path:
    """clusters/ and games/ in a folder that a test may spoil."""
    return Path(shutil.copytree(FACTS, target, dirs_exist_ok=True))


def run(
    *arguments: str | Path, cwd: Path = ROOT, program: Path = ROOT / "main.py", env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """`python main.py <arguments>`."""
    environment = {name: value for name, value in os.environ.items() if name != "CDK8S_OUTDIR"}
    command = [sys.executable, str(program), *map(str, arguments)]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=cwd, env={**environment, **(env or {})}, timeout=60
    )


def content(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(files)}
