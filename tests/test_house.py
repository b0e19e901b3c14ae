"""Rules of the house: about the tree itself, not about what it does."""

import ast
import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from schemas.export import FOLDER, TYPES, to_text
from tests.program import ROOT

GENERATED_OR_FOREIGN = ("dist/", "bench/synth/peers/")
LINES, LINES_OF_A_TEST = 255, 350
"""Of a file. Tests are longer: they hold tables of cases."""

LINES_OF_A_FUNCTION, LINES_OF_A_TEST_FUNCTION = 40, 60
LONG: dict[str, str] = {
    "constructs/homeground/pod_security.py restricted": "a table: one rule of Pod Security a line",
    "services/failover/failover/runtime/metrics.py __init__": "a table: one metric after another",
    "services/matchmaking/matchmaking/metrics.py __init__": "a table: one metric after another",
    "bench/synth/l1.py __init__": "a copy of what a peer's users write, kept as they write it",
}
"""What may be longer, and why."""


@cache
def ours() -> list[Path]:
    """Every file of the repository that a person wrote, as git would take it."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\n")
    names = [name for name in listed if name and not name.startswith(GENERATED_OR_FOREIGN)]
    return [ROOT / name for name in names if (ROOT / name).is_file()]


def python_files() -> list[Path]:
    return [path for path in ours() if path.suffix == ".py" and "_pb2" not in path.stem]


def shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def is_test(path: Path) -> bool:
    return shown(path).startswith("tests/")


def test_constructs_is_no_package_for_it_would_hide_the_one_cdk8s_is_built_on() -> None:
    assert not (ROOT / "constructs" / "__init__.py").exists()
    done = subprocess.run(
        [sys.executable, "-c", "import constructs; print(constructs.__file__)"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "site-packages" in done.stdout


@pytest.mark.parametrize("name", TYPES)
def test_the_json_schemas_are_those_of_the_types(name: str) -> None:
    written = (FOLDER / f"{name}.schema.json").read_text(encoding="utf-8")
    assert written == to_text(name), "schemas/ changed: run make synth"


@pytest.mark.parametrize("folder", ["clusters", "games", "tests/facts/clusters", "tests/facts/games"])
def test_every_facts_file_tells_editors_its_schema(folder: str) -> None:
    kind = Path(folder).name.removesuffix("s")
    files = sorted((ROOT / folder).glob("*.yaml"))
    assert files
    for path in files:
        first = path.read_text(encoding="utf-8").partition("\n")[0]
        assert first == f"# yaml-language-server: $schema=../schemas/{kind}.schema.json", shown(path)


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    tool = Path(sys.executable).with_name("lint-imports")
    services = [str(each) for each in sorted((folder / "services").iterdir())]
    path = ":".join([str(folder), str(folder / "constructs"), *services])
    return subprocess.run(
        [str(tool), "--config", str(folder / "pyproject.toml"), "--no-cache", "--no-logo"],
        cwd=folder, env={"PYTHONPATH": path, "PATH": ""}, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_layers_import_only_what_is_below_them() -> None:
    done = lint_imports(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


FORBIDDEN = {
    "a schema imports a construct": ("schemas/game.py", "from homeground import labels\n"),
    "a construct imports an app": ("constructs/homeground/labels.py", "import apps.kata\n"),
    "a schema imports an app": ("schemas/facts.py", "import apps\n"),
    "a construct imports a service": ("constructs/homeground/labels.py", "import failover.words\n"),
    "a service imports a construct": ("services/failover/failover/words.py", "import homeground.labels\n"),
    "a service imports another": ("services/matchmaking/matchmaking/__init__.py", "import failover.words\n"),
    "the client imports a service": ("services/kubeclient/kubeclient/resources.py", "import failover.words\n"),
}


@pytest.mark.parametrize(("file", "line"), FORBIDDEN.values(), ids=FORBIDDEN)
def test_an_import_from_above_is_caught(tmp_path: Path, file: str, line: str) -> None:
    for name in ("schemas", "constructs", "apps", "services"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "main.py"):
        shutil.copy(ROOT / name, tmp_path / name)
    assert lint_imports(tmp_path).returncode == 0
    (tmp_path / file).write_text((tmp_path / file).read_text() + line)
    done = lint_imports(tmp_path)
    assert done.returncode == 1
    assert "BROKEN" in done.stdout
    module = (
        re.sub(r"^(constructs/|services/[a-z]+/)", "", file)
        .removesuffix("/__init__.py")
        .removesuffix(".py")
        .replace("/", ".")
    )
    assert f"{module} ->" in done.stdout


def test_nothing_imports_main() -> None:
    """import-linter takes packages only, and main.py is a module."""
    importers = [
        shown(path)
        for path in python_files()
        if not is_test(path) and re.search(r"^\s*(import main\b|from main import)", path.read_text(), re.MULTILINE)
    ]
    assert importers == []


def test_files_are_short() -> None:
    lengths = {path: path.read_text(encoding="utf-8").count("\n") for path in python_files()}
    long = [shown(path) for path, lines in lengths.items() if lines > (LINES_OF_A_TEST if is_test(path) else LINES)]
    assert long == []


def test_functions_are_short_but_for_those_with_a_reason() -> None:
    long = {
        f"{shown(path)} {node.name}"
        for path in python_files()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno >= (LINES_OF_A_TEST_FUNCTION if is_test(path) else LINES_OF_A_FUNCTION)
    }
    assert long == set(LONG)


def test_no_file_is_a_drawer_for_everything() -> None:
    drawers = {"utils", "util", "helpers", "helper", "common", "misc", "shared"}
    assert [
        shown(path) for path in ours() if drawers & {part.partition(".")[0] for part in Path(shown(path)).parts}
    ] == []


def test_no_image_is_called_latest() -> None:
    image = re.compile(r"""^\s*(?:image|FROM)[:\s]\s*["']?\S+:latest\b""", re.MULTILINE)
    generated = [path for path in (ROOT / "dist").rglob("*") if path.is_file()]
    written = [path for path in ours() if not is_test(path)]
    text = [(path, path.read_text(encoding="utf-8", errors="replace")) for path in generated + written]
    assert [shown(path) for path, content in text if image.search(content)] == []


def test_only_ci_knows_of_the_folder_beside_the_checkout() -> None:
    beside = "../" + "shared"
    named = [shown(path) for path in ours() if beside in path.read_text(encoding="utf-8", errors="replace")]
    assert [name for name in named if not name.startswith(".ci/")] == []


LINK = re.compile(r"\]\((?!https?://|#|mailto:)([^)#\s]+)")


@pytest.mark.parametrize("page", [path for path in ours() if path.suffix == ".md"], ids=shown)
def test_every_link_between_pages_leads_somewhere(page: Path) -> None:
    dead = [link for link in LINK.findall(page.read_text(encoding="utf-8")) if not (page.parent / link).exists()]
    assert dead == []


def test_every_page_is_reached_from_the_readme() -> None:
    linked = {(ROOT / link).resolve() for link in LINK.findall((ROOT / "README.md").read_text(encoding="utf-8"))}
    assert [shown(path) for path in sorted((ROOT / "docs").glob("*.md")) if path.resolve() not in linked] == []


def test_text_ends_with_one_line_break_and_has_no_stray_space() -> None:
    kinds = {".py", ".yaml", ".yml", ".md", ".toml", ".json", ".lua", ""}
    for path in ours():
        if path.suffix in kinds and path.stat().st_size:
            text = path.read_text(encoding="utf-8")
            assert text.endswith("\n"), shown(path)
            assert not text.endswith("\n\n"), shown(path)
            assert "\r" not in text, shown(path)
