"""The peers, from the registries, in the exact versions of `peers/*/go.mod` and `peers/uv.lock`."""

import os
import re
import shutil
import subprocess
from pathlib import Path

SOURCES = Path(__file__).parent / "peers"
CACHE = Path(__file__).parents[2] / ".cache" / "homeground" / "bench"
PYTHON = CACHE / "peers" / "bin" / "python"
GO_TOOLS = {
    "helm": "helm.sh/helm/v4/cmd/helm",
    "kustomize": "sigs.k8s.io/kustomize/kustomize/v5",
    "jsonnet": "github.com/google/go-jsonnet/cmd/jsonnet",
}


def install() -> None:
    """Their own environment: Kapitan's typeguard and the one that jsii pins exclude each other."""
    go = shutil.which("go")
    groups = [] if go else ["--group", "go"]
    subprocess.run(
        [_uv(), "sync", "--quiet", "--frozen", "--compile-bytecode", "--project", SOURCES, *groups],
        env={**os.environ, "UV_PROJECT_ENVIRONMENT": str(CACHE / "peers")},
        check=True,
    )
    for name, package in GO_TOOLS.items():
        subprocess.run(
            [go or PYTHON.with_name("go"), "build", "-ldflags=-s -w", "-o", CACHE / name, package],
            cwd=SOURCES / name,
            env={**os.environ, "GOTOOLCHAIN": "local", "CGO_ENABLED": "0"},
            check=True,
        )


def version(package: str) -> str:
    """The pin of a Go module or of a Python package."""
    pins = [path.read_text() for path in (*SOURCES.glob("*/go.mod"), SOURCES / "pyproject.toml")]
    found = re.search(rf'{re.escape(package)}(?: v|==)([^\s"]+)', "\n".join(pins))
    if not found:
        raise LookupError(f"{package} is pinned in no go.mod and not in pyproject.toml")
    return found[1]


def _uv() -> str:
    uv = os.environ.get("UV") or shutil.which("uv")
    if not uv:
        raise FileNotFoundError("uv: name it in $UV or put it on PATH")
    return uv
