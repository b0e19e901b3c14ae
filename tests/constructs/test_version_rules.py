"""Which versions go together, and why the others do not."""

import pytest

from homeground.versions import PINS, minor, unsupported


def refused(**versions: str) -> list[tuple[str, str]]:
    """The pairs that are refused when these versions stand in the pins' place."""
    changed = {name.replace("_", "-"): version for name, version in versions.items()}
    mixed = {**PINS, "schemas": PINS["kubernetes"], **changed}
    return [(rule.part, rule.other) for rule, _, _ in unsupported(mixed)]


def test_the_pins_go_together() -> None:
    assert refused() == []


@pytest.mark.parametrize(
    ("agones", "kubernetes"),
    [("1.59.0", "1.33.0"), ("1.59.0", "1.34.9"), ("1.59.0", "1.35.4"), ("1.55.0", "1.32.1"), ("1.60.0", "1.36.0")],
)
def test_agones_supports_the_three_minors_it_lists(agones: str, kubernetes: str) -> None:
    assert ("agones", "kubernetes") not in refused(agones=agones, kubernetes=kubernetes)


@pytest.mark.parametrize(
    ("agones", "kubernetes"),
    [
        ("1.59.0", "1.32.9"),
        ("1.59.0", "1.36.0"),
        ("1.55.0", "1.35.4"),
        ("1.60.0", "1.33.0"),
        ("1.61.0", "1.35.4"),
        ("2.0.0", "1.35.4"),
    ],
)
def test_agones_is_refused_with_any_other_minor(agones: str, kubernetes: str) -> None:
    assert ("agones", "kubernetes") in refused(agones=agones, kubernetes=kubernetes)


@pytest.mark.parametrize("kubernetes", ["1.34.0", "1.35.4", "1.36.0"])
@pytest.mark.parametrize("argo_cd", ["3.4.4", "3.5.7"])
def test_agones_1_60_is_refused_whatever_stands_beside_it(kubernetes: str, argo_cd: str) -> None:
    assert ("agones", "argo-cd") in refused(agones="1.60.0", kubernetes=kubernetes, argo_cd=argo_cd)


def test_the_reason_against_agones_1_60_names_the_issue() -> None:
    (problem,) = unsupported({"agones": "1.60.0", "argo-cd": "3.5.7"})
    rule, part, other = problem
    assert (part, other) == ("1.60.0", "3.5.7")
    assert "x-kubernetes-patch-*" in rule.reason
    assert "agones-dev/agones#4670" in rule.reason


@pytest.mark.parametrize("version", ["1.59.0", "1.59.1"])
def test_agones_1_59_goes_with_argo_cd(version: str) -> None:
    assert refused(agones=version) == []


@pytest.mark.parametrize(("kubernetes", "supported"), [("1.32.9", False), ("1.33.0", True), ("1.36.2", True)])
def test_argo_cd_goes_with_the_minors_it_is_tested_with(kubernetes: str, supported: bool) -> None:
    assert (("argo-cd", "kubernetes") not in refused(kubernetes=kubernetes)) == supported


def test_argo_cd_is_refused_with_a_minor_that_is_too_new() -> None:
    assert ("argo-cd", "kubernetes") in refused(kubernetes="1.37.0")


@pytest.mark.parametrize(
    ("kubernetes", "supported"),
    [("1.33.9", False), ("1.34.0", True), ("1.35.4", True), ("1.36.0", True), ("1.37.0", False)],
)
def test_calico_goes_with_the_minors_it_is_tested_with(kubernetes: str, supported: bool) -> None:
    assert (("tigera-operator", "kubernetes") not in refused(kubernetes=kubernetes)) == supported


def test_calicos_operator_needs_crds_of_its_own_version() -> None:
    assert refused(tigera_operator="3.32.2") == [("tigera-operator", "crd.projectcalico.org.v1")]


def test_manifests_are_checked_against_the_clusters_minor() -> None:
    assert ("kubernetes", "schemas") in refused(kubernetes="1.34.9")
    assert ("kubernetes", "schemas") not in refused(kubernetes="1.35.9")


def test_kubernetes_1_36_is_refused_by_agones_and_by_the_schemas() -> None:
    assert refused(kubernetes="1.36.0") == [("agones", "kubernetes"), ("kubernetes", "schemas")]


def test_a_part_that_is_absent_is_no_pair() -> None:
    assert list(unsupported({"kubernetes": "1.20.0"})) == []


@pytest.mark.parametrize(("version", "expected"), [("1.35.4", (1, 35)), ("v3.5.7", (3, 5)), ("1.9", (1, 9))])
def test_the_minor_of_a_version_is_a_pair_of_numbers(version: str, expected: tuple[int, int]) -> None:
    assert minor(version) == expected
