"""Kinds: what the API server would refuse is refused here, what it would take is taken."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from homeground.problem import ProblemsError
from homeground.validation import kinds
from homeground.validation.compiler import KindName
from homeground.validation.kinds import Kinds
from homeground.validation.strict import strict
from homeground.validation.upstream import Published

Check = Callable[[dict[str, Any]], list[tuple[str, str, str]]]


@pytest.fixture(scope="module")
def known() -> Kinds:
    """The kinds of the repository's own lock, from the shared cache."""
    return kinds.load()


@pytest.fixture
def check(known: Kinds) -> Check:
    """(field, found, expected) of every mismatch of an object."""

    def check(manifest: dict[str, Any]) -> list[tuple[str, str, str]]:
        kind = known.find(manifest["apiVersion"], manifest["kind"])
        assert kind is not None
        return sorted((".".join(map(str, m.path)), m.found, m.expected) for m in kind.mismatches(manifest))

    return check


def deployment(container: dict[str, Any] | None = None, **spec: Any) -> dict[str, Any]:
    labels = {"app": "web"}
    pod = {"containers": [{"name": "web", "image": "web:1", **(container or {})}]}
    template = {"metadata": {"labels": labels}, "spec": pod}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "web"},
        "spec": {"selector": {"matchLabels": labels}, "template": template, **spec},
    }


def fleet(**spec: Any) -> dict[str, Any]:
    server = {"template": {"spec": {"containers": [{"name": "game", "image": "game:1"}]}}}
    return {
        "apiVersion": "agones.dev/v1",
        "kind": "Fleet",
        "metadata": {"name": "duel", "namespace": "games-acme"},
        "spec": {"replicas": 2, "template": {"spec": server}, **spec},
    }


def test_a_right_deployment_and_a_right_fleet_pass(check: Check) -> None:
    assert check(deployment()) == []
    assert check(fleet()) == []


def test_an_unknown_field_is_told_with_the_near_one(check: Check) -> None:
    [(field, found, expected)] = check(deployment(replica=2))
    assert (field, found) == ("spec.replica", "an unknown field")
    assert "(did you mean replicas?)" in expected


def test_a_custom_kind_knows_its_fields_as_the_server_does(check: Check) -> None:
    [(field, _, expected)] = check(fleet(schedulling="Packed"))
    assert field == "spec.schedulling"
    assert "(did you mean scheduling?)" in expected
    assert check(fleet(scheduling="packed")) == [
        ("spec.scheduling", '"packed"', "one of Packed, Distributed (did you mean Packed?)")
    ]


def test_several_mistakes_are_told_together(check: Check) -> None:
    wrong = fleet(replicas="2", strategy={"kind": "Recreate"})
    del wrong["spec"]["template"]
    assert [field for field, _, _ in check(wrong)] == ["spec.replicas", "spec.strategy.kind", "spec.template"]


def test_a_missing_field_is_told_by_what_belongs_there(check: Check) -> None:
    wrong = deployment()
    del wrong["spec"]["selector"]
    assert check(wrong) == [("spec.selector", "nothing", "a mapping")]


@pytest.mark.parametrize("amount", [1, "25%"])
def test_an_int_or_string_takes_both(check: Check, amount: object) -> None:
    rolling = {"rollingUpdate": {"maxSurge": amount}}
    assert check(deployment(strategy=rolling)) == []
    assert check(fleet(strategy=rolling)) == []


def test_an_int_or_string_takes_nothing_else(check: Check) -> None:
    rolling = {"rollingUpdate": {"maxSurge": True}}
    expected = [("spec.strategy.rollingUpdate.maxSurge", "true", "a whole number or text")]
    assert check(deployment(strategy=rolling)) == expected
    assert check(fleet(strategy=rolling)) == expected


@pytest.mark.parametrize("amount", ["250m", "1.5Gi", 2, "1e3", ".5"])
def test_a_quantity_may_be_text_or_a_number(check: Check, amount: object) -> None:
    assert check(deployment({"resources": {"limits": {"memory": amount}}})) == []


@pytest.mark.parametrize("amount", ["512MB", "1 Gi", "lots", ""])
def test_what_kubernetes_cannot_read_as_a_quantity_is_refused(check: Check, amount: str) -> None:
    [(field, found, _)] = check(deployment({"resources": {"limits": {"memory": amount}}}))
    assert field == "spec.template.spec.containers.0.resources.limits.memory"
    assert found == json.dumps(amount)


