"""Facts in, manifests out: `python main.py`, or `cdk8s synth`."""

import os
import sys
import tempfile
from pathlib import Path

import cdk8s

from apps import build
from homeground.facts import Facts, load
from homeground.output import publish, write_app
from homeground.platform import Platform
from homeground.problem import ProblemsError, refuse
from homeground.seams import Synthesis, facts_problems, manifest_problems, notices
from homeground.validation import validate

ROOT = Path(__file__).parent
DIST = ROOT / "dist"
CLI_OUTPUT = ROOT / ".cache" / "cdk8s"
"""`output` in cdk8s.yaml. cdk8s-cli deletes that folder before it starts us, so it must not be dist/ itself."""


def main() -> int:
    """Synthesize every cluster; publish only if everything is right."""
    with tempfile.TemporaryDirectory(prefix="homeground-") as folder:
        staged = Path(folder) / "dist"
        try:
            files = synthesize(load(ROOT), staged)
            validate(staged)
        except ProblemsError as error:
            print(f"{error}\n{len(error.problems)} problem(s); dist/ is as it was", file=sys.stderr)
            return 1
        for target in targets():
            publish(staged, target)
    print(f"{files} objects in dist/", file=sys.stderr)
    return 0


def synthesize(facts: Facts, staged: Path) -> int:
    """Write `<staged>/<cluster>/<app>/` for every cluster; the number of objects.

    Raises ProblemsError: first for facts that contradict each other, then for manifests that would not work.
    """
    platforms = [Platform.of(facts, cluster) for cluster in facts.clusters]
    refuse(facts_problems(facts, platforms))
    scope = cdk8s.App(outdir=str(staged))
    files, syntheses = 0, []
    for platform in platforms:
        root = cdk8s.Chart(scope, platform.cluster.name)
        syntheses.append(Synthesis(platform, build(root, platform)))
    refuse(problem for synthesis in syntheses for problem in manifest_problems(synthesis))
    for synthesis in syntheses:
        for app, manifests in synthesis.apps.items():
            folder = staged / synthesis.platform.cluster.name / app.props.name
            files += write_app(folder, app.props.namespace, manifests) if manifests else 0
        for notice in notices(synthesis):
            print(notice, file=sys.stderr)
    return files


def targets() -> list[Path]:
    """dist/, or where cdk8s-cli wants it; its configured output is a copy, dist/ is replaced too."""
    if not (outdir := os.environ.get("CDK8S_OUTDIR")):
        return [DIST]
    output = Path(outdir).resolve()
    return [output, DIST] if output == CLI_OUTPUT.resolve() else [output]


if __name__ == "__main__":
    sys.exit(main())
