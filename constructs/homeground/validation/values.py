"""Helm values against the chart that will read them.

Helm ignores a value that no template reads, so a misspelt or renamed one is silently the default. Here each path
we set must exist in the pinned chart: in its values.yaml or in its values.schema.json.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import yaml
from jsonschema_rs import Draft7Validator, Draft202012Validator

from homeground.problem import Problem
from homeground.source import FieldPath, Yaml12Loader, dotted
from homeground.validation import upstream
from homeground.validation.mismatch import Mismatch, mismatches, shown, unknown
from homeground.validation.upstream import Published

NAME_IN_LOCK = {"aws-mountpoint-s3-csi-driver": "mountpoint-s3-csi-driver"}
"""Charts that are called otherwise than their project."""

_SHIM = "listed under 'All configurable keys per shim', but this shim's block leaves it out"
_CONTROLLER = "read by templates/controller.yaml; values.yaml has at most an example of it in a comment"
_INSTALLATION = "goes into the Installation as it is; values.yaml has it commented out"

PASSED_ON = re.compile(
    r"(nodeSelector|affinity|resources|seLinuxOptions|annotations|labels|securityContext|strategy)$", re.I
)
"""Parts of pods that charts hand over whole, whatever keys their defaults have: the API server checks those."""

# Values that a chart's templates read, though its values.yaml only mentions them in comments: path -> reason.
EXCEPTIONS: Mapping[str, Mapping[FieldPath, str]] = {
    "kata-deploy": {
        ("shims", "*", "dropIn"): _SHIM,
        ("shims", "*", "containerd", "forceGuestPull"): _SHIM,
        ("shims", "*", "crio", "guestPull"): _SHIM,
        ("shims", "*", "agent", "httpsProxy"): _SHIM,
        ("shims", "*", "agent", "noProxy"): _SHIM,
        ("shims", "*", "runtimeClass", "nodeSelector"): _SHIM,
        ("shims", "*", "runtimeClass", "overheadEnabled"): _SHIM,
        ("shims", "*", "runtimeClass", "overhead"): _SHIM,
    },
    "tigera-operator": {
        ("installation", "cni"): _INSTALLATION,
        ("installation", "calicoNetwork"): _INSTALLATION,
        ("installation", "nodeMetricsPort"): _INSTALLATION,
        ("installation", "registry"): _INSTALLATION,
        ("installation", "logging"): _INSTALLATION,
    },
    "mountpoint-s3-csi-driver": {
        ("node", "serviceAccount", "annotations"): "commented out: a role for AWS' own identities",
        ("controller", "nodeSelector"): _CONTROLLER,
        ("controller", "tolerations"): _CONTROLLER,
        ("controller", "resources"): _CONTROLLER,
    },
}


@dataclass(frozen=True)
class ChartValues:
    """What one chart version reads."""

    name: str
    defaults: dict[str, Any]
    schema: Any = None

    @cached_property
    def validator(self) -> Draft7Validator | Draft202012Validator:
        draft = Draft7Validator if "draft-07" in self.schema.get("$schema", "") else Draft202012Validator
        # MetalLB's `$schema` says https where the draft says http; the draft is chosen here.
        return draft({key: value for key, value in self.schema.items() if key != "$schema"})

    def mismatches(self, values: Mapping[str, Any]) -> Iterator[Mismatch]:
        """Where our values name something that the chart doesn't read, or break its schema."""
        unread = list(self._unread(values, self.defaults, self.schema, ()))
        yield from unread
        if self.schema is not None:
            told = {mismatch.path for mismatch in unread}
            theirs = set(mismatches(self.validator, self.schema, self.defaults))
            for mismatch in mismatches(self.validator, self.schema, merge(self.defaults, values)):
                if mismatch.path not in told and mismatch not in theirs:
                    yield mismatch

    def _unread(self, ours: Mapping[str, Any], defaults: Any, schema: Any, path: FieldPath) -> Iterator[Mismatch]:
        fields = _fields(self.schema, schema)
        documented = self._documented(path)
        for key, value in ours.items():
            here = (*path, key)
            if key in defaults:
                yield from self._below(value, defaults[key], fields.get(key), here)
            elif _fields(self.schema, fields.get(key)) or (key in documented and self._documented(here)):
                if isinstance(value, dict):
                    yield from self._unread(value, {}, fields.get(key), here)
            elif key not in fields and key not in documented:
                yield unknown(here, {*defaults, *fields, *documented} - {"*"})

    def _below(self, value: Any, default: Any, schema: Any, path: FieldPath) -> Iterator[Mismatch]:
        """A value against the default that it replaces. Below `{}` and null only a schema can tell."""
        if isinstance(value, dict):
            if isinstance(default, dict) and default and not self._open(schema, path):
                yield from self._unread(value, default, schema, path)
            elif default is not None and not isinstance(default, dict) and schema is None:
                yield Mismatch(path, "a mapping", f"a value like the chart's {shown(default)}")
        elif isinstance(default, dict) and value is not None:
            yield Mismatch(path, shown(value), "a mapping: Helm drops what turns one into something else")

    def _open(self, schema: Any, path: FieldPath) -> bool:
        """Whether a mapping may hold other keys than its default does."""
        if schema is None:
            return bool(PASSED_ON.search(str(path[-1])))
        return (
            not _fields(self.schema, schema) and _target(self.schema, schema).get("additionalProperties") is not False
        )

    def _documented(self, path: FieldPath) -> set[str]:
        """What EXCEPTIONS lists right below a path."""
        return {
            str(known[len(path)])
            for known in EXCEPTIONS.get(self.name, {})
            if len(known) > len(path) and all(part in ("*", ours) for part, ours in zip(known, path, strict=False))
        }