@pytest.mark.parametrize(
    ("manifest", "field"),
    [
        (deployment(replicas=2**31), "spec.replicas"),
        (deployment(replicas=None), "spec.replicas"),
        (deployment({"env": [{"name": "DEBUG", "value": True}]}), "spec.template.spec.containers.0.env.0.value"),
        (fleet(replicas=-1), "spec.replicas"),
    ],
)
def test_a_value_that_go_cannot_hold_is_refused(check: Check, manifest: dict[str, Any], field: str) -> None:
    assert [name for name, _, _ in check(manifest)] == [field]


def test_a_label_is_at_most_63_characters_for_every_kind(check: Check) -> None:
    fits, too_long = fleet(), fleet()
    fits["metadata"]["labels"] = {"files.example/duel": "a" * 63}
    too_long["metadata"]["labels"] = {"files.example/duel": "a" * 64}
    assert check(fits) == []
    assert [field for field, _, _ in check(too_long)] == ["metadata.labels.files.example/duel"]


def test_an_annotation_is_text(check: Check) -> None:
    wrong = fleet()
    wrong["metadata"]["annotations"] = {"argocd.argoproj.io/sync-wave": -1}
    assert check(wrong) == [("metadata.annotations.argocd.argoproj.io/sync-wave", "-1", "text")]


def test_a_list_that_is_a_map_has_each_key_once(check: Check) -> None:
    twice = {"env": [{"name": "A", "value": "1"}, {"name": "B"}, {"name": "A", "value": "2"}]}
    assert check(deployment(twice)) == [
        ("spec.template.spec.containers.0.env", "two items with name A", "one item with these keys")
    ]


def test_one_port_may_be_both_tcp_and_udp_but_not_tcp_twice(check: Check) -> None:
    udp, tcp = {"containerPort": 53, "protocol": "UDP"}, {"containerPort": 53, "protocol": "TCP"}
    assert check(deployment({"ports": [{"containerPort": 53}, udp]})) == []
    [(_, found, _)] = check(deployment({"ports": [{"containerPort": 53}, tcp]}))
    assert found == "two items with containerPort 53, protocol TCP"


def test_helm_values_in_an_application_are_free(check: Check) -> None:
    source = {"repoURL": "https://charts.example", "helm": {"valuesObject": {"any": {"thing": [1, None]}}}}
    application: dict[str, Any] = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": "web", "namespace": "argocd"},
        "spec": {"project": "platform", "destination": {}, "sources": [source]},
    }
    assert check(application) == []
    source["chartt"] = "web"
    assert [field for field, _, _ in check(application)] == ["spec.sources.0.chartt"]


def test_a_crd_is_checked_to_its_depths(check: Check) -> None:
    words = {"type": "array", "items": {"type": "string", "maxLenght": 3}}
    schema = {"type": "object", "properties": {"words": words, "free": {"additionalProperties": True}}}
    crd = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "duels.example.com"},
        "spec": {
            "group": "example.com",
            "names": {"kind": "Duel", "plural": "duels"},
            "scope": "Namespaced",
            "versions": [{"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}],
        },
    }
    [(field, _, expected)] = check(crd)
    assert field == "spec.versions.0.schema.openAPIV3Schema.properties.words.items.maxLenght"
    assert "(did you mean maxLength?)" in expected


@pytest.mark.parametrize(
    ("api_version", "kind", "namespaced"),
    [
        ("v1", "Pod", True),
        ("v1", "Namespace", False),
        ("v1", "Node", False),
        ("rbac.authorization.k8s.io/v1", "Role", True),
        ("rbac.authorization.k8s.io/v1", "ClusterRole", False),
        ("agones.dev/v1", "Fleet", True),
        ("cert-manager.io/v1", "ClusterIssuer", False),
        ("metallb.io/v1beta2", "BGPPeer", True),
    ],
)
def test_the_scope_of_a_kind_is_known(known: Kinds, api_version: str, kind: str, namespaced: bool) -> None:
    found = known.find(api_version, kind)
    assert found is not None
    assert found.namespaced is namespaced


def test_what_is_not_an_object_of_the_api_is_no_kind(known: Kinds) -> None:
    assert known.find("v1", "PodList") is None
    assert known.find("v1", "DeleteOptions") is None
    assert known.find("extensions/v1beta1", "Deployment") is None


def test_unknown_fields_may_stay_where_the_crd_preserves_them_but_known_ones_are_checked() -> None:
    inner = {"type": "object", "properties": {"size": {"type": "integer"}}}
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True, "properties": {"inner": inner}}
    compiled = strict(schema)
    assert "additionalProperties" not in compiled
    assert compiled["properties"]["inner"]["additionalProperties"] is False


