"""Facts in, manifests out: `python main.py`, or `cdk8s synth`."""

import argparse
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import homeground  # noqa: F401 - before cdk8s: it names the Node that cdk8s starts

# isort: split

import cdk8s
from constructs import Construct

from apps import build
from homeground.facts import Facts, load
from homeground.output import publish, write_app
from homeground.platform import Platform
from homeground.problem import ProblemsError, refuse
from homeground.seams import Synthesis, facts_problems, manifest_problems, notices
from homeground.validation import validate

ROOT = Path(__file__).resolve().parent
CLI_OUTPUT = ROOT / ".cache" / "cdk8s"
"""`output` in cdk8s.yaml. cdk8s-cli deletes that folder before it starts us, so it must not be dist/ itself."""

MOST_SHOWN = 50
"""Problems printed in one run. The first ones are enough to work on."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Synthesize every cluster; publish only if everything is right."""
    parser = argparse.ArgumentParser(description="Facts in, manifests out.")
    parser.add_argument(
        "folder", nargs="?", type=Path, default=ROOT, help="holds clusters/ and games/, gets dist/ (this repository)"
    )
    folder: Path = parser.parse_args(arguments).folder
    output = Path(os.environ.get("CDK8S_OUTDIR") or folder / "dist").resolve()
    target = (folder / "dist").resolve() if output == CLI_OUTPUT else output
    staged = target.with_name(f".{target.name}.new")
    shutil.rmtree(staged, ignore_errors=True)
    try:
        files = synthesize(load(folder), staged)
        validate(staged, target.name)
        publish(staged, target)
    except ProblemsError as error:
        more = len(error.problems) - MOST_SHOWN
        print(*error.problems[:MOST_SHOWN], *([f"... and {more} more"] if more > 0 else []), sep="\n", file=sys.stderr)
        print(f"{len(error.problems)} problem(s); {target.name}/ is as it was", file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(staged, ignore_errors=True)
    if output == CLI_OUTPUT:
        shutil.copytree(target, CLI_OUTPUT, dirs_exist_ok=True)
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
