"""The charts of our Applications, with our values, rendered by helm as Argo CD has them rendered.

`python -m tests.kind.charts` renders all and holds their kinds against charts.lock; needs the charts' repositories.
`python -m tests.kind.charts DIST APPLICATION` prints one Application's objects, for `kubectl apply`.
"""

import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from homeground.helm_chart import LOCK, locked_chart
from homeground.versions import PINS
from tests.cluster.crds import LOADER
from tests.cluster.tools import tool
from tests.program import ROOT

SECONDS = 120
Json = dict[str, Any]


@dataclass(frozen=True)
class Chart:
    """A chart source of an Application, and the namespace it goes to."""

    application: str
    namespace: str
    source: Json

    @property
    def place(self) -> list[str]:
        """Where helm finds it. Argo CD takes a repository without a scheme for an OCI registry."""
        repository, name = self.source["repoURL"], self.source["chart"]
        return [name, "--repo", repository] if "://" in repository else [f"oci://{repository}/{name}"]


def charts(folder: Path, application: str = "*") -> Iterator[Chart]:
    """The charts of a cluster's Applications, or of one. `folder` is a cluster's, in dist/."""
    for path in sorted((folder / "argocd").glob(f"Application.{application}.k8s.yaml")):
        spec = yaml.load(path.read_bytes(), LOADER)["spec"]
        for source in spec["sources"]:
            if "chart" in source:
                yield Chart(path.name.split(".")[1], spec["destination"]["namespace"], source)


def render(chart: Chart, *flags: str) -> list[Json]:
    """What helm makes of it. Raises CalledProcessError; helm's own words are on standard error."""
    helm = chart.source["helm"]
    command = [
        str(tool("helm")), "template", helm["releaseName"], *chart.place, "--version", chart.source["targetRevision"],
        "--namespace", chart.namespace, "--kube-version", PINS["kubernetes"], "--include-crds", "--values", "-", *flags,
    ]  # fmt: skip
    values = yaml.safe_dump(helm.get("valuesObject", {}))
    done = subprocess.run(command, input=values, stdout=subprocess.PIPE, text=True, check=True, timeout=SECONDS)
    return [placed(chart, obj) for obj in yaml.load_all(done.stdout, LOADER) if obj]


def placed(chart: Chart, obj: Json) -> Json:
    """With the namespace that Argo CD gives to an object whose template names none."""
    namespaced = {(kind.group, kind.kind) for kind in locked_chart(chart.source["chart"]).kinds if kind.namespaced}
    if kinds([obj]) <= namespaced:
        obj["metadata"].setdefault("namespace", chart.namespace)
    return obj


def kinds(objects: Iterable[Json]) -> set[tuple[str, str]]:
    """Group and kind of each."""
    return {(obj["apiVersion"].rpartition("/")[0], obj["kind"]) for obj in objects}


def differences(rendered: Iterable[tuple[str, set[tuple[str, str]]]]) -> list[str]:
    """Where charts.lock is wrong about a chart: Argo CD would refuse the kind, or may apply one it need not."""
    found: dict[str, set[tuple[str, str]]] = {}
    for name, of_one in rendered:
        found.setdefault(name, set()).update(of_one)
    lines = []
    for name, seen in sorted(found.items()):
        locked = {(kind.group, kind.kind) for kind in locked_chart(name).kinds}
        lines += [f"{name}: renders {kind}.{group}, which {LOCK.name} lacks" for group, kind in sorted(seen - locked)]
        lines += [f"{name}: renders no {kind}.{group}, which {LOCK.name} has" for group, kind in sorted(locked - seen)]
    return lines


def check() -> int:
    """Every chart of every cluster; 1 if charts.lock is wrong about one."""
    every = [chart for folder in sorted((ROOT / "dist").iterdir()) for chart in charts(folder)]
    rendered = []
    for chart in every:
        objects = render(chart)
        rendered.append((chart.source["chart"], kinds(objects)))
        sys.stdout.write(f"{chart.source['chart']:32} {chart.source['targetRevision']:10} {len(objects):4} objects\n")
    wrong = differences(rendered)
    sys.stdout.write("".join(f"{line}\n" for line in wrong))
    return 1 if wrong else 0


def main(arguments: list[str]) -> int:
    """See the top of this file."""
    if not arguments:
        return check()
    folder, application = arguments
    objects = [obj for chart in charts(Path(folder), application) for obj in render(chart, "--no-hooks")]
    yaml.safe_dump_all(objects, sys.stdout, sort_keys=False)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
