"""`python -m bench.synth.inputs OURS INPUTS`: what kustomize and Kapitan read from files, for ours' objects.

kustomize gets ready YAML and adds the namespace and one label; Kapitan a target an app.
"""

import shutil
import sys
from pathlib import Path
from typing import Any

import yaml

from bench.synth.objects import read

MANAGED_BY = "app.kubernetes.io/managed-by"


def main(ours: Path, inputs: Path) -> None:
    apps = sorted(path for path in ours.iterdir() if path.is_dir())
    for app in apps:
        _kustomization(app, inputs / "kustomize" / app.name)
    _write(inputs / "kustomize" / "kustomization.yaml", {"resources": [app.name for app in apps]})
    _targets(apps, inputs / "kapitan")


def _kustomization(app: Path, folder: Path) -> None:
    objects = read(app)
    for (_, kind, namespace, name), body in objects.items():
        if body["metadata"].pop("namespace") != namespace:
            raise AssertionError(f"{kind} {name} is read wrongly")
        del body["metadata"]["labels"][MANAGED_BY]
        if kind == "Deployment":
            del body["spec"]["template"]["metadata"]["labels"][MANAGED_BY]
        _write(folder / f"{kind}.{name}.yaml", body)
    _write(
        folder / "kustomization.yaml",
        {
            "resources": [f"{kind}.{name}.yaml" for _, kind, _, name in objects],
            "namespace": app.name,
            "labels": [{"pairs": {MANAGED_BY: "homeground"}, "includeTemplates": True}],
        },
    )


def _targets(apps: list[Path], folder: Path) -> None:
    shutil.copytree(Path(__file__).parent / "peers" / "kapitan", folder)
    for number, app in enumerate(apps):
        pairs = len(list(app.glob("Service.*")))
        parameters = {"app": app.name, "first": number * pairs, "pairs": pairs}
        _write(
            folder / "inventory" / "targets" / f"{app.name}.yml",
            {"classes": ["pairs"], "parameters": parameters},
        )


def _write(path: Path, body: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.dump(body, Dumper=yaml.CSafeDumper), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
