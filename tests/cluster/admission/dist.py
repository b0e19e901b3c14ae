"""The committed manifests of a cluster, as Argo CD reads them from Git."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from homeground.app import WAVE
from tests.cluster.api import Json
from tests.program import ROOT

CLUSTERS = ("hybrid", "local")
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Rendered:
    """One file of dist/."""

    path: Path
    manifest: Json

    @property
    def app(self) -> str:
        return self.path.parent.name

    @property
    def shown(self) -> str:
        return self.path.relative_to(ROOT / "dist").as_posix()

    @property
    def order(self) -> tuple[int, bool]:
        """Argo CD's order: by wave, and in each the namespaces first."""
        metadata = self.manifest["metadata"]
        return int(metadata.get("annotations", {}).get(WAVE, "0")), self.manifest["kind"] != "Namespace"


@cache
def rendered(cluster: str) -> tuple[Rendered, ...]:
    """Every object of a cluster, in the order in which they are applied."""
    paths = sorted((ROOT / "dist" / cluster).glob("*/*.yaml"))
    return tuple(sorted((Rendered(path, _read(path)) for path in paths), key=lambda each: each.order))


def of_kind(cluster: str, kind: str) -> Iterator[Json]:
    return (each.manifest for each in rendered(cluster) if each.manifest["kind"] == kind)


def named(cluster: str, kind: str, name: str) -> Json:
    """One object. Raises StopIteration where there is none."""
    return next(manifest for manifest in of_kind(cluster, kind) if manifest["metadata"]["name"] == name)


def _read(path: Path) -> Json:
    manifest: Json = yaml.load(path.read_text(encoding="utf-8"), LOADER)
    return manifest
