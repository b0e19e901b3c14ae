"""The rendered tree is read back from disk, and everything wrong with it is told at once, with file and line."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from homeground.problem import Problem, ProblemsError
from homeground.validation import validate
from homeground.validation.__main__ import main

Write = Callable[[str, str], Path]

FLEET = """\
# Written by `make synth`.
apiVersion: agones.dev/v1
kind: Fleet
metadata:
  name: duel
  namespace: games-acme
spec:
  replicas: 2
  template:
    spec:
      template:
        spec:
          containers:
          - name: game
            image: duel:1.0.0
"""
QUOTA = """\
apiVersion: v1
kind: ResourceQuota
metadata:
  name: tenant
  namespace: games-acme
spec:
  hard:
    pods: "20"
"""
APPLICATION = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: storage
  namespace: argocd
spec:
  project: platform
  destination:
    server: https://kubernetes.default.svc
  sources:
  - repoURL: https://git.example/homeground.git
    path: dist/hybrid/storage
  - repoURL: https://charts.example
    chart: csi-s3
    targetRevision: 0.43.7
    helm:
      valuesObject:
        secret:
          create: false
"""


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Puts a file into the tree; its folder."""

    def write(name: str, text: str) -> Path:
        path = tmp_path / "dist" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return tmp_path / "dist"

    return write


def problems(folder: Path) -> list[Problem]:
    with pytest.raises(ProblemsError) as raised:
        validate(folder, shown_as="dist")
    return raised.value.problems


def simple(kind: str, api_version: str, **metadata: Any) -> str:
    fields = "".join(f"  {key}: {value!r}\n" for key, value in metadata.items())
    return f"apiVersion: {api_version}\nkind: {kind}\nmetadata:\n{fields}"


def test_a_right_tree_has_as_many_objects_as_files(write: Write) -> None:
    write("hybrid/games-acme/Fleet.duel.k8s.yaml", FLEET)
    write("hybrid/tenants/ResourceQuota.tenant.k8s.yaml", QUOTA)
    assert validate(write("hybrid/argocd/Application.storage.k8s.yaml", APPLICATION)) == 3


def test_an_unknown_field_has_file_line_and_near_one(write: Write) -> None:
    tree = write("hybrid/games-acme/Fleet.duel.k8s.yaml", FLEET.replace("replicas:", "replica:"))
    [problem] = problems(tree)
    assert (problem.file, problem.line) == ("dist/hybrid/games-acme/Fleet.duel.k8s.yaml", 8)
    assert problem.field == "spec.replica"
    assert problem.found == "an unknown field"
    assert problem.expected.endswith("(did you mean replicas?)")


def test_a_wrong_type_deep_in_an_object_has_its_line(write: Write) -> None:
    tree = write("hybrid/games-acme/Fleet.duel.k8s.yaml", FLEET.replace("image: duel:1.0.0", "image: 1.0"))
    [problem] = problems(tree)
    assert (problem.line, problem.found, problem.expected) == (15, "1.0", "text")
    assert problem.field == "spec.template.spec.template.spec.containers[0].image"


def test_problems_of_all_files_are_told_at_once(write: Write) -> None:
    write("hybrid/games-acme/Fleet.duel.k8s.yaml", FLEET.replace("replicas: 2", "replicas: two"))
    write("hybrid/tenants/broken.yaml", "- 1\n")
    tree = write("local/tenants/ResourceQuota.tenant.k8s.yaml", QUOTA.replace("hard:", "hart:"))
    assert [(problem.file, problem.line) for problem in problems(tree)] == [
        ("dist/hybrid/games-acme/Fleet.duel.k8s.yaml", 8),
        ("dist/hybrid/tenants/broken.yaml", 1),
        ("dist/local/tenants/ResourceQuota.tenant.k8s.yaml", 7),
    ]


def test_an_unknown_kind_names_group_version_kind_and_the_remedy(write: Write) -> None:
    tree = write("hybrid/games/x.yaml", simple("GameSession", "homeground.dev/v1", name="a"))
    [problem] = problems(tree)
    assert (problem.line, problem.field) == (2, "kind")
    assert "homeground.dev/v1 GameSession" in problem.found
    assert "upstream.lock" in problem.expected


@pytest.mark.parametrize(
    ("api_version", "kind", "near"),
    [("extensions/v1beta1", "Deployment", "apps/v1 Deployment"), ("agones.dev/v1", "Flete", "agones.dev/v1 Fleet")],
)
def test_a_kind_in_the_wrong_group_or_misspelt_has_the_near_one(
    write: Write, api_version: str, kind: str, near: str
) -> None:
    [problem] = problems(write("hybrid/web/x.yaml", simple(kind, api_version, name="a", namespace="b")))
    assert f"(did you mean {near}?)" in problem.expected


def test_a_namespaced_object_without_namespace_is_a_problem(write: Write) -> None:
    [problem] = problems(write("hybrid/web/x.yaml", simple("ConfigMap", "v1", name="a")))
    assert (problem.line, problem.field, problem.found) == (3, "metadata.namespace", "nothing")
    assert problem.expected == "a namespace: ConfigMap is namespaced"


def test_an_object_of_the_whole_cluster_has_no_namespace(write: Write) -> None:
    text = simple("ClusterRole", "rbac.authorization.k8s.io/v1", name="a", namespace="b")
    [problem] = problems(write("hybrid/web/x.yaml", text))
    assert (problem.line, problem.field, problem.found) == (5, "metadata.namespace", "b")


def test_one_object_in_two_apps_of_a_cluster_names_both_files(write: Write) -> None:
    write("hybrid/agones/ResourceQuota.tenant.k8s.yaml", QUOTA)
    [problem] = problems(write("hybrid/tenants/ResourceQuota.tenant.k8s.yaml", QUOTA))
    assert problem.file == "dist/hybrid/tenants/ResourceQuota.tenant.k8s.yaml"
    assert problem.line == 4
    assert problem.found == "ResourceQuota games-acme tenant again"
    assert "dist/hybrid/agones/ResourceQuota.tenant.k8s.yaml" in problem.expected


def test_an_object_in_another_version_is_the_same_object(write: Write) -> None:
    metadata = {"name": "a", "namespace": "metallb"}
    spec = "spec:\n  myASN: 1\n  peerASN: 2\n  peerAddress: 10.0.0.1\n"
    write("hybrid/a/old.yaml", simple("BGPPeer", "metallb.io/v1beta1", **metadata) + spec)
    [problem] = problems(write("hybrid/b/new.yaml", simple("BGPPeer", "metallb.io/v1beta2", **metadata) + spec))
    assert problem.found == "metallb.io BGPPeer metallb a again"


def test_two_clusters_may_each_have_an_object(write: Write) -> None:
    write("hybrid/tenants/ResourceQuota.tenant.k8s.yaml", QUOTA)
    assert validate(write("local/tenants/ResourceQuota.tenant.k8s.yaml", QUOTA)) == 2


@pytest.mark.parametrize("name", ["Web", "web_1", "-web", "a..b", "a" * 254])
def test_a_name_that_is_no_dns_name_is_a_problem(write: Write, name: str) -> None:
    [problem] = problems(write("hybrid/web/x.yaml", simple("ConfigMap", "v1", name=name, namespace="web")))
    assert (problem.field, problem.found) == ("metadata.name", name)


@pytest.mark.parametrize("name", ["web.1", "a" * 64])
def test_a_service_and_a_namespace_are_named_by_one_dns_label(write: Write, name: str) -> None:
    write("hybrid/web/a.yaml", simple("Namespace", "v1", name=name))
    tree = write("hybrid/web/b.yaml", simple("Service", "v1", name=name, namespace="web"))
    assert [problem.field for problem in problems(tree)] == ["metadata.name"] * 2


def test_a_role_may_have_a_colon_but_no_slash(write: Write) -> None:
    group = "rbac.authorization.k8s.io/v1"
    assert validate(write("hybrid/web/a.yaml", simple("ClusterRole", group, name="agones:Controller"))) == 1
    [problem] = problems(write("hybrid/web/b.yaml", simple("ClusterRole", group, name="agones/controller")))
    assert problem.field == "metadata.name"


@pytest.mark.parametrize(
    ("text", "line", "field", "found"),
    [
        (f"{QUOTA}---\n{QUOTA}", 9, "", "a second document (---)"),
        ("", 1, "", "an empty file"),
        ("- 1\n", 1, "", "[1]"),
        ("apiVersion: v1\nkind: ConfigMap\n", 1, "metadata.name", "nothing"),
        (simple("ConfigMap", "v1", namespace="a"), 3, "metadata.name", "nothing"),
        (simple("ConfigMap", "v1", name=7, namespace="a"), 4, "metadata.name", "7"),
        (QUOTA.replace('pods: "20"', 'pods: "20"\n    pods: "30"'), 9, "spec.hard.pods", "the field a second time"),
        ("kind: [\n", 2, "", "a syntax error (did not find expected node content)"),
    ],
    ids=["two documents", "empty", "a list", "no metadata", "no name", "a number as name", "a key twice", "not YAML"],
)
def test_a_file_is_exactly_one_object(write: Write, text: str, line: int, field: str, found: str) -> None:
    [problem] = problems(write("hybrid/web/x.yaml", text))
    assert (problem.line, problem.field, problem.found) == (line, field, found)


def test_yaml_1_2_is_read_as_kubernetes_reads_it(write: Write) -> None:
    tree = write("hybrid/web/x.yaml", simple("ConfigMap", "v1", name="a", namespace="b") + "data: {answer: no}\n")
    assert validate(tree) == 1
    tree = write("hybrid/web/x.yaml", simple("ConfigMap", "v1", name="a", namespace="b") + "data: {answer: false}\n")
    assert [problem.field for problem in problems(tree)] == ["data.answer"]


def test_a_helm_value_that_the_chart_does_not_read_has_the_line_in_its_application(write: Write) -> None:
    tree = write("hybrid/argocd/Application.storage.k8s.yaml", APPLICATION.replace("create:", "created:"))
    [problem] = problems(tree)
    assert problem.line == 19
    assert problem.field == "spec.sources[1].helm.valuesObject.secret.created"
    assert "(did you mean create?)" in problem.expected


def test_helm_values_of_an_application_with_one_source_are_judged_too(write: Write) -> None:
    one = APPLICATION.replace(
        "  sources:\n  - repoURL: https://git.example/homeground.git\n    path: dist/hybrid/storage\n  - ",
        "  source:\n    ",
    ).replace("secret:", "secrets:")
    [problem] = problems(write("hybrid/argocd/Application.storage.k8s.yaml", one))
    assert (problem.line, problem.field) == (16, "spec.source.helm.valuesObject.secrets")


@pytest.mark.parametrize("sources", ["none", "[text]", "[{helm: none}]", "[{helm: {valuesObject: none}}]"])
def test_sources_that_are_no_sources_are_a_problem_and_not_a_crash(write: Write, sources: str) -> None:
    head, _, _ = APPLICATION.partition("  sources:")
    assert problems(write("hybrid/argocd/x.yaml", f"{head}  sources: {sources}\n"))


def test_a_folder_without_files_is_a_problem_and_no_silent_success(tmp_path: Path) -> None:
    [problem] = problems(tmp_path / "dust")
    assert problem.found == "no rendered file"


def test_the_command_prints_what_it_checked(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    write("hybrid/tenants/ResourceQuota.tenant.k8s.yaml", QUOTA)
    tree = write("hybrid/games-acme/Fleet.duel.k8s.yaml", FLEET)
    assert main([str(tree)]) == 0
    assert f"validation: 2 objects of 2 kinds in {tree}, " in capsys.readouterr().err


def test_the_command_fails_with_the_problems_and_no_traceback(write: Write) -> None:
    tree = write("hybrid/games-acme/Fleet.duel.k8s.yaml", FLEET.replace("replicas:", "replica:"))
    done = subprocess.run(
        [sys.executable, "-m", "homeground.validation", str(tree)],
        capture_output=True,
        text=True,
        check=False,
        env=dict(os.environ),
    )
    assert done.returncode == 1
    assert f"{tree}/hybrid/games-acme/Fleet.duel.k8s.yaml:8: spec.replica: found an unknown field" in done.stderr
    assert "Traceback" not in done.stderr
