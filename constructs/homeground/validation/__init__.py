"""The rendered tree against what the API server would take: a stage of its own that trusts no stage before it.

Every file is read back from disk. CEL rules, webhooks and quotas stay with the cluster.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from homeground.output import identity
from homeground.problem import Problem, refuse
from homeground.source import FieldPath
from homeground.validation import kinds, upstream
from homeground.validation.kinds import Kinds
from homeground.validation.mismatch import Mismatch
from homeground.validation.rendered import Rendered, read_tree
from homeground.validation.values import value_mismatches

SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
PATH_SEGMENT = re.compile(r"(?!\.{1,2}$)[^/%]+")
LABEL_RULE = "a DNS label: at most 63 of a-z, 0-9 and - (RFC 1123)"


def validate(folder: Path, shown_as: str | None = None) -> int:
    """Check every object below `folder`; how many there are.

    Raises ProblemsError with the problems of all files. `shown_as` is what messages call the folder.
    """
    return len(check(folder, shown_as))


def check(folder: Path, shown_as: str | None = None) -> list[Rendered]:
    """The same, giving the objects."""
    rendered, problems = read_tree(folder, shown_as or str(folder))
    known = kinds.load()
    for item in rendered:
        problems.extend(item.problems(_mismatches(item.manifest, known)))
    problems.extend(_second_owners(rendered))
    refuse(problems)
    return rendered


def _mismatches(manifest: Any, known: Kinds) -> Iterator[Mismatch]:
    """All that is wrong with one object."""
    api_version, kind_name = manifest["apiVersion"], manifest["kind"]
    kind = known.find(api_version, kind_name)
    if kind is None:
        near = known.near(api_version, kind_name)
        expected = f"a kind whose published CRD is in {upstream.LOCK.name}{near}: add it there"
        yield Mismatch(("kind",), f"{api_version} {kind_name}, which has no schema", expected)
        return
    yield from kind.mismatches(manifest)
    yield from _scope(manifest, kind.namespaced)
    yield from _name(manifest, kind.name.group)
    if (kind.name.group, kind.name.kind) == ("argoproj.io", "Application"):
        yield from _chart_values(manifest)


def _scope(manifest: Any, namespaced: bool) -> Iterator[Mismatch]:
    namespace = manifest["metadata"].get("namespace")
    path = ("metadata", "namespace")
    if namespaced and not namespace:
        yield Mismatch(path, "nothing", f"a namespace: {manifest['kind']} is namespaced")
    elif namespace and not namespaced:
        yield Mismatch(path, namespace, f"no namespace: {manifest['kind']} belongs to the whole cluster")
    elif namespace and not _is_label(namespace):
        yield Mismatch(path, namespace, LABEL_RULE)


def _name(manifest: Any, group: str) -> Iterator[Mismatch]:
    """Names as the server checks them: RBAC takes what fits in a URL, a few kinds only a DNS label."""
    name = manifest["metadata"]["name"]
    if group == "rbac.authorization.k8s.io":
        valid, rule = bool(PATH_SEGMENT.fullmatch(name)), "a name without / and %"
    elif not group and manifest["kind"] in ("Namespace", "Service"):
        valid, rule = _is_label(name), LABEL_RULE
    else:
        valid, rule = _is_subdomain(name), "a DNS name: at most 253 of a-z, 0-9, - and . (RFC 1123)"
    if not valid:
        yield Mismatch(("metadata", "name"), name, rule)


def _is_label(text: str) -> bool:
    return len(text) <= 63 and bool(LABEL.fullmatch(text))


def _is_subdomain(text: str) -> bool:
    return len(text) <= 253 and bool(SUBDOMAIN.fullmatch(text))


def _chart_values(application: Any) -> Iterator[Mismatch]:
    """The Helm values of an Application, against the charts that read them."""
    for path, source in _sources(application):
        helm = source.get("helm")
        values = helm.get("valuesObject") if isinstance(helm, dict) else None
        if isinstance(values, dict) and (chart := source.get("chart")):
            for wrong in value_mismatches(str(chart), str(source.get("targetRevision", "")), values):
                yield Mismatch((*path, "helm", "valuesObject", *wrong.path), wrong.found, wrong.expected)


def _sources(application: Any) -> Iterator[tuple[FieldPath, dict[str, Any]]]:
    """`spec.source` and `spec.sources[]`, as far as they are what the schema asks for."""
    spec = application.get("spec")
    if not isinstance(spec, dict):
        return
    several = spec.get("sources")
    listed = several if isinstance(several, list) else []
    candidates: list[tuple[FieldPath, Any]] = [
        (("spec", "source"), spec.get("source")),
        *((("spec", "sources", index), source) for index, source in enumerate(listed)),
    ]
    yield from ((path, source) for path, source in candidates if isinstance(source, dict))


def _second_owners(rendered: list[Rendered]) -> Iterator[Problem]:
    """One object in two files of one cluster: two apps would fight over it."""
    owners: dict[tuple[str, ...], Rendered] = {}
    for item in rendered:
        first = owners.setdefault((item.cluster, *identity(item.manifest)), item)
        if first is not item:
            what = " ".join(part for part in identity(item.manifest) if part)
            twice = Mismatch(("metadata", "name"), f"{what} again", f"one owner (the first is {first.shown_as})")
            yield from item.problems([twice])
