"""Loading clusters/ and games/. What wrong files print is in tests/test_bad_*.py, end to end."""

import shutil
from pathlib import Path

import pytest
import yaml

from homeground.facts import Facts, load
from homeground.problem import ProblemsError
from tests.program import copy_facts

SEALED = "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {{name: {name}, namespace: storage}}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return copy_facts(tmp_path)


def problems(folder: Path) -> list[str]:
    with pytest.raises(ProblemsError) as raised:
        load(folder)
    return [str(problem) for problem in raised.value.problems]


def test_facts_are_typed_and_in_the_order_of_their_files(folder: Path) -> None:
    facts = load(folder)
    assert [cluster.value.name for cluster in facts.clusters] == ["hybrid", "local"]
    assert [game.value.name for game in facts.games] == ["domination", "skirmish"]
    assert facts.games[0].value.fleet.replicas == 3
    assert facts.games[1].value.fleet.autoscale is not None
    assert facts.clusters[0].value.temporary_nodes is not None
    assert facts.clusters[0].value.temporary_nodes.machine_types[1].cpu == 16


def test_a_fact_knows_where_it_was_written(folder: Path) -> None:
    game = load(folder).games[0]
    assert game.source.file == "games/domination.yaml"
    text = (folder / "games" / "domination.yaml").read_text().splitlines()
    assert text[game.source.line(("fleet", "replicas")) - 1] == "  replicas: 3"


def test_what_is_left_out_has_its_default(folder: Path) -> None:
    desk = load(folder).clusters[1].value
    assert desk.links == []
    assert desk.object_storage is None
    assert desk.reserved.memory == "1Gi"
    assert desk.sites[0].mtu == 1500


def test_facts_do_not_change_once_they_are_loaded(folder: Path) -> None:
    with pytest.raises(AttributeError):
        load(folder).games[0].value.name = "other"  # type: ignore[misc]


def test_no_games_are_no_problem(folder: Path) -> None:
    shutil.rmtree(folder / "games")
    assert load(folder).games == []


def test_no_clusters_are_one(folder: Path) -> None:
    shutil.rmtree(folder / "clusters")
    assert problems(folder) == ["clusters: found no file, expected at least one cluster, clusters/<name>.yaml"]


def test_the_problems_of_all_files_come_together(folder: Path) -> None:
    for name in ("clusters/hybrid.yaml", "games/domination.yaml", "games/skirmish.yaml"):
        (folder / name).write_text("colour: red\n")
    assert {line.partition(":")[0] for line in problems(folder)} == {
        "clusters/hybrid.yaml",
        "games/domination.yaml",
        "games/skirmish.yaml",
    }


def test_each_missing_field_is_said_once(folder: Path) -> None:
    (folder / "games" / "domination.yaml").write_text("name: domination\n")
    assert [line.split()[1] for line in problems(folder)] == ["fleet:", "modes:", "server:", "tenant:"]


@pytest.mark.parametrize("ending", ["yml", "yxml"])
def test_another_ending_is_refused(folder: Path, ending: str) -> None:
    (folder / "games" / f"puzzle.{ending}").write_text("name: puzzle\n")
    assert problems(folder) == [f"games/puzzle.{ending}: found the ending .{ending}, expected puzzle.yaml"]


def test_hidden_files_are_left_alone(folder: Path) -> None:
    (folder / "games" / ".puzzle.yaml").write_text("[")
    (folder / "clusters" / ".#hybrid.yaml").symlink_to("nowhere")
    assert len(load(folder).games) == 2


def sealed(folder: Path, **texts: str) -> Facts:
    secrets = folder / "clusters" / "hybrid" / "secrets"
    secrets.mkdir(parents=True)
    for name, text in texts.items():
        (secrets / f"{name}.yaml").write_text(text)
    return load(folder)


def test_sealed_secrets_are_found_by_namespace_and_name(folder: Path) -> None:
    facts = sealed(folder, one=SEALED.format(name="one"), two=SEALED.format(name="two"))
    assert list(facts.clusters[0].sealed) == [("storage", "one"), ("storage", "two")]
    assert facts.clusters[0].sealed["storage", "two"].file == "clusters/hybrid/secrets/two.yaml"
    assert facts.clusters[1].sealed == {}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("kind: Secret\n", "kind: found Secret,"),
        ("a: 1\n", "kind: found nothing,"),
        ("- kind: SealedSecret\n", "kind: found nothing,"),
        ("kind: SealedSecret\n", "metadata: found namespace None and name None,"),
        ("kind: SealedSecret\nmetadata: {name: a}\n", "metadata: found namespace None and name a,"),
        ("kind: SealedSecret\nmetadata: {name: a, namespace: ''}\n", "metadata: found namespace  and name a,"),
        ("kind: SealedSecret\nmetadata: {name: [a], namespace: b}\n", "metadata: found namespace b and name ['a'],"),
        ("kind: SealedSecret\nmetadata: text\n", "metadata: found namespace None and name None,"),
        ("kind: [a\n", "found a bracket or quote without its end"),
    ],
)
def test_anything_else_among_the_secrets_is_refused(folder: Path, text: str, said: str) -> None:
    with pytest.raises(ProblemsError) as raised:
        sealed(folder, odd=text, good=SEALED.format(name="good"))
    [problem] = raised.value.problems
    assert f" {said}" in str(problem)
    assert problem.file == "clusters/hybrid/secrets/odd.yaml"


def test_one_secret_in_two_files_is_refused(folder: Path) -> None:
    with pytest.raises(ProblemsError, match=r"storage/one a second time.*the first is clusters/hybrid/secrets/a.yaml"):
        sealed(folder, a=SEALED.format(name="one"), b=SEALED.format(name="one"))


def test_the_examples_of_tests_stay_valid(folder: Path) -> None:
    for path in (folder / "games").iterdir():
        assert yaml.safe_load(path.read_text())["name"] == path.stem
