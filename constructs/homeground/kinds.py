"""Every kind the API server will know: its strict schema and its scope, compiled once from the published files.

Reading the API's OpenAPI document and the CRDs takes seconds, so the result is kept in the cache, one file a
kind, under a key made of all inputs' checksums and of the compiler's own text: nothing stale is ever read.
"""

import json
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from jsonschema_rs import Draft202012Validator

from homeground import strict, upstream
from homeground.mismatch import Mismatch, mismatches
from homeground.problem import Problem, ProblemsError
from homeground.source import Yaml12Loader
from homeground.upstream import Published

COMPILER = [Path(__file__), Path(strict.__file__)]
GVK = "x-kubernetes-group-version-kind"


class KindName(NamedTuple):
    """`("apps", "v1", "Deployment")`; the core group is empty."""

    group: str
    version: str
    kind: str

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version


@dataclass(frozen=True)
class Kind:
    """One kind in one version."""

    name: KindName
    namespaced: bool
    file: Path
    """Its strict schema. Read when first used: a run needs some thirty of three hundred."""

    @cached_property
    def schema(self) -> Any:
        try:
            return json.loads(self.file.read_bytes())
        except (OSError, ValueError) as error:
            remedy = f"a compiled schema: remove {self.file.parent}, the next run compiles it anew"
            raise ProblemsError([Problem(str(self.file), 0, "", f"damage ({error})", remedy)]) from None

    @cached_property
    def validator(self) -> Draft202012Validator:
        return Draft202012Validator(self.schema, validate_formats=True)

    def mismatches(self, manifest: Any) -> Iterator[Mismatch]:
        """Where an object of this kind differs from what the server would take."""
        if not self.validator.is_valid(manifest):
            yield from mismatches(self.validator, self.schema, manifest)


@dataclass(frozen=True)
class Kinds:
    """All known kinds."""

    by_name: Mapping[KindName, Kind] = field(default_factory=dict)

    def find(self, api_version: str, kind: str) -> Kind | None:
        group, _, version = api_version.rpartition("/")
        return self.by_name.get(KindName(group, version, kind))

    def near(self, api_version: str, kind: str) -> str:
        """` (did you mean apps/v1 Deployment?)`: the same kind elsewhere first, then one that reads like it."""
        names = {f"{name.api_version} {name.kind}": name.kind for name in self.by_name}
        same = [text for text, known in names.items() if known == kind]
        close = same or get_close_matches(f"{api_version} {kind}", names, n=1, cutoff=0.8)
        return f" (did you mean {close[0]}?)" if close else ""


def load(lock: Mapping[str, Published] | None = None) -> Kinds:
    """All kinds of the lock's files, compiled on the first call for these files.

    Raises ProblemsError when a published file can't be had.
    """
    inputs = [file for file in (lock or upstream.locked()).values() if holds_kinds(file)]
    folder = upstream.cache_folder() / "schemas" / _key(inputs)
    if not folder.is_dir():
        _compile_into(folder, inputs)
    index = json.loads((folder / "index.json").read_bytes())
    return Kinds({
        (name := KindName(*parts)): Kind(name, namespaced, folder / file_name(name))
        for *parts, namespaced in index
    })  # fmt: skip


def holds_kinds(file: Published) -> bool:
    name = file.file.rpartition("/")[2]
    return name == "swagger.json" or (name.endswith(".yaml") and not name.endswith(("values.yaml", "Chart.yaml")))


def file_name(name: KindName) -> str:
    return f"{name.group or 'core'}_{name.version}_{name.kind}.json"


def _key(inputs: Iterable[Published]) -> str:
    parts = [*(path.read_text(encoding="utf-8") for path in COMPILER), *(file.sha256 for file in inputs)]
    return sha256("\n".join(parts).encode()).hexdigest()[:32]


def _compile_into(folder: Path, inputs: list[Published]) -> None:
    """Compile beside the target and rename: other processes see all of it or nothing."""
    paths = upstream.fetch_all(inputs)
    started = time.perf_counter()
    sys.stderr.write(f"kinds: compiling the schemas of {len(inputs)} published files (once for these versions)\n")
    folder.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=".new-", dir=folder.parent))
    part.chmod(0o755)
    index = []
    for name, namespaced, schema in compiled(paths, inputs):
        (part / file_name(name)).write_text(json.dumps(schema, separators=(",", ":")), encoding="utf-8")
        index.append((*name, namespaced))
    (part / "index.json").write_text(json.dumps(sorted(set(index))), encoding="utf-8")
    try:
        part.rename(folder)
    except OSError:  # another process was first, with the same result
        shutil.rmtree(part)
        if not folder.is_dir():
            raise
    sys.stderr.write(f"kinds: {len(set(index))} kinds in {time.perf_counter() - started:.1f} s\n")


def compiled(paths: Iterable[Path], inputs: Iterable[Published]) -> Iterator[tuple[KindName, bool, Any]]:
    """(name, namespaced, schema) of every kind in the files."""
    documents = [_parse(path, file) for path, file in zip(paths, inputs, strict=True)]
    types: dict[str, Any] = {}
    for document in (d for ds in documents for d in ds if "definitions" in d):
        types |= strict.definitions(document)
        yield from core_kinds(document, types)
    for document in (d for ds in documents for d in ds if d.get("kind") == "CustomResourceDefinition"):
        yield from custom_kinds(document, types)


def _parse(path: Path, file: Published) -> list[Any]:
    text = path.read_text(encoding="utf-8")
    if file.file.endswith(".json"):
        return [json.loads(text)]
    # Parsing is the cost, and an install file is mostly CRDs: only those are parsed.
    parts = re.split(r"^---.*$", text, flags=re.MULTILINE)
    return [
        yaml.load(part, Yaml12Loader)
        for part in parts
        if re.search(r"^kind:\s*[\"']?CustomResourceDefinition", part, re.MULTILINE)
    ]


def core_kinds(document: Any, types: Mapping[str, Any]) -> Iterator[tuple[KindName, bool, Any]]:
    """The kinds that the API's paths serve; a path with a namespace in it makes a kind namespaced."""
    scopes: dict[KindName, bool] = {}
    for path, operations in document["paths"].items():
        for operation in operations.values():
            if isinstance(operation, dict) and GVK in operation:
                name = _name(operation[GVK])
                scopes[name] = scopes.get(name, False) or "/namespaces/{namespace}/" in path
    for long_name, definition in document["definitions"].items():
        for name in map(_name, definition.get(GVK, [])):
            if name in scopes:
                root = {"$ref": f"#/$defs/{long_name}"}
                yield name, scopes[name], strict.closed_over(root, types)


def custom_kinds(crd: Any, types: Mapping[str, Any]) -> Iterator[tuple[KindName, bool, Any]]:
    """A kind for each version that the CRD serves."""
    spec = crd["spec"]
    for version in spec["versions"]:
        if version["served"]:
            name = KindName(spec["group"], version["name"], spec["names"]["kind"])
            yield name, spec["scope"] == "Namespaced", strict.closed_over(strict.custom(version), types)


def _name(gvk: Mapping[str, str]) -> KindName:
    return KindName(gvk["group"], gvk["version"], gvk["kind"])
