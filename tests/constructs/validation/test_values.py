"""Helm values: each path we set is one that the pinned chart reads."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from homeground.validation.upstream import fetch, locked
from homeground.validation.values import EXCEPTIONS, NAME_IN_LOCK, ChartValues, load_chart, merge, problems


def fields(chart: str, version: str, values: Mapping[str, Any]) -> list[str]:
    return sorted({problem.field for problem in problems(chart, version, values, "apps/x.py")})


def test_a_path_that_the_chart_has_is_fine() -> None:
    assert not fields("csi-s3", "0.43.7", {"secret": {"create": False}, "storageClass": {"mounter": "s3fs"}})


def test_a_path_that_the_chart_does_not_have_is_told_with_the_near_one() -> None:
    [problem] = problems("csi-s3", "0.43.7", {"storageClass": {"reclaimpolicy": "Retain"}}, "apps/storage.py")
    assert str(problem) == (
        "apps/storage.py: storageClass.reclaimpolicy: found an unknown field, expected one of annotations, create, "
        "mountOptions, mounter, name, reclaimPolicy, singleBucket (did you mean reclaimPolicy?)"
    )


def test_all_unread_paths_are_told_at_once() -> None:
    assert fields("csi-s3", "0.43.7", {"secrets": {"create": False}, "tolerations": {"every": True}}) == [
        "secrets",
        "tolerations.every",
    ]


def test_below_an_empty_mapping_anything_goes() -> None:
    assert not fields("csi-s3", "0.43.7", {"nodeSelector": {"homeground.dev/always-on": "true"}})
    assert not fields("tigera-operator", "v3.32.1", {"resources": {"limits": {"memory": "1Gi"}}})


def test_a_selector_takes_other_keys_than_its_default_has() -> None:
    assert not fields("tigera-operator", "v3.32.1", {"nodeSelector": {"homeground.dev/always-on": "true"}})
    assert not fields("cert-manager", "v1.21.1", {"nodeSelector": {"homeground.dev/always-on": "true"}})


def test_a_mapping_in_place_of_a_text_or_a_text_in_place_of_a_mapping_is_refused() -> None:
    assert fields("csi-s3", "0.43.7", {"kubeletPath": {"path": "/x"}, "secret": "mine"}) == ["kubeletPath", "secret"]


def test_null_takes_a_default_away() -> None:
    assert not fields("csi-s3", "0.43.7", {"secret": None})


def test_a_values_schema_judges_types_too() -> None:
    [problem] = problems("metallb", "0.16.1", {"speaker": {"tolerateMaster": "yes"}}, "apps/loadbalancer.py")
    assert (problem.field, problem.found, problem.expected) == (
        "speaker.tolerateMaster",
        '"yes"',
        "true or false",
    )
    assert fields("agones", "1.59.0", {"agones": {"crds": {"cleanupJobTTL": -1}}}) == ["agones.crds.cleanupJobTTL"]


def test_an_unread_path_under_a_schema_is_told_once() -> None:
    assert len(list(problems("cert-manager", "v1.21.1", {"crds": {"enable": True}}, "apps/certificates.py"))) == 1


@pytest.mark.parametrize(
    "chart", ["agones", "metallb", "kata-deploy", "csi-s3", "cert-manager", "sealed-secrets", "tigera-operator"]
)
def test_a_charts_own_defaults_have_no_problem(chart: str) -> None:
    [values] = [file for file in locked().values() if file.name == chart and file.file.endswith("/values.yaml")]
    defaults = load_chart(chart, fetch(values), None).defaults
    assert defaults
    assert not fields(chart, values.version, defaults)


def test_a_path_that_stands_in_a_comment_only_is_an_exception_with_a_reason() -> None:
    shim = {"dropIn": "[hypervisor]", "runtimeClass": {"overhead": {"memory": "320Mi"}}}
    assert not fields("kata-deploy", "4.1.0", {"shims": {"qemu-runtime-rs": shim}})
    assert not fields("tigera-operator", "v3.32.1", {"installation": {"calicoNetwork": {"bgp": "Disabled"}}})
    assert all(reason for paths in EXCEPTIONS.values() for reason in paths.values())


def test_an_exception_excuses_neither_its_neighbours_nor_other_shims() -> None:
    shims = {"qemu-runtime-rs": {"runtimeClass": {"over": {}}, "dropin": ""}, "qemu-runtime": {"enabled": True}}
    assert fields("kata-deploy", "4.1.0", {"shims": shims}) == [
        "shims.qemu-runtime",
        "shims.qemu-runtime-rs.dropin",
        "shims.qemu-runtime-rs.runtimeClass.over",
    ]


def test_every_exception_is_still_needed() -> None:
    for chart, paths in EXCEPTIONS.items():
        files = {file.file.rpartition("/")[2]: file for file in locked().values() if file.name == chart}
        defaults = load_chart("not in EXCEPTIONS", fetch(files["values.yaml"]), None)
        for path in paths:
            values: Any = {}
            for part in reversed(path):
                values = {"qemu-runtime-rs" if part == "*" else part: values}
            assert list(defaults.mismatches(values)), f"{chart} has {path} in values.yaml now"


def test_a_chart_may_be_called_otherwise_than_its_project() -> None:
    assert not fields("aws-mountpoint-s3-csi-driver", "2.7.0", {"node": {"logLevel": 2}})
    assert fields("aws-mountpoint-s3-csi-driver", "2.7.0", {"node": {"loglevel": 2}}) == ["node.loglevel"]
    assert set(NAME_IN_LOCK.values()) <= {file.name for file in locked().values()}


def test_another_version_than_the_pinned_one_cannot_be_judged() -> None:
    [problem] = problems("agones", "1.60.0", {"agones": {}}, "apps/agones.py")
    assert problem.found == "values for agones 1.60.0"
    assert problem.expected.startswith("version 1.59.0")


def test_a_chart_without_values_takes_none() -> None:
    assert not fields("crd.projectcalico.org.v1", "v3.32.1", {})
    [problem] = problems("crd.projectcalico.org.v1", "v3.32.1", {"a": 1}, "apps/network.py")
    assert "upstream.lock" in problem.expected


def test_a_key_that_only_the_values_schema_has_is_fine_and_so_is_what_it_lists_below() -> None:
    schema = {"properties": {"extra": {"$ref": "#/$defs/extra"}}, "$defs": {"extra": {"properties": {"on": {}}}}}
    chart = ChartValues("web", {"replicas": 1}, schema)
    assert not list(chart.mismatches({"extra": {"on": True}}))
    assert [m.path for m in chart.mismatches({"extra": {"off": True}})] == [("extra", "off")]


def test_a_schema_sees_our_values_merged_into_the_charts() -> None:
    schema = {"properties": {"a": {"required": ["x"], "properties": {"x": {}, "y": {"type": "integer"}}}}}
    chart = ChartValues("web", {"a": {"x": 1, "y": 2}}, schema)
    assert not list(chart.mismatches({"a": {"y": 3}}))
    assert [(m.path, m.found) for m in chart.mismatches({"a": {"x": None}})] == [(("a", "x"), "nothing")]


def test_what_is_wrong_with_a_chart_itself_is_not_our_problem() -> None:
    chart = ChartValues("web", {"a": "text"}, {"properties": {"a": {"type": "integer"}, "b": {"type": "integer"}}})
    assert [m.path for m in chart.mismatches({"b": "text"})] == [("b",)]


def test_values_merge_as_helm_does_it() -> None:
    assert merge({"a": {"x": 1, "y": 2}, "b": [1, 2], "c": 3}, {"a": {"y": None, "z": 4}, "b": [], "d": 5}) == {
        "a": {"x": 1, "z": 4},
        "b": [],
        "c": 3,
        "d": 5,
    }


def test_an_empty_values_file_reads_nothing(tmp_path: Path) -> None:
    (tmp_path / "values.yaml").write_text("# nothing to set\n")
    chart = load_chart("web", tmp_path / "values.yaml", None)
    assert [m.expected for m in chart.mismatches({"a": 1})] == ["no field here"]
