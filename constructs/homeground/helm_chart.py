"""Third-party charts that Argo CD renders: pinned in charts.lock with the kinds each one makes."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

LOCK = Path(__file__).parents[2] / "charts.lock"


@dataclass(frozen=True, order=True)
class KindRef:
    """A group and kind, and whether its objects live in namespaces."""

    group: str
    kind: str
    namespaced: bool = field(compare=False)


@dataclass(frozen=True)
class LockedChart:
    """A chart's line in charts.lock."""

    repository: str
    name: str
    version: str
    app_version: str
    kinds: tuple[KindRef, ...]


@dataclass(frozen=True)
class HelmRelease:
    """A chart with our values, as one source of an Application."""

    chart: LockedChart
    release: str
    values: Mapping[str, Any]

    def to_source(self) -> dict[str, Any]:
        """An entry of Application.spec.sources."""
        helm: dict[str, Any] = {"releaseName": self.release}
        if self.values:
            helm["valuesObject"] = dict(self.values)
        return {
            "repoURL": self.chart.repository,
            "chart": self.chart.name,
            "targetRevision": self.chart.version,
            "helm": helm,
        }


@cache
def _lock() -> dict[str, Any]:
    return json.loads(LOCK.read_text(encoding="utf-8"))["charts"]  # type: ignore[no-any-return]


@cache
def locked_chart(name: str) -> LockedChart:
    """The chart of that name in charts.lock. Raises KeyError for an unknown one."""
    entry = _lock()[name]
    kinds = tuple(KindRef(k["group"], k["kind"], k["namespaced"]) for k in entry["kinds"])
    return LockedChart(entry["repository"], entry["chart"], entry["version"], entry["appVersion"], kinds)


def release(name: str, values: Mapping[str, Any], release_name: str | None = None) -> HelmRelease:
    """The locked chart `name` with values."""
    return HelmRelease(locked_chart(name), release_name or name, values)