def test_a_structural_schema_becomes_json_schema() -> None:
    assert strict({"type": "object"}) == {"type": "object", "additionalProperties": False}
    assert strict({"type": "integer", "minimum": 0, "exclusiveMinimum": True, "description": "more than none"}) == {
        "type": "integer",
        "exclusiveMinimum": 0,
    }
    assert strict({"type": "string", "nullable": True}) == {"type": ["string", "null"]}
    embedded = strict({"type": "object", "x-kubernetes-embedded-resource": True})
    assert embedded["required"] == ["apiVersion", "kind", "metadata"]
    assert set(embedded["properties"]) == {"apiVersion", "kind", "metadata"}


# A published API with one kind of its own and one CRD, for tests that need an empty cache.
META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
GVK = "x-kubernetes-group-version-kind"
NOTE = {"group": "", "version": "v1", "kind": "Note"}
SWAGGER = {
    "definitions": {
        META: {"type": "object", "properties": {"name": {"type": "string"}, "namespace": {"type": "string"}}},
        "v1.Note": {
            "type": "object",
            GVK: [NOTE],
            "properties": {
                "apiVersion": {"type": "string"},
                "kind": {"type": "string"},
                "metadata": {"$ref": f"#/definitions/{META}"},
                "text": {"type": "string", "description": "dropped"},
            },
        },
    },
    "paths": {"/api/v1/namespaces/{namespace}/notes": {"post": {GVK: NOTE}}, "/api/v1/notes": {"get": {GVK: NOTE}}},
}
CRD = """\
# an install file
kind: ServiceAccount
apiVersion: v1
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
spec:
  group: example.com
  scope: Cluster
  names: {kind: Duel, plural: duels}
  versions:
    - name: v1
      served: true
      schema:
        openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {rounds: {type: integer}}}}}
    - name: v1alpha1
      served: false
      schema: {openAPIV3Schema: {type: object}}
"""


@pytest.fixture
def lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Published]:
    """A mirror with both files, an empty cache, and the lock of them."""
    monkeypatch.setenv("HOMEGROUND_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HOMEGROUND_UPSTREAM", str(tmp_path / "mirror"))
    contents = {"api/1/swagger.json": json.dumps(SWAGGER), "duel/1/install.yaml": CRD, "duel/1/values.yaml": "a: 1\n"}
    lock = {}
    for file, content in contents.items():
        path = tmp_path / "mirror" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
        checksum = sha256(path.read_bytes()).hexdigest()
        lock[file] = Published(file.split("/")[0], "1", file, "http://127.0.0.1:9/", checksum, len(content))
    return lock


def test_kinds_come_from_the_api_and_from_the_crds_that_are_served(lock: dict[str, Published]) -> None:
    known = kinds.load(lock)
    assert {(name, kind.namespaced) for name, kind in known.by_name.items()} == {
        (KindName("", "v1", "Note"), True),
        (KindName("example.com", "v1", "Duel"), False),
    }
    note = known.find("v1", "Note")
    assert note is not None
    assert "dropped" not in note.file.read_text()
    assert [m.path for m in note.mismatches({"metadata": {"nam": "a"}, "text": 1})] == [("metadata", "nam"), ("text",)]


def test_the_second_run_compiles_nothing(
    lock: dict[str, Published], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kinds.load(lock)
    assert "kinds: 2 kinds in" in capsys.readouterr().err
    for path in (tmp_path / "mirror").rglob("*.*"):
        if path.is_file():
            path.unlink()
    assert len(kinds.load(lock).by_name) == 2
    assert capsys.readouterr().err == ""


def test_another_checksum_of_an_input_compiles_anew(lock: dict[str, Published], tmp_path: Path) -> None:
    kinds.load(lock)
    content = CRD.replace("rounds", "points")
    (tmp_path / "mirror/duel/1/install.yaml").write_text(content)
    changed = Published("duel", "1", "duel/1/install.yaml", "", sha256(content.encode()).hexdigest(), len(content))
    duel = kinds.load({**lock, changed.file: changed}).find("example.com/v1", "Duel")
    assert duel is not None
    assert not list(duel.mismatches({"spec": {"points": 3}}))
    assert list(duel.mismatches({"spec": {"rounds": 3}}))


def test_a_damaged_compiled_schema_is_a_problem_with_its_remedy(lock: dict[str, Published]) -> None:
    note = kinds.load(lock).find("v1", "Note")
    assert note is not None
    note.file.write_text(note.file.read_text()[:20])
    with pytest.raises(ProblemsError, match=f"remove {note.file.parent}"):
        list(note.mismatches({}))


def test_runs_at_the_same_time_share_one_result(lock: dict[str, Published], tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(kinds.load, [lock] * 4))
    assert {len(known.by_name) for known in results} == {2}
    assert [path.name[0] for path in (tmp_path / "cache/schemas").iterdir()].count(".") == 0
