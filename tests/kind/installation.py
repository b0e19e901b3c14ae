"""Argo CD before Argo CD: its published manifests with our patches, which the Application `argocd` then takes over.

`python -m tests.kind.installation DIST FOLDER` writes a kustomization to FOLDER, for `kubectl apply --kustomize`.
"""

import shutil
import sys
from pathlib import Path
from typing import Any

import yaml

from homeground.validation.upstream import fetch
from homeground.versions import PINS
from tests.cluster.crds import LOADER

BASE = f"argo-cd/{PINS['argo-cd']}/install.yaml"
"""Of upstream.lock: what the path manifests/cluster-install builds, by its checksum."""


def kustomization(dist: Path) -> dict[str, Any]:
    """The Kustomize source of the Application `argocd`, over BASE. `dist` is a cluster's folder."""
    application = yaml.load((dist / "argocd" / "Application.argocd.k8s.yaml").read_bytes(), LOADER)
    spec = application["spec"]
    (source,) = (source for source in spec["sources"] if "kustomize" in source)
    return {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "namespace": spec["destination"]["namespace"],
        "resources": [Path(BASE).name],
        "patches": source["kustomize"]["patches"],
    }


def write(dist: Path, folder: Path) -> None:
    """The kustomization and its base."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(fetch(BASE), folder / Path(BASE).name)
    (folder / "kustomization.yaml").write_text(yaml.safe_dump(kustomization(dist), sort_keys=False))


if __name__ == "__main__":
    write(*map(Path, sys.argv[1:]))
