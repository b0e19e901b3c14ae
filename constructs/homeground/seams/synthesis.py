"""A rendered cluster, as the checks see it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from homeground.app import App
from homeground.output import file_name
from homeground.platform import Platform
from homeground.problem import Problem
from homeground.workload import Workload, all_of

Object = Mapping[str, Any]


@dataclass(frozen=True)
class Rendered:
    """A manifest and the app it belongs to."""

    app: App
    manifest: Object
    cluster: str

    @property
    def kind(self) -> str:
        return str(self.manifest["kind"])

    @property
    def name(self) -> str:
        return str(self.manifest["metadata"]["name"])

    @property
    def namespace(self) -> str:
        return str(self.manifest["metadata"].get("namespace", ""))

    @property
    def spec(self) -> Any:
        return self.manifest.get("spec", {})

    @property
    def file(self) -> str:
        return f"dist/{self.cluster}/{self.app.props.name}/{file_name(self.manifest, self.app.props.namespace)}"

    def problem(self, field: str, found: object, expected: str) -> Problem:
        return Problem(self.file, 0, field, str(found), expected)


@dataclass(frozen=True)
class Synthesis:
    """One cluster's apps with the manifests they rendered."""

    platform: Platform
    apps: Mapping[App, Sequence[Object]]

    @cached_property
    def objects(self) -> list[Rendered]:
        name = self.platform.cluster.name
        return [Rendered(app, manifest, name) for app, manifests in self.apps.items() for manifest in manifests]

    def of_kind(self, *kinds: str) -> Iterator[Rendered]:
        return (rendered for rendered in self.objects if rendered.kind in kinds)

    @cached_property
    def workloads(self) -> list[Workload]:
        """Everything the apps run, and kubeadm's own pods."""
        return all_of(workload for app in self.apps for workload in app.props.workloads)

    def values(self, chart: str) -> Mapping[str, Any] | None:
        """Our values for a chart, or None where it is not installed."""
        releases = (release for app in self.apps for release in app.props.releases)
        return next((release.values for release in releases if release.chart.name == chart), None)

    def module_of(self, chart: str) -> str:
        """The module of apps/ that installs a chart. Raises StopIteration where none does."""
        installs = (a.props for a in self.apps if any(r.chart.name == chart for r in a.props.releases))
        return f"apps/{next(installs).name}.py"


def at(value: Any, path: str) -> Any:
    """`at(values, "a.b")`: the value there, or None."""
    for key in path.split("."):
        value = value.get(key) if isinstance(value, Mapping) else None
    return value
