"""Every check is registered, has a case that breaks it, and finds nothing in what is right."""

import inspect
from importlib import import_module
from pathlib import Path

import pytest

from homeground import seams
from homeground.facts import load
from homeground.platform import Platform
from homeground.seams import Synthesis, facts_problems, manifest_problems
from tests.constructs.seams.case import (
    DOMINATION,
    HYBRID,
    LOCAL,
    SKIRMISH,
    Case,
    Check,
    Neighbour,
    name_of,
    registered,
)
from tests.constructs.seams.world import World, render

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
MODULES = sorted(
    path.stem
    for path in Path(seams.__file__).parent.glob("*.py")
    if not path.stem.startswith("__") and path.stem != "synthesis"
)
every_module = pytest.mark.parametrize("module", MODULES)


def cases_of(module: str) -> list[Case]:
    cases: list[Case] = import_module(f"tests.constructs.seams.test_{module}").BROKEN
    return cases


def neighbours_of(module: str) -> list[Neighbour]:
    neighbours: list[Neighbour] = import_module(f"tests.constructs.seams.test_{module}").RIGHT
    return neighbours


def checks_of(module: str) -> list[Check]:
    """Functions of a seam module that are checks: public, and yielding Problems."""
    made = import_module(f"homeground.seams.{module}")
    functions = [f for name, f in vars(made).items() if inspect.isfunction(f) and not name.startswith("_")]
    own = [f for f in functions if f.__module__ == made.__name__]
    return [f for f in own if "Iterator[homeground.problem.Problem]" in str(inspect.signature(f).return_annotation)]


def test_the_facts_of_the_repository_yield_no_problem() -> None:
    facts = load(ROOT)
    assert list(facts_problems(facts, [Platform.of(facts, cluster) for cluster in facts.clusters])) == []
    for platform, apps in render(facts):
        assert list(manifest_problems(Synthesis(platform, apps))) == []


def test_the_reference_facts_yield_no_problem(world: World) -> None:
    assert world.facts_problems() == []
    assert world.manifest_problems() == []


def test_no_check_is_registered_twice() -> None:
    names = [name_of(check) for check in registered()]
    assert len(names) == len(set(names))


@every_module
def test_every_check_of_a_module_is_registered(module: str) -> None:
    assert {name_of(check) for check in checks_of(module)} <= {name_of(check) for check in registered()}


@every_module
def test_a_module_has_cases_for_its_own_checks_only(module: str) -> None:
    assert {case.check.__module__ for case in cases_of(module)} == {f"homeground.seams.{module}"}
    assert {neighbour.check.__module__ for neighbour in neighbours_of(module)} <= {f"homeground.seams.{module}"}


def test_every_registered_check_has_a_case_that_breaks_it() -> None:
    broken = {name_of(case.check) for module in MODULES for case in cases_of(module)}
    assert [name_of(check) for check in registered() if name_of(check) not in broken] == []


@pytest.mark.parametrize("check", registered(), ids=name_of)
def test_every_check_says_its_rule(check: Check) -> None:
    assert (check.__doc__ or "").strip().endswith(".")


def test_problems_of_a_later_stage_wait_for_those_of_an_earlier_one(world: World) -> None:
    world.replace(HYBRID, "163.220.236.56/32", "163.220.238.1/32")
    assert [problem.field for problem in world.facts_problems()] == ["addressPools[0].addresses[0]"]
    world.replace(HYBRID, "kubernetes: 1.35.4", "kubernetes: 1.34.0")
    assert {problem.field for problem in world.facts_problems()} == {"kubernetes"}


def test_all_games_and_clusters_are_heard_at_once(world: World) -> None:
    world.replace(DOMINATION, "minPlayers: 8", "minPlayers: 17")
    world.replace(SKIRMISH, "max: 8", "max: 1")
    world.replace(HYBRID, "kubernetes: 1.35.4", "kubernetes: 1.34.0")
    world.replace(LOCAL, "    publicEndpoint: 192.168.1.10 # players are in the same room\n", "")
    files = {problem.file for problem in world.facts_problems()}
    assert files == {DOMINATION, SKIRMISH, HYBRID, LOCAL}
