"""Images of our services: what can be known of their recipes without building them."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.program import ROOT

RECIPES = sorted(ROOT.glob("images/*/Containerfile"))
STEP = re.compile(r"^([A-Z]+) (.*)$", re.MULTILINE)

every_recipe = pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.parent.name)


def steps(recipe: Path) -> list[tuple[str, str]]:
    """(instruction, rest of its line)."""
    return [(found[1], found[2]) for found in STEP.finditer(recipe.read_text())]


def last(recipe: Path, instruction: str) -> str:
    return [rest for name, rest in steps(recipe) if name == instruction][-1]


def deployment(name: str) -> Any:
    """The one that is all of the service."""
    (file,) = ROOT.glob(f"dist/*/{name}/Deployment.{name}.k8s.yaml")
    return yaml.safe_load(file.read_text())


def test_every_service_with_an_image_has_a_recipe() -> None:
    assert [recipe.parent.name for recipe in RECIPES] == ["failover", "matchmaking"]


@every_recipe
def test_every_stage_begins_with_one_base_that_names_its_exact_version(recipe: Path) -> None:
    bases = [rest.partition(" AS ")[0] for name, rest in steps(recipe) if name == "FROM"]
    assert bases
    assert set(bases) == {"${PYTHON}"}
    default = last(recipe, "ARG").removeprefix("PYTHON=")
    version = re.fullmatch(r"docker\.io/library/python:(\d+\.\d+)\.\d+-slim-[a-z]+(@sha256:[0-9a-f]{64})?", default)
    assert version
    tested = yaml.safe_load((ROOT / ".github" / "workflows" / "test.yaml").read_text())
    pythons = [
        s["with"]["python-version"]
        for j in tested["jobs"].values()
        for s in j["steps"]
        if "setup-python" in s.get("uses", "")
    ]
    assert {version[1]} == set(pythons)


@every_recipe
def test_what_is_installed_is_locked(recipe: Path) -> None:
    runs = [rest for name, rest in steps(recipe) if name == "RUN"]
    assert [run for run in runs if "pip" in run and "--require-hashes" not in run] == []
    (sync,) = (run for run in runs if "sync" in run)
    assert {"--frozen", "--no-default-groups", "--no-editable"} <= set(re.findall(r"--[\w-]+", sync))


@every_recipe
def test_it_runs_as_the_user_that_the_deployment_names(recipe: Path) -> None:
    security = deployment(recipe.parent.name)["spec"]["template"]["spec"]["securityContext"]
    assert last(recipe, "USER") == f"{security['runAsUser']}:{security['runAsGroup']}"
    assert security["runAsUser"] > 0


@every_recipe
def test_it_needs_no_shell(recipe: Path) -> None:
    """Every command is a list, and is what the Deployment runs."""
    commands = {name: rest for name, rest in steps(recipe) if name in ("ENTRYPOINT", "CMD")}
    (container,) = deployment(recipe.parent.name)["spec"]["template"]["spec"]["containers"]
    assert yaml.safe_load(commands["CMD"]) == container["args"]
    assert "command" not in container
    name = recipe.parent.name
    assert yaml.safe_load(commands["ENTRYPOINT"]) == [f"/opt/{name}/bin/{name}"]
    project = tomllib.loads((ROOT / "services" / name / "pyproject.toml").read_text())["project"]
    assert name in project["scripts"]


@every_recipe
def test_what_it_copies_is_there(recipe: Path) -> None:
    copied = [rest.split()[:-1] for name, rest in steps(recipe) if name == "COPY" and not rest.startswith("--from")]
    assert copied
    assert [path for paths in copied for path in paths if not (ROOT / path).exists()] == []
