"""Charts: pinned in charts.lock, each at the version of the table, each version the one that it says."""

import json
from typing import Any

import pytest
import yaml

from homeground.helm_chart import LOCK, KindRef, locked_chart, release
from homeground.validation import upstream
from homeground.versions import PINS

CHARTS: dict[str, Any] = json.loads(LOCK.read_text())["charts"]
NO_CHARTS = {"kubernetes", "open-match", "valkey", "failover", "matchmaking"}
PUBLISHED = {
    "agones": "agones/1.59.0/Chart.yaml",
    "csi-s3": "csi-s3/0.43.7/Chart.yaml",
    "kata-deploy": "kata-deploy/4.1.0/Chart.yaml",
    "metallb": "metallb/0.16.1/Chart.yaml",
    "aws-mountpoint-s3-csi-driver": "mountpoint-s3-csi-driver/2.7.0/Chart.yaml",
    "sealed-secrets": "sealed-secrets/2.18.5/Chart.yaml",
    "tigera-operator": "tigera-operator/3.32.1/Chart.yaml",
    "crd.projectcalico.org.v1": "tigera-operator/3.32.1/crd-chart.Chart.yaml",
}
"""Charts whose Chart.yaml holds its version in the repository; cert-manager's gets it when it is packaged."""

UNSTAMPED = {"tigera-operator", "crd.projectcalico.org.v1"}
"""Calico stamps its charts when it packs them: their version is the tag that they are published at."""


def test_the_lock_has_exactly_the_charts_of_the_table() -> None:
    assert set(CHARTS) == set(PINS) - NO_CHARTS


@pytest.mark.parametrize("name", CHARTS)
def test_a_charts_version_is_its_pin(name: str) -> None:
    assert CHARTS[name]["version"].removeprefix("v") == PINS[name]


def published(name: str) -> dict[str, Any]:
    chart: dict[str, Any] = yaml.safe_load(upstream.fetch(PUBLISHED[name]).read_text())
    return chart


@pytest.mark.parametrize("name", sorted(set(PUBLISHED) - UNSTAMPED))
def test_the_published_chart_says_the_version_and_app_version_of_the_lock(name: str) -> None:
    chart = published(name)
    version = str(chart["version"])
    assert (version, str(chart.get("appVersion", version))) == (CHARTS[name]["version"], CHARTS[name]["appVersion"])


@pytest.mark.parametrize("name", sorted(UNSTAMPED))
def test_a_chart_that_is_stamped_later_is_read_at_the_tag_of_the_lock(name: str) -> None:
    assert published(name)["version"] == "v0.0"
    assert f"/{CHARTS[name]['version']}/" in upstream.locked()[PUBLISHED[name]].url


def test_the_app_inside_a_chart_is_the_one_of_the_table() -> None:
    inside = {name: chart["appVersion"].removeprefix("v") for name, chart in CHARTS.items()}
    assert inside.pop("sealed-secrets") == "0.36.6"  # the one whose chart counts for itself
    assert inside == {name: PINS[name] for name in inside}


@pytest.mark.parametrize("name", CHARTS)
def test_kinds_are_named_once_and_in_order(name: str) -> None:
    kinds = [(kind["group"], kind["kind"]) for kind in CHARTS[name]["kinds"]]
    assert kinds == sorted(set(kinds))


def test_a_kind_has_one_scope_whichever_chart_makes_it() -> None:
    scopes: dict[tuple[str, str], set[bool]] = {}
    for chart in CHARTS.values():
        for kind in chart["kinds"]:
            scopes.setdefault((kind["group"], kind["kind"]), set()).add(kind["namespaced"])
    assert {kind for kind, found in scopes.items() if len(found) > 1} == set()


def test_a_release_is_a_source_with_its_repository_its_version_and_our_values() -> None:
    assert release("agones", {"gameservers": {"minPort": 7000}}).to_source() == {
        "repoURL": "https://agones.dev/chart/stable",
        "chart": "agones",
        "targetRevision": "1.59.0",
        "helm": {"releaseName": "agones", "valuesObject": {"gameservers": {"minPort": 7000}}},
    }


def test_a_release_may_be_called_otherwise_than_its_chart() -> None:
    assert release("agones", {}, "other").to_source()["helm"] == {"releaseName": "other"}


def test_an_unknown_chart_is_refused() -> None:
    with pytest.raises(KeyError, match="nginx"):
        locked_chart("nginx")


def test_kinds_are_told_apart_by_group_and_kind() -> None:
    network = KindRef("networking.k8s.io", "NetworkPolicy", namespaced=True)
    assert network in locked_chart("argo-cd").kinds
    assert KindRef("projectcalico.org", "NetworkPolicy", namespaced=True) not in locked_chart("argo-cd").kinds