def problems(chart: str, version: str, values: Mapping[str, Any], where: str) -> Iterator[Problem]:
    """Every value that this chart version would not read; `where` is the file they are written in."""
    for mismatch in value_mismatches(chart, version, values):
        yield Problem(where, 0, dotted(mismatch.path), mismatch.found, mismatch.expected)


def value_mismatches(chart: str, version: str, values: Mapping[str, Any]) -> Iterator[Mismatch]:
    """The same, with paths relative to the values."""
    if not values:
        return
    name = NAME_IN_LOCK.get(chart, chart)
    files = {
        file.file.rpartition("/")[2]: file
        for file in upstream.locked().values()
        if file.name == name and file.version == version.removeprefix("v")
    }
    if "values.yaml" in files:
        yield from _chart(name, files["values.yaml"], files.get("values.schema.json")).mismatches(values)
    else:
        pinned = sorted({file.version for file in upstream.locked().values() if file.name == name})
        expected = f"version {' or '.join(pinned)}" if pinned else "a chart"
        yield Mismatch((), f"values for {chart} {version}", f"{expected} whose values.yaml is in {upstream.LOCK.name}")


def merge(defaults: Any, ours: Any) -> Any:
    """What Helm makes of both: mappings are merged, null removes a key, all else replaces."""
    if not isinstance(defaults, dict) or not isinstance(ours, dict):
        return ours
    merged = {**defaults, **{key: merge(defaults.get(key), value) for key, value in ours.items()}}
    return {key: value for key, value in merged.items() if value is not None or key not in ours}


@cache
def _chart(name: str, values: Published, schema: Published | None) -> ChartValues:
    return load_chart(name, upstream.fetch(values), upstream.fetch(schema) if schema else None)


def load_chart(name: str, values: Path, schema: Path | None) -> ChartValues:
    defaults = yaml.load(values.read_text(encoding="utf-8"), Yaml12Loader) or {}
    return ChartValues(name, defaults, json.loads(schema.read_bytes()) if schema else None)


def _fields(root: Any, schema: Any) -> dict[str, Any]:
    """The properties of a part of a values schema."""
    fields: dict[str, Any] = _target(root, schema).get("properties", {})
    return fields


def _target(root: Any, schema: Any) -> dict[str, Any]:
    """A part of a values schema, or what its reference points at."""
    while isinstance(schema, dict) and schema.get("$ref", "").startswith("#/"):
        target = root
        for part in schema["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        schema = target
    return schema if isinstance(schema, dict) else {}
