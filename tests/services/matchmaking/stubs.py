"""`python -m tests.services.matchmaking.stubs`: write the Python of our .proto files beside them.

Only the generator is a dependency of development; what it writes is committed, and a test compares.
"""

import subprocess
import sys
from pathlib import Path

from tests.program import ROOT

SOURCES = ROOT / "services" / "matchmaking"
FOLDERS = ("openmatch", "wire")


def protos() -> list[str]:
    """Relative to SOURCES, as their imports name them."""
    found = (path for folder in FOLDERS for path in (SOURCES / "matchmaking" / folder).glob("*.proto"))
    return sorted(path.relative_to(SOURCES).as_posix() for path in found)


def services() -> list[str]:
    """Of protos() those that have services: the others need no gRPC code."""
    return [name for name in protos() if "\nservice " in (SOURCES / name).read_text()]


def write(folder: Path) -> list[Path]:
    """All stubs, below `folder`. Raises CalledProcessError, with what protoc said on standard error."""
    out, protoc = str(folder), [sys.executable, "-m", "grpc_tools.protoc", f"--proto_path={SOURCES}"]
    plugins = [f"--plugin={Path(sys.executable).with_name(f'protoc-gen-{name}')}" for name in ("mypy", "mypy_grpc")]
    subprocess.run([*protoc, *plugins, f"--python_out={out}", f"--mypy_out={out}", *protos()], check=True)
    subprocess.run([*protoc, *plugins, f"--grpc_python_out={out}", f"--mypy_grpc_out={out}", *services()], check=True)
    return sorted(path for path in folder.rglob("*_pb2*.py*") if path.suffix in (".py", ".pyi"))


if __name__ == "__main__":
    write(SOURCES)
