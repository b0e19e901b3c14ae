"""Writes charts to `<cluster>/<app>/<Kind>.<name>.k8s.yaml`, one object a file, byte-stable.

cdk8s' own FOLDER_PER_CHART_FILE_PER_RESOURCE names files by kind and name only, so two namespaces' objects
overwrite each other silently, and it never calls `to_json`. So the objects are written here.
"""

import re
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from homeground.problem import Problem, refuse

HEADER = "# Written by `make synth`. Change clusters/, games/, constructs/ or apps/ instead.\n"


class KubernetesDumper(yaml.CSafeDumper):
    """Quotes what Kubernetes' YAML parser would read as something else than a string."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
        return True


# PyYAML leaves these plain, go-yaml reads them as bool, float, int or time, whatever underscores are in numbers:
# `y`, `1e3`, `0o17`, `0X1F`, `2001-1-1`.
for _tag, _pattern, _first in (
    ("bool", r"^(?:y|Y|n|N)$", "yYnN"),
    ("float", r"^[-+]?[0-9_]*\.?[0-9_]*(?:[eE]_*[-+]?[0-9_]+)?$", "-+.0123456789"),
    ("int", r"^[-+]?_*0_*(?:[oO]?[0-7_]*|[bB][01_]+|[xX][0-9a-fA-F_]+)$", "-+0"),
    ("timestamp", r"^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt ].*)?$", "0123456789"),
):
    KubernetesDumper.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), list(_first))


def _represent_text(dumper: yaml.CSafeDumper, text: str) -> yaml.ScalarNode:
    """Scripts and nested files as block literals, so that a pull request shows their changed lines."""
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


KubernetesDumper.add_representer(str, _represent_text)


def to_yaml(manifest: Mapping[str, Any]) -> str:
    """One object as YAML that Kubernetes reads back unchanged."""
    return yaml.dump(dict(manifest), Dumper=KubernetesDumper, sort_keys=False, allow_unicode=True, width=2**31 - 1)


def identity(manifest: Mapping[str, Any]) -> tuple[str, str, str, str]:
    """(group, kind, namespace, name): what the API server calls one object, whatever its version."""
    group = manifest["apiVersion"].rpartition("/")[0]
    metadata = manifest["metadata"]
    return group, manifest["kind"], metadata.get("namespace", ""), metadata["name"]


def file_name(manifest: Mapping[str, Any], app_namespace: str) -> str:
    """`Kind.name.k8s.yaml`; the namespace stands in it where it is not the app's own."""
    _, kind, namespace, name = identity(manifest)
    where = f"{namespace}." if namespace not in ("", app_namespace) else ""
    return f"{kind}.{where}{name}.k8s.yaml"


def write_app(folder: Path, app_namespace: str, manifests: Iterable[Mapping[str, Any]]) -> int:
    """Write one app's folder; the number of files written.

    Raises ProblemsError when two manifests are one object or would share a file.
    """
    folder.mkdir(parents=True)
    written: dict[str, tuple[str, str, str, str]] = {}
    problems = []
    for manifest in manifests:
        name = file_name(manifest, app_namespace)
        if name.lower() in written:  # macOS and Windows folders do not tell `A` from `a`
            problems.append(Problem(str(folder / name), 0, "", f"{identity(manifest)} twice", "one manifest an object"))
            continue
        written[name.lower()] = identity(manifest)
        (folder / name).write_text(HEADER + to_yaml(manifest), encoding="utf-8", newline="\n")
    refuse(problems)
    return len(written)


def publish(staged: Path, target: Path) -> None:
    """Put the staged tree in `target`'s place, on the same disk: two renames, no half-written moment."""
    target.parent.mkdir(parents=True, exist_ok=True)
    outgoing = target.with_name(f".{target.name}.old")
    shutil.rmtree(outgoing, ignore_errors=True)
    if target.exists():
        target.rename(outgoing)
    try:
        staged.rename(target)
    except OSError:
        if outgoing.exists():
            outgoing.rename(target)
        raise
    shutil.rmtree(outgoing, ignore_errors=True)
