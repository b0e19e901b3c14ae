"""Files of dist/: one object each, whole or not at all."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from homeground.output import HEADER, file_name, publish, write_app
from homeground.problem import ProblemsError


def config_map(name: str, namespace: str = "", **more: Any) -> dict[str, Any]:
    metadata = {"name": name} | ({"namespace": namespace} if namespace else {})
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, **more}


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_called_by_kind_and_name(tmp_path: Path) -> None:
    written = write_app(tmp_path / "app", "home", [config_map("one", "home"), config_map("two")])
    assert written == 2
    assert names(tmp_path / "app") == ["ConfigMap.one.k8s.yaml", "ConfigMap.two.k8s.yaml"]


def test_a_file_says_the_namespace_that_is_not_the_apps_own() -> None:
    assert file_name(config_map("one", "away"), "home") == "ConfigMap.away.one.k8s.yaml"


def test_one_name_in_two_namespaces_is_two_files(tmp_path: Path) -> None:
    write_app(tmp_path / "app", "home", [config_map("one", "home"), config_map("one", "away")])
    assert names(tmp_path / "app") == ["ConfigMap.away.one.k8s.yaml", "ConfigMap.one.k8s.yaml"]


def test_a_file_says_who_wrote_it_and_holds_the_object_in_its_order(tmp_path: Path) -> None:
    write_app(tmp_path / "app", "home", [config_map("one", "home", data={"b": "1", "a": "2"})])
    text = (tmp_path / "app" / "ConfigMap.one.k8s.yaml").read_bytes().decode()
    assert text == HEADER + (
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: one\n  namespace: home\ndata:\n  b: '1'\n  a: '2'\n"
    )


def test_the_same_objects_are_the_same_bytes(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        write_app(tmp_path / folder, "home", [config_map("one", data={"key": "text\nand more\n"})])
    first, second = (tmp_path / folder / "ConfigMap.one.k8s.yaml" for folder in ("a", "b"))
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize(
    "second",
    [
        config_map("one", "home"),
        config_map("one", "home", data={"key": "other"}),
        config_map("one", "home") | {"apiVersion": "v2"},
        config_map("ONE", "home"),  # one file on macOS and Windows
    ],
)
def test_an_object_twice_is_refused_and_named(tmp_path: Path, second: dict[str, Any]) -> None:
    with pytest.raises(ProblemsError, match=r"ConfigMap\.(one|ONE)\.k8s\.yaml: found .* twice"):
        write_app(tmp_path / "app", "home", [config_map("one", "home"), second])


def test_every_object_that_is_there_twice_is_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(ProblemsError) as refused:
        write_app(tmp_path / "app", "home", [config_map(name) for name in ("one", "two", "one", "two")])
    assert len(refused.value.problems) == 2


def test_an_object_that_stands_in_two_places_is_written_out_twice(tmp_path: Path) -> None:
    shared = {"key": "value"}
    write_app(tmp_path / "app", "home", [config_map("one", data=shared, binaryData=shared)])
    text = (tmp_path / "app" / "ConfigMap.one.k8s.yaml").read_text()
    assert not re.search(r"[&*]id\d+", text)
    assert yaml.safe_load(text)["binaryData"] == shared


def tree(root: Path, name: str, content: str) -> Path:
    folder = root / name
    (folder / "app").mkdir(parents=True)
    (folder / "app" / f"{content}.yaml").write_text(content)
    return folder


def content(folder: Path) -> list[str]:
    return [str(path.relative_to(folder)) for path in sorted(folder.rglob("*.yaml"))]


def test_publishing_replaces_the_old_tree_with_nothing_of_it_left(tmp_path: Path) -> None:
    target = tree(tmp_path, "dist", "old")
    publish(tree(tmp_path, ".dist.new", "new"), target)
    assert content(target) == ["app/new.yaml"]
    assert names(tmp_path) == ["dist"]


def test_the_first_tree_is_published_where_none_was(tmp_path: Path) -> None:
    publish(tree(tmp_path, ".dist.new", "new"), tmp_path / "below" / "dist")
    assert content(tmp_path / "below" / "dist") == ["app/new.yaml"]


def test_the_old_tree_stays_when_the_new_one_cannot_take_its_place(tmp_path: Path) -> None:
    target = tree(tmp_path, "dist", "old")
    with pytest.raises(OSError):
        publish(tmp_path / ".dist.new", target)
    assert content(target) == ["app/old.yaml"]
    assert names(tmp_path) == ["dist"]


def test_what_an_interrupted_run_left_behind_does_not_stand_in_the_way(tmp_path: Path) -> None:
    target = tree(tmp_path, "dist", "old")
    tree(tmp_path, ".dist.old", "older")
    publish(tree(tmp_path, ".dist.new", "new"), target)
    assert content(target) == ["app/new.yaml"]
    assert names(tmp_path) == ["dist"]
