"""Executables that are there already: a folder named by an environment variable, as envtest has it."""

import os
from pathlib import Path

from homeground.problem import Problem, refuse
from tests.cluster.tools import version
from tests.cluster.tools.upstream import Tool

ENVTEST = frozenset({"etcd", "kube-apiserver", "kubectl"})
"""What `setup-envtest` puts into the folder that KUBEBUILDER_ASSETS names."""


def named(name: str) -> tuple[Path, str] | None:
    """The file of that name in HOMEGROUND_TOOLS' folder, else in KUBEBUILDER_ASSETS', and which of the two it was."""
    for variable in ("HOMEGROUND_TOOLS", "KUBEBUILDER_ASSETS"):
        folder = os.environ.get(variable)
        if not folder or (variable == "KUBEBUILDER_ASSETS" and name not in ENVTEST):
            continue
        path = Path(folder).absolute() / name
        if path.is_file():
            if not os.access(path, os.X_OK):
                refuse([Problem(str(path), 0, "mode", "no executable", f"chmod +x, or unset {variable}")])
            return path, variable
    return None


def executable(tool: Tool) -> Path | None:
    """The executable to take instead of an own one.

    Raises ProblemsError if there is one of another version: what the tests say would be said of that version.
    """
    if not (found := named(tool.name)):
        return None
    path, variable = found
    version.check(tool, path, f"replace or remove it, or unset {variable}")
    return path
