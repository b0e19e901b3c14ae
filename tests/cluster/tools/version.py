"""The version an executable says it has, and whether it is the pinned one."""

import os
import re
import subprocess
from functools import cache
from pathlib import Path

from homeground.problem import Problem, refuse
from homeground.versions import minor
from tests.cluster.tools.upstream import Tool

ANSWER_SECONDS = 20
"""kube-apiserver needs 0.1 s; a busy machine more."""


def told_by(executable: Path, ask: tuple[str, ...]) -> str:
    """`1.35.4`, the first version in what it prints; else what went wrong, in words."""
    return _told_by(executable, ask, executable.stat().st_mtime_ns)


@cache
def _told_by(executable: Path, ask: tuple[str, ...], _changed: int) -> str:
    try:
        done = subprocess.run(
            [executable, *ask],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=ANSWER_SECONDS, check=False,
            env={key: value for key, value in os.environ.items() if key != "ARGOCD_BINARY_NAME"},
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"no answer ({error})"
    found = re.search(r"\bv?(\d+\.\d+\.\d+(?:-[0-9A-Za-z.]+)?)", done.stdout)
    first = (done.stdout + done.stderr).strip().partition("\n")[0][:200]
    return found[1] if found else f"no version (exit {done.returncode}: {first})"


def accepted(tool: Tool, found: str) -> bool:
    """The pinned version; of Kubernetes and etcd, as their APIs are per minor, any of the pinned minor."""
    if not found[:1].isdigit():
        return False
    pinned = tool.upstream.version
    return found == pinned or (tool.upstream.patch_may_differ and "-" not in found and minor(found) == minor(pinned))


def check(tool: Tool, executable: Path, remedy: str) -> None:
    """Raises ProblemsError if the executable is not of an accepted version; `remedy` ends the message."""
    found = told_by(executable, tool.ask)
    pinned = tool.upstream.version
    wanted = ".".join(map(str, minor(pinned))) + ".x" if tool.upstream.patch_may_differ else pinned
    if not accepted(tool, found):
        refuse([Problem(str(executable), 0, "version", found, f"{wanted}, as go.mod pins {tool.name}: {remedy}")])
