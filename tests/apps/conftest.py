"""The reference clusters, rendered once as main.py does, and copies of the facts to change."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import homeground  # noqa: F401 - before cdk8s: it names the Node that cdk8s starts

# isort: split

import cdk8s
import pytest
import yaml
from constructs import Construct

from apps import build
from homeground.facts import load
from homeground.output import write_app
from homeground.platform import Platform

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Cluster:
    """One cluster's folder below dist/."""

    folder: Path

    @cached_property
    def apps(self) -> dict[str, list[dict[str, Any]]]:
        """Every object, by the app whose folder it lies in."""
        return {
            app.name: [yaml.safe_load(path.read_text()) for path in sorted(app.iterdir())]
            for app in sorted(self.folder.iterdir())
        }

    @property
    def applications(self) -> dict[str, dict[str, Any]]:
        return {o["metadata"]["name"]: o for o in self.apps["argocd"] if o["kind"] == "Application"}

    @property
    def projects(self) -> dict[str, dict[str, Any]]:
        return {o["metadata"]["name"]: o for o in self.apps["argocd"] if o["kind"] == "AppProject"}

    def values(self, chart: str) -> Any:
        """Our values for a chart, as Argo CD gives them to helm."""
        for application in self.applications.values():
            for source in application["spec"]["sources"]:
                if source.get("chart") == chart:
                    return source["helm"].get("valuesObject", {})
        return None


@dataclass(frozen=True)
class Facts:
    """A copy of clusters/ and games/ to change."""

    folder: Path

    def replace(self, file: str, old: str, new: str) -> None:
        path = self.folder / file
        text = path.read_text()
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
        path.write_text(text.replace(old, new))

    def write(self, file: str, text: str) -> None:
        (self.folder / file).write_text(text)

    def rendered(self) -> dict[str, str]:
        """Every file of dist/ that these facts make: path and text."""
        dist = self.folder / "dist"
        shutil.rmtree(dist, ignore_errors=True)
        render(self.folder, dist)
        return {str(path.relative_to(dist)): path.read_text() for path in sorted(dist.rglob("*.yaml"))}


def render(root: Path, dist: Path) -> None:
    """What main.synthesize does, less the checks, which have tests of their own."""
    facts = load(root)
    scope = cdk8s.App(outdir=str(dist))
    for loaded in facts.clusters:
        platform = Platform.of(facts, loaded)
        cluster = platform.cluster.name
        for app, manifests in build(Construct(scope, cluster), platform).items():
            if manifests:
                write_app(dist / cluster / app.props.name, app.props.namespace, manifests)


@pytest.fixture(scope="session")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reference") / "dist"
    render(ROOT, folder)
    return folder


@pytest.fixture(scope="session")
def hybrid(dist: Path) -> Cluster:
    return Cluster(dist / "hybrid")


@pytest.fixture(scope="session")
def local(dist: Path) -> Cluster:
    return Cluster(dist / "local")


@pytest.fixture(params=["hybrid", "local"])
def cluster(request: pytest.FixtureRequest, hybrid: Cluster, local: Cluster) -> Cluster:
    """Each of the clusters in turn."""
    return hybrid if request.param == "hybrid" else local


@pytest.fixture(scope="session")
def before(dist: Path) -> dict[str, str]:
    """Every file of dist/ as the facts are now."""
    return {str(path.relative_to(dist)): path.read_text() for path in sorted(dist.rglob("*.yaml"))}


@pytest.fixture
def facts(tmp_path: Path) -> Facts:
    for folder in ("clusters", "games"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    return Facts(tmp_path)


@pytest.fixture
def changed(facts: Facts, before: dict[str, str]) -> Callable[[], dict[str, str]]:
    """The files that differ from `before`, each `new`, `gone` or `changed`."""

    def changed() -> dict[str, str]:
        after = facts.rendered()
        states = dict.fromkeys(after.keys() - before.keys(), "new")
        states |= dict.fromkeys(before.keys() - after.keys(), "gone")
        states |= {path: "changed" for path in after.keys() & before.keys() if after[path] != before[path]}
        return states

    return changed
