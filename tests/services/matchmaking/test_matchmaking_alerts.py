"""Alerts of matchmaking: each speaks of metrics that there are, and has a page that says what to do."""

import re
from typing import Any

import pytest
import yaml

from matchmaking.metrics import Metrics
from tests.program import ROOT

FILE = ROOT / "services" / "matchmaking" / "alerts.yaml"
ALERTS: list[dict[str, Any]] = [rule for group in yaml.safe_load(FILE.read_text())["groups"] for rule in group["rules"]]
METRIC = re.compile(r"\bmatchmaking_[a-z_]+")
SELECTOR = re.compile(r'(matchmaking_[a-z_]+)\{(\w+)="(\w+)"\}')
BY = re.compile(r"by \((\w+)\) \(.*?(matchmaking_[a-z_]+)")

every_alert = pytest.mark.parametrize("alert", ALERTS, ids=[alert["alert"] for alert in ALERTS])


def labels_of() -> dict[str, tuple[str, ...]]:
    """Labels of each metric, by the names that Prometheus sees."""
    found: dict[str, tuple[str, ...]] = {}
    for metric in vars(Metrics()).values():
        for described in metric.describe() if hasattr(metric, "describe") else ():
            suffixes = {"counter": ["_total"], "histogram": ["_bucket", "_count", "_sum"]}.get(described.type, [""])
            found |= {described.name + suffix: tuple(metric._labelnames) for suffix in suffixes}
    return found


@every_alert
def test_an_alert_speaks_of_metrics_and_labels_that_there_are(alert: dict[str, Any]) -> None:
    known = labels_of()
    named = set(METRIC.findall(alert["expr"]))
    assert named
    assert named <= known.keys()
    used = [*((metric, label) for metric, label, _ in SELECTOR.findall(alert["expr"]))]
    used += [(metric, label) for label, metric in BY.findall(alert["expr"])]
    assert [each for each in used if each[1] not in known[each[0]]] == []


@every_alert
def test_an_alert_shows_only_what_it_groups_by(alert: dict[str, Any]) -> None:
    assert alert["labels"]["severity"] in ("critical", "warning")
    shown = re.findall(r"\$labels\.(\w+)", alert["annotations"]["summary"])
    assert set(shown) <= {label for label, _ in BY.findall(alert["expr"])}


@every_alert
def test_an_alert_has_a_page_that_the_overview_links(alert: dict[str, Any]) -> None:
    name = alert["alert"]
    page = (ROOT / "docs" / "runbooks" / f"{name}.md").read_text()
    assert page.startswith(f"# {name}\n\n")
    assert re.findall(r"^## (.+)$", page, re.MULTILINE) == ["Look", "Do"]
    assert alert["annotations"]["runbook_url"].endswith(f"/docs/runbooks/{name}.md")
    assert f"(runbooks/{name}.md)" in (ROOT / "docs" / "matchmaking.md").read_text()


def test_results_that_are_selected_are_ones_that_the_director_writes() -> None:
    source = (ROOT / "services" / "matchmaking" / "matchmaking" / "director" / "performer.py").read_text()
    results = {value for alert in ALERTS for _, label, value in SELECTOR.findall(alert["expr"]) if label == "result"}
    assert results == {"NoServer", "Error"}
    assert [each for each in sorted(results) if f'"{each}"' not in source] == []
