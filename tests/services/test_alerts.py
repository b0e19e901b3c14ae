"""Alerts of our services: each speaks of metrics that there are, and has a page that says what to do."""

import re
from typing import Any

import pytest
import yaml

from failover.provider import ErrorClass
from failover.record import Phase
from failover.runtime.metrics import Metrics as Failover
from matchmaking.metrics import Metrics as Matchmaking
from tests.program import ROOT

RUNBOOKS = ROOT / "docs" / "runbooks"
METRICS: dict[str, Any] = {"failover": Failover, "matchmaking": Matchmaking}
FILES = {path.parent.name: path for path in sorted((ROOT / "services").glob("*/alerts.yaml"))}
ALERTS: list[tuple[str, dict[str, Any]]] = [
    (service, rule)
    for service, file in FILES.items()
    for group in yaml.safe_load(file.read_text())["groups"]
    for rule in group["rules"]
]
VALUES: dict[str, dict[str, set[str]]] = {
    "failover": {"phase": set(map(str, Phase)), "error": set(map(str, ErrorClass)), "ready": {"true", "false"}},
    "matchmaking": {"result": {"NoServer", "Error", "Allocated"}, "code": {"5.."}},
}
"""What a label may be."""

WANTED = {
    "FailoverBlocked": "2m",
    "FailoverCreatingTooLong": "3m",
    "VMOrphan": "10m",
    "DrainMaxWaitNear": "144m",
    "OutOfServiceTaintOnReadyNode": "1m",
    "NoLeader": "1m",
    "WatchStale": "1m",
    "StormActive": None,
    "CloudQuota": None,
}
"""How long something has to be so, of failover: its specification says so."""

METRIC = re.compile(r"\b(?:failover|matchmaking)_[a-z_]+")
SELECTOR = re.compile(r'((?:failover|matchmaking)_[a-z_]+)\{(\w+)=~?"([\w.]+)"\}')
BY = re.compile(r"by \((\w+(?:, \w+)*)\) \(.*?((?:failover|matchmaking)_[a-z_]+)")

every_alert = pytest.mark.parametrize(("service", "alert"), ALERTS, ids=[alert["alert"] for _, alert in ALERTS])


def labels_of(service: str) -> dict[str, tuple[str, ...]]:
    """Labels of each metric, by the names that Prometheus sees."""
    found: dict[str, tuple[str, ...]] = {}
    for metric in vars(METRICS[service]()).values():
        for described in metric.describe() if hasattr(metric, "describe") else ():
            suffixes = {"counter": ["_total"], "histogram": ["_bucket", "_count", "_sum"]}.get(described.type, [""])
            found |= {described.name + suffix: tuple(metric._labelnames) for suffix in suffixes}
    return found


def grouped(alert: dict[str, Any]) -> list[tuple[str, str]]:
    """Metric and label, by which the alert is one of several."""
    return [(metric, name) for names, metric in BY.findall(alert["expr"]) for name in names.split(", ")]


def test_every_service_with_alerts_is_looked_at() -> None:
    assert FILES.keys() == METRICS.keys() == VALUES.keys()
    assert {alert["alert"]: alert.get("for") for service, alert in ALERTS if service == "failover"} == WANTED


def test_every_alert_has_a_page_and_every_page_an_alert() -> None:
    assert sorted(alert["alert"] for _, alert in ALERTS) == sorted(path.stem for path in RUNBOOKS.glob("*.md"))


@every_alert
def test_an_alert_speaks_of_metrics_and_labels_that_there_are(service: str, alert: dict[str, Any]) -> None:
    known = labels_of(service)
    named = set(METRIC.findall(alert["expr"]))
    assert named
    assert named <= known.keys()
    selected = [(metric, label) for metric, label, _ in SELECTOR.findall(alert["expr"])]
    assert [each for each in selected + grouped(alert) if each[1] not in known[each[0]]] == []


@every_alert
def test_an_alert_selects_values_that_the_service_writes(service: str, alert: dict[str, Any]) -> None:
    selected = SELECTOR.findall(alert["expr"])
    assert [each for each in selected if each[2] not in VALUES[service][each[1]]] == []


@every_alert
def test_an_alert_says_how_bad_it_is_and_shows_only_what_it_groups_by(service: str, alert: dict[str, Any]) -> None:
    assert alert["labels"]["severity"] in ("critical", "warning"), service
    assert alert["annotations"]["summary"]
    shown = re.findall(r"\$labels\.(\w+)", alert["annotations"]["summary"])
    assert set(shown) <= {label for _, label in grouped(alert)}


@every_alert
def test_an_alert_has_a_page_that_its_services_page_links(service: str, alert: dict[str, Any]) -> None:
    name = alert["alert"]
    page = (RUNBOOKS / f"{name}.md").read_text()
    assert page.startswith(f"# {name}\n\n")
    assert re.findall(r"^## (.+)$", page, re.MULTILINE) == ["Look", "Do"]
    assert len(page.split("## Look")[0].split()) > 15
    url = f"https://github.com/homeground-dev/homeground/blob/main/docs/runbooks/{name}.md"
    assert alert["annotations"]["runbook_url"] == url
    assert f"(runbooks/{name}.md)" in (ROOT / "docs" / f"{service}.md").read_text()


def test_results_of_allocations_are_ones_that_the_director_writes() -> None:
    """They are plain words there, and not of a type."""
    director = ROOT / "services" / "matchmaking" / "matchmaking" / "director"
    source = "".join((director / name).read_text() for name in ("performer.py", "allocation.py"))
    assert [each for each in VALUES["matchmaking"]["result"] if f'"{each}"' not in source] == []
