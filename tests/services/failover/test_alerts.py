"""Alerts: each speaks of metrics that there are, and has a page that says what to do; and every page has an alert."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from failover.provider import ErrorClass
from failover.record import Phase
from failover.runtime.metrics import Metrics

ROOT = Path(__file__).parents[3]
RUNBOOKS = ROOT / "docs" / "runbooks"
FILE = ROOT / "services" / "failover" / "alerts.yaml"
ALERTS: list[dict[str, Any]] = [rule for group in yaml.safe_load(FILE.read_text())["groups"] for rule in group["rules"]]
PAGES = sorted(alert["alert"] for alert in ALERTS)
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
METRIC = re.compile(r"\bfailover_[a-z_]+")
SELECTOR = re.compile(r'(failover_[a-z_]+)\{(\w+)="(\w+)"\}')
BY = re.compile(r"by \((\w+(?:, \w+)*)\) \(.*?(failover_[a-z_]+)")

every_alert = pytest.mark.parametrize("alert", ALERTS, ids=[alert["alert"] for alert in ALERTS])


def labels_of() -> dict[str, tuple[str, ...]]:
    """Labels of each metric, by the name that Prometheus sees."""
    found: dict[str, tuple[str, ...]] = {}
    for metric in vars(Metrics()).values():
        for described in metric.describe() if hasattr(metric, "describe") else ():
            suffix = "_total" if described.type == "counter" else ""
            found[described.name + suffix] = tuple(metric._labelnames)
    return found


def test_there_are_these_alerts_after_these_times() -> None:
    assert {alert["alert"]: alert.get("for") for alert in ALERTS} == WANTED


def test_every_alert_of_any_service_has_a_page_and_every_page_an_alert() -> None:
    files = (ROOT / "services").glob("*/alerts.yaml")
    groups = [group for file in files for group in yaml.safe_load(file.read_text())["groups"]]
    alerts = sorted(rule["alert"] for group in groups for rule in group["rules"])
    assert alerts == sorted(path.stem for path in RUNBOOKS.glob("*.md"))


@every_alert
def test_an_alert_says_what_is_so_how_bad_it_is_and_where_to_read_on(alert: dict[str, Any]) -> None:
    assert alert["labels"]["severity"] in ("critical", "warning")
    assert alert["annotations"]["summary"]
    url = alert["annotations"]["runbook_url"]
    assert url == f"https://github.com/homeground-dev/homeground/blob/main/docs/runbooks/{alert['alert']}.md"


@every_alert
def test_an_alert_speaks_of_metrics_that_there_are(alert: dict[str, Any]) -> None:
    named = set(METRIC.findall(alert["expr"]))
    assert named
    assert named <= labels_of().keys()


@every_alert
def test_an_alert_selects_and_groups_by_labels_that_its_metric_has(alert: dict[str, Any]) -> None:
    known = labels_of()
    for metric, label, _ in SELECTOR.findall(alert["expr"]):
        assert label in known[metric]
    for names, metric in BY.findall(alert["expr"]):
        assert set(names.split(", ")) <= set(known[metric])
    shown = re.findall(r"\$labels\.(\w+)", alert["annotations"]["summary"])
    grouped = {name for names, _ in BY.findall(alert["expr"]) for name in names.split(", ")}
    assert set(shown) <= grouped


def test_values_that_are_selected_are_ones_that_the_operator_writes() -> None:
    known = {"phase": set(map(str, Phase)), "error": set(map(str, ErrorClass)), "ready": {"true", "false"}}
    selected = [found for alert in ALERTS for found in SELECTOR.findall(alert["expr"])]
    assert selected
    assert [each for each in selected if each[2] not in known[each[1]]] == []


@pytest.mark.parametrize("page", PAGES)
def test_a_page_says_what_it_means_how_to_look_and_what_to_do(page: str) -> None:
    text = (RUNBOOKS / f"{page}.md").read_text()
    assert text.startswith(f"# {page}\n\n")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == ["Look", "Do"]
    assert len(text.split("## Look")[0].split()) > 15


def test_every_page_is_linked_from_the_overview() -> None:
    overview = (ROOT / "docs" / "failover.md").read_text()
    assert [page for page in PAGES if f"(runbooks/{page}.md)" not in overview] == []
