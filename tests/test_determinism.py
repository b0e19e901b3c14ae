"""The same facts make the same bytes, wherever and however they are synthesized, and dist/ in Git is those bytes."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.program import ROOT, content, copy_facts, run

CLI = ROOT / "node_modules" / ".bin" / "cdk8s"
PROJECT = ("main.py", "cdk8s.yaml", "apps", "services", "clusters", "games", "schemas", "dist")
"""What `cdk8s synth` and main.py read of the repository. The constructs are installed."""


def test_dist_is_what_the_facts_make(tmp_path: Path) -> None:
    for folder in ("clusters", "games"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    done = run(tmp_path)
    assert done.returncode == 0, done.stderr
    fresh, committed = content(tmp_path / "dist"), content(ROOT / "dist")
    changed = sorted(name for name in fresh.keys() | committed.keys() if fresh.get(name) != committed.get(name))
    assert not changed, f"dist/ is not what clusters/ and games/ make: run make synth ({', '.join(changed[:5])} ...)"


def test_git_ignores_nothing_of_dist() -> None:
    names = "".join(f"dist/{name}\n" for name in content(ROOT / "dist"))
    ignored = subprocess.run(
        ["git", "check-ignore", "--stdin"], cwd=ROOT, input=names, capture_output=True, text=True, check=False
    )
    assert ignored.stdout == ""


def test_hash_seed_time_zone_language_and_folder_change_no_byte(tmp_path: Path) -> None:
    worlds = [
        {"PYTHONHASHSEED": "1", "TZ": "Asia/Tokyo", "LANG": "C", "LC_ALL": "C", "PYTHONUTF8": "0"},
        {"PYTHONHASHSEED": "4242", "TZ": "America/St_Johns", "LANG": "ja_JP.UTF-8", "LC_ALL": "tr_TR.UTF-8"},
    ]
    made = []
    for index, world in enumerate(worlds):
        folder = copy_facts(tmp_path / f"world {index}")
        elsewhere = tmp_path / f"cwd-{index}"
        elsewhere.mkdir()
        done = run(folder, cwd=elsewhere, env=world)
        assert done.returncode == 0, done.stderr
        assert list(elsewhere.iterdir()) == []
        made.append(content(folder / "dist"))
    assert made[0] == made[1]


def test_a_second_run_replaces_the_first_without_a_trace(tmp_path: Path) -> None:
    folder = copy_facts(tmp_path)
    assert run(folder).returncode == 0
    before = content(folder / "dist")
    (folder / "dist" / "hybrid" / "agones" / "Stale.leftover.k8s.yaml").write_text("old")
    assert run(folder).returncode == 0
    assert content(folder / "dist") == before
    assert sorted(path.name for path in folder.iterdir()) == ["clusters", "dist", "games"]


def test_one_key_moved_or_one_comment_more_changes_no_byte(tmp_path: Path) -> None:
    folder = copy_facts(tmp_path)
    assert run(folder).returncode == 0
    before = content(folder / "dist")
    game = folder / "games" / "domination.yaml"
    head, name, rest = game.read_text().partition("name: domination\n")
    game.write_text(head + "# moved to the end\n" + rest + "\n" + name)
    assert run(folder).returncode == 0
    assert content(folder / "dist") == before


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the repository as `cdk8s synth` needs it, with the venv of this one."""
    if not CLI.exists():
        pytest.skip("cdk8s-cli is not installed: make test installs it from package-lock.json")
    for name in PROJECT:
        source = ROOT / name
        copy = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, tmp_path / name)
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    return tmp_path


def cdk8s_synth(project: Path) -> subprocess.CompletedProcess[str]:
    node_first = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": node_first, "CDK8S_CHECK_UPGRADE": "false"}
    return subprocess.run(
        [CLI, "synth"], cwd=project, env=environment, capture_output=True, text=True, check=False, timeout=120
    )


@pytest.mark.slow
def test_cdk8s_synth_makes_the_same_dist_as_the_program(project: Path) -> None:
    assert run(program=project / "main.py").returncode == 0
    before = content(project / "dist")
    (project / "dist" / "hybrid" / "stale.yaml").write_text("old")
    done = cdk8s_synth(project)
    assert done.returncode == 0, done.stdout + done.stderr
    assert content(project / "dist") == before
    assert content(project / ".cache" / "cdk8s") == before


@pytest.mark.slow
def test_cdk8s_synth_of_bad_facts_fails_and_leaves_dist_whole(project: Path) -> None:
    game = project / "games" / "domination.yaml"
    game.write_text(game.read_text() + "colour: red\n")
    before = content(project / "dist")
    done = cdk8s_synth(project)
    assert done.returncode != 0
    assert "colour: found an unknown field" in done.stdout + done.stderr
    assert content(project / "dist") == before
