"""The workflows and shell scripts of this repository: what can be known of them without running them."""

import re
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from homeground.versions import PINS, minor
from tests.cluster.tools import tool
from tests.program import ROOT
from tests.test_house import ours, shown

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yaml"))
SHELLCHECK = shutil.which("shellcheck")
STEPS_LINES = 8
"""Of a `run`. What is longer is a script, which a person can run too."""

ACTION = re.compile(r"^ *-? *uses: (?P<name>[\w./-]+)@(?P<commit>[0-9a-f]{40}) # v\d+\.\d+\.\d+$")

every_workflow = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
needs_shellcheck = pytest.mark.skipif(not SHELLCHECK, reason="no shellcheck: apt install shellcheck")


@cache
def workflow(path: Path) -> Any:
    return yaml.safe_load(path.read_text())


def jobs(path: Path) -> dict[str, Any]:
    return dict(workflow(path)["jobs"])


def steps(path: Path) -> list[dict[str, Any]]:
    return [step for job in jobs(path).values() for step in job["steps"]]


def scripts() -> list[Path]:
    """Every shell script of ours, by its first line."""
    starts = (b"#!/bin/sh", b"#!/bin/bash", b"#!/usr/bin/env bash")
    return [path for path in ours() if path.read_bytes().startswith(starts)]


def test_there_is_a_quick_one_one_for_dist_and_one_for_everything() -> None:
    assert [path.name for path in WORKFLOWS] == ["e2e.yaml", "synth.yaml", "test.yaml"]
    assert [path.name for path in (ROOT / ".github" / "workflows").iterdir() if path not in WORKFLOWS] == []


@every_workflow
def test_an_action_is_pinned_by_its_commit_and_says_its_version(path: Path) -> None:
    used = [line for line in path.read_text().splitlines() if "uses:" in line]
    assert used
    assert [line for line in used if not ACTION.match(line)] == []


def test_one_action_has_one_commit() -> None:
    commits: dict[str, set[str]] = {}
    for path in WORKFLOWS:
        for line in path.read_text().splitlines():
            if found := ACTION.match(line):
                owner_and_name = "/".join(found["name"].split("/")[:2])  # actions/cache/restore is of actions/cache
                commits.setdefault(owner_and_name, set()).add(found["commit"])
    assert {name: found for name, found in commits.items() if len(found) > 1} == {}


@every_workflow
def test_a_workflow_may_only_read(path: Path) -> None:
    assert workflow(path)["permissions"] == {"contents": "read"}
    assert [name for name, job in jobs(path).items() if "permissions" in job] == []
    assert "secrets." not in path.read_text()
    assert "pull_request_target" not in path.read_text()


@every_workflow
def test_a_checkout_leaves_no_credentials_behind(path: Path) -> None:
    checkouts = [step for step in steps(path) if step.get("uses", "").startswith("actions/checkout@")]
    assert len(checkouts) == len(jobs(path))
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


@every_workflow
def test_every_job_ends_by_itself_on_a_named_system(path: Path) -> None:
    for name, job in jobs(path).items():
        assert 0 < job["timeout-minutes"] <= 90, name
        assert re.fullmatch(r"ubuntu-\d\d\.04", job["runs-on"]), name
    assert workflow(path)["concurrency"]["group"]


@every_workflow
def test_nothing_is_of_whatever_version_there_is(path: Path) -> None:
    assert "latest" not in path.read_text()


@every_workflow
def test_a_step_of_many_lines_is_a_script_instead(path: Path) -> None:
    assert [step["run"] for step in steps(path) if step.get("run", "").count("\n") > STEPS_LINES] == []


@every_workflow
def test_no_expression_is_pasted_into_a_script(path: Path) -> None:
    """A branch's name, say, would be run as code. Variables carry it instead."""
    assert [step["run"] for step in steps(path) if "${{" in step.get("run", "")] == []


def test_kind_runs_the_kubernetes_that_we_generate_for() -> None:
    environment = jobs(ROOT / ".github" / "workflows" / "e2e.yaml")["kind"]["env"]
    found = re.fullmatch(r"kindest/node:v(\d+\.\d+\.\d+)@sha256:[0-9a-f]{64}", environment["NODE_IMAGE"])
    assert found
    assert minor(found[1]) == minor(PINS["kubernetes"])


@every_workflow
def test_what_a_step_calls_is_there(path: Path) -> None:
    """Scripts, make targets and modules of ours."""
    text = "\n".join(step.get("run", "") for step in steps(path))
    makefile = (ROOT / "Makefile").read_text()
    targets = {name for called in re.findall(r"\bmake ([\w ./-]+)", text) for name in called.split()}
    assert [name for name in targets if not re.search(rf"^{re.escape(name)}:", makefile, re.MULTILINE)] == []
    modules = re.findall(r"python -m (tests\.[\w.]+)", text)
    places = [ROOT / name.replace(".", "/") for name in modules]
    assert [
        place for place in places if not (place.with_suffix(".py").exists() or place.joinpath("__main__.py").exists())
    ] == []
    called = re.findall(r"(?:^|\s)((?:\.ci|tests|\.github)/[\w/.-]+(?:run|\.sh))\b", text)
    assert [name for name in called if not (ROOT / name).stat().st_mode & 0o111] == []


@pytest.mark.cluster
def test_actionlint_finds_nothing() -> None:
    """With shellcheck for the lines of `run`, where there is one."""
    done = subprocess.run(
        [tool("actionlint"), "-no-color", f"-shellcheck={SHELLCHECK or ''}", "-pyflakes=", *WORKFLOWS],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.cluster
@pytest.mark.parametrize(
    ("right", "wrong", "message"),
    [
        ("timeout-minutes:", "timeout-minute:", 'unexpected key "timeout-minute"'),
        ("github.event_name ==", "github.event_nam ==", 'property "event_nam" is not defined'),
        ('"17 3 * * 1"', '"17 25 * * 1"', "invalid CRON format"),
    ],
)
def test_actionlint_would_find(tmp_path: Path, right: str, wrong: str, message: str) -> None:
    text = (ROOT / ".github" / "workflows" / "e2e.yaml").read_text()
    assert right in text
    broken = tmp_path / "e2e.yaml"
    broken.write_text(text.replace(right, wrong))
    command: list[str | Path] = [tool("actionlint"), "-no-color", "-shellcheck=", "-pyflakes=", broken]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 1
    assert message in done.stdout


def test_every_script_can_be_run_and_stops_at_the_first_error() -> None:
    assert {".ci/run", "tests/kind/up.sh", "tests/kind/verify.sh"} <= {shown(path) for path in scripts()}
    for path in scripts():
        assert path.stat().st_mode & 0o111, shown(path)
        assert "\nset -euo pipefail\n" in path.read_text(), shown(path)


@needs_shellcheck
@pytest.mark.parametrize("path", scripts(), ids=shown)
def test_shellcheck_finds_nothing(path: Path) -> None:
    command = [str(SHELLCHECK), "--enable=quote-safe-variables", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout


@needs_shellcheck
def test_shellcheck_would_find_an_unquoted_variable(tmp_path: Path) -> None:
    script = tmp_path / "script.sh"
    script.write_text("#!/usr/bin/env bash\nset -euo pipefail\nrm -rf $1/cache\n")
    done = subprocess.run([str(SHELLCHECK), str(script)], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 1
    assert "SC2086" in done.stdout
