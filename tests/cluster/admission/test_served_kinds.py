"""An API that the server does not serve is refused when synthesizing, and what it does serve is not."""

import json
from functools import partial
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest
import yaml

from homeground.problem import ProblemsError
from homeground.validation import kinds, upstream, validate
from tests.cluster.admission.applied import Applied
from tests.cluster.admission.dist import CLUSTERS, rendered
from tests.cluster.admission.first_sync import crds_of
from tests.cluster.api import ApiError, Json
from tests.program import ROOT

pytestmark = pytest.mark.cluster

REMOVED = [
    ("policy/v1beta1", "PodDisruptionBudget", "policy/v1"),  # 1.25
    ("autoscaling/v2beta2", "HorizontalPodAutoscaler", "autoscaling/v"),  # 1.26
    ("flowcontrol.apiserver.k8s.io/v1beta3", "FlowSchema", "flowcontrol.apiserver.k8s.io/v1"),  # 1.32
    ("extensions/v1beta1", "NetworkPolicy", "networking.k8s.io/v1"),  # 1.16
]
OFF = [
    ("admissionregistration.k8s.io/v1beta1", "MutatingAdmissionPolicy", ""),
    ("scheduling.k8s.io/v1alpha1", "Workload", ""),
    ("resource.k8s.io/v1beta1", "DeviceClass", "resource.k8s.io/v1"),
]
"""In the published schema, but not served unless the API server is told to."""


@pytest.mark.parametrize(("api_version", "kind", "now"), [*REMOVED, *OFF])
def test_what_is_not_served_is_refused_at_both_ends(
    cluster: Applied, tmp_path: Path, api_version: str, kind: str, now: str
) -> None:
    manifest = {"apiVersion": api_version, "kind": kind, "metadata": {"name": "old", "namespace": "default"}}
    folder = tmp_path / "dist" / cluster.name / "policy"
    folder.mkdir(parents=True)
    (folder / "old.yaml").write_text(yaml.safe_dump(manifest))
    with pytest.raises(ProblemsError) as refused:
        validate(tmp_path / "dist", "dist")
    [problem] = refused.value.problems
    assert f"{api_version} {kind}, which has no schema" in problem.found
    assert f"did you mean {now}" in problem.expected or not now
    with pytest.raises(ApiError) as answer:
        cluster.api.apply(manifest)
    assert answer.value.status == 404


def served(cluster: Applied, groups: set[str]) -> set[tuple[str, str, bool]]:
    """(apiVersion, kind, namespaced) of everything that discovery lists in these groups."""
    listed = cluster.api.call("GET", "/apis")["groups"]
    versions = [version["groupVersion"] for group in listed if group["name"] in groups for version in group["versions"]]
    paths = {version: f"/apis/{version}" for version in versions} | ({"v1": "/api/v1"} if "" in groups else {})
    return {
        (version, resource["kind"], resource["namespaced"])
        for version, path in paths.items()
        for resource in cluster.api.call("GET", path)["resources"]
        if "/" not in resource["name"]
    }


def known(groups: set[str]) -> set[tuple[str, str, bool]]:
    """The same of what synthesizing accepts."""
    by_name = kinds.load().by_name
    return {(name.api_version, name.kind, kind.namespaced) for name, kind in by_name.items() if name.group in groups}


def test_the_built_in_kinds_are_those_that_the_server_serves(cluster: Applied) -> None:
    custom = {crd["spec"]["group"] for crd in cluster.api.list("apiextensions.k8s.io/v1", "CustomResourceDefinition")}
    listed = {group["name"] for group in cluster.api.call("GET", "/apis")["groups"]}
    built_in = {*listed, ""} - custom
    assert len(built_in) > 15
    assert known(built_in) == served(cluster, built_in)
    unknown = {name.group for name in kinds.load().by_name} - built_in
    assert {group for group in unknown if group.endswith(".k8s.io") or "." not in group} == set()


def test_the_custom_kinds_that_we_use_are_those_that_the_server_serves(cluster: Applied) -> None:
    ours = {crd["spec"]["group"]: crd["spec"]["names"]["kind"] for crd in crds_of(cluster.name)}
    there = served(cluster, set(ours))
    assert there <= known(set(ours))
    used = {(each.manifest["apiVersion"], each.manifest["kind"]) for each in rendered(cluster.name)}
    assert {pair for pair in used if pair[0].partition("/")[0] in ours} <= {each[:2] for each in there}


def without(swagger: Json, group: str, version: str) -> Json:
    """The API's document of a Kubernetes version that has dropped an API."""
    paths = {path: value for path, value in swagger["paths"].items() if f"/apis/{group}/{version}/" not in path}
    assert len(paths) < len(swagger["paths"])
    return swagger | {"paths": paths}


@pytest.mark.slow
@pytest.mark.xdist_group(f"admission-{CLUSTERS[1]}")
def test_a_version_that_drops_what_we_render_is_caught(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pin the document of a Kubernetes without policy/v1, and synthesize what is there for the present one."""
    lock = dict(upstream.locked())
    [swagger] = [file for file in lock.values() if file.file.endswith("swagger.json")]
    content = json.dumps(without(json.loads(upstream.fetch(swagger).read_bytes()), "policy", "v1")).encode()
    next_one = msgspec.structs.replace(swagger, sha256=sha256(content).hexdigest(), bytes=len(content))
    mirror = tmp_path / "mirror" / next_one.file
    mirror.parent.mkdir(parents=True)
    mirror.write_bytes(content)
    for file in lock.values():
        if file is not swagger:
            upstream.keep(tmp_path / "cache" / "upstream" / file.sha256, upstream.fetch(file).read_bytes())
    monkeypatch.setenv("HOMEGROUND_UPSTREAM", str(tmp_path / "mirror"))
    monkeypatch.setenv("HOMEGROUND_CACHE", str(tmp_path / "cache"))
    load = partial(kinds.load, lock | {swagger.file: next_one})
    monkeypatch.setattr("homeground.validation.kinds.load", load)
    with pytest.raises(ProblemsError) as refused:
        validate(ROOT / "dist", "dist")
    budgets = [each for name in CLUSTERS for each in rendered(name) if each.manifest["apiVersion"] == "policy/v1"]
    assert [problem.file for problem in refused.value.problems] == [f"dist/{each.shown}" for each in budgets]
    assert {problem.found for problem in refused.value.problems} == {
        "policy/v1 PodDisruptionBudget, which has no schema"
    }
