"""A copy of the reference facts, and of all that apps render from them, to break one thing in."""

import homeground  # noqa: F401 - before cdk8s: it names the Node that cdk8s starts

# isort: split

import shutil
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import cdk8s
from constructs import Construct

from apps import build
from homeground.app import App, AppProps
from homeground.facts import Facts, load
from homeground.platform import Platform
from homeground.problem import Problem
from homeground.seams import Synthesis, facts_problems, manifest_problems

FACTS = Path(__file__).with_name("facts")
"""The repository's facts as they were when the cases were written: fleet sizes change every week, these do not."""

Apps = Mapping[App, Sequence[dict[str, Any]]]


@dataclass(eq=False)
class StandIn:
    """What checks read of an App, with properties that can be changed."""

    props: AppProps


def render(facts: Facts) -> list[tuple[Platform, Apps]]:
    """Every cluster with its apps, as main.py builds them."""
    scope = cdk8s.App(outdir="unused")
    platforms = [Platform.of(facts, cluster) for cluster in facts.clusters]
    return [(platform, build(Construct(scope, platform.cluster.name), platform)) for platform in platforms]


class World:
    """Facts are edited as text and rendered again; what was rendered is edited as objects.

    Objects, values and workloads are those of the first cluster, `hybrid`.
    """

    def __init__(self, root: Path, reference: list[tuple[Platform, Apps]]) -> None:
        self.root = root
        self._reference: list[tuple[Platform, Apps]] | None = reference
        for folder in ("clusters", "games"):
            shutil.copytree(FACTS / folder, root / folder)

    def replace(self, file: str, old: str, new: str) -> None:
        """Edit a fact. `old` must stand in the file exactly once."""
        text = (self.root / file).read_text()
        assert text.count(old) == 1, f"{old!r} stands in {file} {text.count(old)} times"
        self.write(file, text.replace(old, new))

    def write(self, file: str, text: str) -> None:
        (self.root / file).parent.mkdir(parents=True, exist_ok=True)
        (self.root / file).write_text(text)
        self._reference = None

    def facts_problems(self) -> list[Problem]:
        facts = load(self.root)
        return list(facts_problems(facts, [Platform.of(facts, cluster) for cluster in facts.clusters]))

    def manifest_problems(self) -> list[Problem]:
        return [problem for synthesis in self.syntheses() for problem in manifest_problems(synthesis)]

    def syntheses(self) -> Iterator[Synthesis]:
        for platform, apps in self.rendered:
            yield Synthesis(platform, cast(Apps, apps))

    @cached_property
    def rendered(self) -> list[tuple[Platform, dict[StandIn, list[dict[str, Any]]]]]:
        rendered = self._reference or render(load(self.root))
        return [
            (platform, {_stand_in(app): deepcopy(list(manifests)) for app, manifests in apps.items()})
            for platform, apps in rendered
        ]

    def app(self, name: str) -> list[dict[str, Any]]:
        """An app's manifests."""
        [manifests] = [manifests for app, manifests in self.rendered[0][1].items() if app.props.name == name]
        return manifests

    def object(self, kind: str, name: str, namespace: str | None = None) -> dict[str, Any]:
        """The one manifest of that kind and name."""
        [manifest] = [
            manifest
            for manifests in self.rendered[0][1].values()
            for manifest in manifests
            if (manifest["kind"], manifest["metadata"]["name"]) == (kind, name)
            and namespace in (None, manifest["metadata"].get("namespace"))
        ]
        return manifest

    def values(self, chart: str) -> Any:
        """Our values for a chart."""
        releases = [release for app in self.rendered[0][1] for release in app.props.releases]
        [values] = [release.values for release in releases if release.chart.name == chart]
        return values


def _stand_in(app: App) -> StandIn:
    releases = [replace(release, values=deepcopy(dict(release.values))) for release in app.props.releases]
    return StandIn(replace(app.props, releases=releases))
