"""Who renders: the command line of each, from the input they would have to the files they would leave."""

import sys
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from bench.synth import tools


@dataclass(frozen=True)
class Case:
    objects: int
    inputs: Path
    """What `inputs.py` made. Its making is not timed: people keep such files in Git."""
    out: Path
    """An empty folder."""


@dataclass(frozen=True)
class Generator:
    name: str
    template: str
    streams: bool = False
    """Prints its objects; the runner keeps them in a file of `out`."""

    def command(self, case: Case) -> list[str]:
        places = {
            "python": sys.executable,
            "here": Path(__file__).parent,
            "peers": tools.SOURCES,
            "bin": tools.CACHE,
            "peers_python": tools.PYTHON,
            "kapitan": tools.PYTHON.with_name("kapitan"),
        }
        # Split first: a folder's name may hold a blank.
        return [word.format_map({**places, **vars(case)}) for word in self.template.split()]


OURS = Generator("**ours**", "{python} {here}/ours.py {objects} {out}")


def generators() -> list[Generator]:
    """Ours first: the others' inputs and checks are made from what it writes."""
    kustomize = f"kustomize {tools.version('sigs.k8s.io/kustomize/kustomize/v5')}"
    return [
        OURS,
        Generator(f"plain cdk8s {version('cdk8s')} (L1)", "{python} {here}/l1.py {objects} {out}"),
        Generator(f"{kustomize}, one build over all apps", "{bin}/kustomize build {inputs}/kustomize -o {out}"),
        Generator(
            f"{kustomize}, a build an app",
            "sh {peers}/kustomize/each.sh {bin}/kustomize {inputs}/kustomize {out}",
        ),
        Generator(
            f"Kapitan {tools.version('kapitan')} (kadet)",
            "{kapitan} compile --quiet --inventory-path {inputs}/kapitan/inventory"
            " --search-paths {inputs}/kapitan --output-path {out}",
        ),
        Generator(
            f"helm template {tools.version('helm.sh/helm/v4')}",
            "{bin}/helm template pairs {peers}/helm/chart --set objects={objects}",
            streams=True,
        ),
        Generator(
            f"go-jsonnet {tools.version('github.com/google/go-jsonnet')}",
            "{bin}/jsonnet --tla-code objects={objects} -S -m {out} {peers}/jsonnet/files.jsonnet",
        ),
        Generator(
            f"rjsonnet {tools.version('rjsonnet')}",
            "{peers_python} {peers}/jsonnet/generate.py {objects} {out}",
        ),
        Generator(
            f"KCL {tools.version('kcl-lib')}",
            "{peers_python} {peers}/kcl/generate.py {objects} {out}",
        ),
    ]
