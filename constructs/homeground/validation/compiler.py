"""Published files in, kinds out: the API's OpenAPI document and every CRD as (name, scope, strict schema)."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from homeground.source import Yaml12Loader
from homeground.validation import strict
from homeground.validation.upstream import Published

GVK = "x-kubernetes-group-version-kind"
STABLE = re.compile(r"v\d+")


class KindName(NamedTuple):
    """`("apps", "v1", "Deployment")`; the core group is empty."""

    group: str
    version: str
    kind: str

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version


class Compiled(NamedTuple):
    """A kind, whether its objects live in namespaces, and its schema as a document that stands alone."""

    name: KindName
    namespaced: bool
    schema: Any


def holds_kinds(file: Published) -> bool:
    """Whether a published file can define kinds: all but the files of a chart."""
    name = file.file.rpartition("/")[2]
    return name == "swagger.json" or (name.endswith(".yaml") and not name.endswith(("values.yaml", "Chart.yaml")))


def compile_kinds(paths: Iterable[Path]) -> Iterator[Compiled]:
    """Every kind that the files define."""
    types: dict[str, Any] = {}
    crds = []
    for document in (document for path in paths for document in _documents(path)):
        if "definitions" in document:
            types |= strict.definitions(document)
            yield from core_kinds(document, types)
        else:
            crds.append(document)
    for crd in crds:
        yield from custom_kinds(crd, types)


def core_kinds(document: Any, types: Mapping[str, Any]) -> Iterator[Compiled]:
    """The kinds that the API serves unless told otherwise; a path with a namespace in it makes a kind namespaced.

    Alpha and beta versions are in the document, but off in the server (`--runtime-config`).
    """
    scopes: dict[KindName, bool] = {}
    for path, operations in document["paths"].items():
        if "{name}/" in path:  # a subresource: its kind (Eviction, Scale) has no objects of its own
            continue
        for operation in operations.values():
            name = _name(operation[GVK]) if isinstance(operation, dict) and GVK in operation else None
            if name and STABLE.fullmatch(name.version):
                scopes[name] = scopes.get(name, False) or "/namespaces/{namespace}/" in path
    for long_name, definition in document["definitions"].items():
        for name in map(_name, definition.get(GVK, [])):
            if name in scopes:
                root = {"$ref": f"#/$defs/{long_name}"}
                yield Compiled(name, scopes[name], strict.closed_over(root, types))


def custom_kinds(crd: Any, types: Mapping[str, Any]) -> Iterator[Compiled]:
    """A kind for each version that the CRD serves."""
    spec = crd["spec"]
    for version in spec["versions"]:
        if version["served"]:
            name = KindName(spec["group"], version["name"], spec["names"]["kind"])
            schema = strict.closed_over(strict.custom(version), types)
            yield Compiled(name, spec["scope"] == "Namespaced", schema)


def _documents(path: Path) -> Iterator[Any]:
    """The OpenAPI document, or the CRDs among the objects of a YAML file."""
    text = path.read_text(encoding="utf-8")
    if text.startswith("{"):
        yield json.loads(text)
        return
    # Parsing is the cost, and an install file holds much else: only its CRDs are parsed.
    for part in re.split(r"^---.*$", text, flags=re.MULTILINE):
        if re.search(r"^kind:\s*[\"']?CustomResourceDefinition", part, re.MULTILINE):
            yield yaml.load(part, Yaml12Loader)


def _name(gvk: Mapping[str, str]) -> KindName:
    return KindName(gvk["group"], gvk["version"], gvk["kind"])
