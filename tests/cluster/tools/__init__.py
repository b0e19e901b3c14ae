"""The executables of the proving ground: `tool("kube-apiserver")` is the path of one, made if need be.

In order: one that is there (HOMEGROUND_TOOLS or KUBEBUILDER_ASSETS name a folder; it must be of the pinned version),
one made before, the published one by URL and checksum, else compiled from the module that `go.mod` here pins.
`python -m tests.cluster.tools` makes them all, in about 15 minutes from nothing and at once after that.
"""

from pathlib import Path

from homeground.problem import Problem, ProblemsError, suggestion
from tests.cluster.tools import build, given, published, redis
from tests.cluster.tools.upstream import TOOLS

NAMES = (*TOOLS, redis.NAME)


def tool(name: str, place: str = "") -> Path:
    """The executable of that name, of the pinned version. `place`, as in "3/8", begins each line of progress.

    The first time it may take minutes. Raises ProblemsError for a name that is none of NAMES, for one in a given
    folder of another version, for a download with a wrong checksum, and for what can't be compiled.
    """
    if name == redis.NAME:
        return redis.executable()
    if name not in TOOLS:
        expected = f"one of {', '.join(NAMES)}{suggestion(name, NAMES)}"
        raise ProblemsError([Problem("tests/cluster/tools", 0, "", f"no tool {name}", expected)])
    wanted = TOOLS[name]
    there = given.executable(wanted) or published.kept(wanted) or build.made(wanted)
    return there or published.fetched(wanted, place) or build.build(wanted, place)
