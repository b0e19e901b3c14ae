"""The Kubernetes objects in a folder, whatever files a generator put them in."""

from pathlib import Path
from typing import Any

import yaml

Identity = tuple[str, str, str, str]


def read(folder: Path) -> dict[Identity, dict[str, Any]]:
    """Raises ValueError when a folder holds one object twice."""
    found: dict[Identity, dict[str, Any]] = {}
    for path in sorted(path for path in folder.rglob("*") if path.suffix in (".yaml", ".yml")):
        for body in yaml.load_all(path.read_bytes(), Loader=yaml.CSafeLoader):
            if body is None:
                continue
            metadata = body["metadata"]
            identity = (body["apiVersion"], body["kind"], metadata.get("namespace", ""), metadata["name"])
            if identity in found:
                raise ValueError(f"{path}: {identity} twice")
            found[identity] = body
    return found
