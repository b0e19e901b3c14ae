"""Facts in, manifests out: `python main.py`, or `cdk8s synth`."""

import os
import shutil
import sys
from pathlib import Path

import cdk8s
from constructs import Construct
from homeground.validation import validate

from apps import build
from homeground.facts import Facts, load
from homeground.output import publish, write_app
from homeground.platform import Platform
from homeground.problem import ProblemsError, refuse
from homeground.seams import Synthesis, facts_problems, manifest_problems, notices

ROOT = Path(__file__).parent
DIST = ROOT / "dist"
CLI_OUTPUT = ROOT / ".cache" / "cdk8s"
"""`output` in cdk8s.yaml. cdk8s-cli deletes that folder before it starts us, so it must not be dist/ itself."""


def main() -> int:
    """Synthesize every cluster; publish only if everything is right."""
    target = Path(os.environ.get("CDK8S_OUTDIR") or DIST).resolve()
    staged = target.with_name(f".{target.name}.new")
    shutil.rmtree(staged, ignore_errors=True)
    try:
        files = synthesize(load(ROOT), staged)
        validate(staged)
    except ProblemsError as error:
        print(f"{error}\n{len(error.problems)} problem(s); dist/ is as it was", file=sys.stderr)
        return 1
    else:
        if target == CLI_OUTPUT:
            shutil.copytree(staged, target, dirs_exist_ok=True)
            target = DIST
        publish(staged, target)
    finally:
        shutil.rmtree(staged, ignore_errors=True)
    print(f"{files} objects in {target.name}/", file=sys.stderr)
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
        root = Construct(scope, platform.cluster.name)
        syntheses.append(Synthesis(platform, build(root, platform)))
    refuse(problem for synthesis in syntheses for problem in manifest_problems(synthesis))
    for synthesis in syntheses:
        for app, manifests in synthesis.apps.items():
            folder = staged / synthesis.platform.cluster.name / app.props.name
            files += write_app(folder, app.props.namespace, manifests) if manifests else 0
        for notice in notices(synthesis):
            print(notice, file=sys.stderr)
    return files


if __name__ == "__main__":
    sys.exit(main())
