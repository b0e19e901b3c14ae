"""Whatever makes sense as facts makes sense as manifests."""

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from io import StringIO
from pathlib import Path
from typing import Any

import yaml
from hypothesis import given
from hypothesis import strategies as st

import main
from homeground import labels
from homeground.facts import load
from homeground.output import identity
from homeground.platform import Platform
from homeground.seams import facts_problems
from homeground.validation import validate
from tests.program import content
from tests.properties.generated import Written, written

NAME = re.compile(r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?")
RBAC_NAME = re.compile(r"[^/%]{1,253}")
LABEL_VALUE = re.compile(r"([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?")


@contextmanager
def synthesized(facts: Written) -> Iterator[Path]:
    """dist/ of these facts."""
    with tempfile.TemporaryDirectory() as folder:
        root = facts.write(Path(folder))
        with redirect_stderr(StringIO()):
            main.synthesize(load(root), root / "dist")
        yield root / "dist"


def objects(dist: Path) -> dict[str, Any]:
    return {name: yaml.load(text, yaml.CSafeLoader) for name, text in content(dist).items()}


@given(written())
def test_the_generated_facts_contradict_nothing(facts: Written) -> None:
    with tempfile.TemporaryDirectory() as folder:
        loaded = load(facts.write(Path(folder)))
    platforms = [Platform.of(loaded, cluster) for cluster in loaded.clusters]
    assert [str(problem) for problem in facts_problems(loaded, platforms)] == []


@given(written())
def test_valid_facts_make_manifests_that_kubernetes_takes(facts: Written) -> None:
    with synthesized(facts) as dist:  # main.synthesize has run every seam check
        files = objects(dist)
        assert validate(dist) == len(files)
    assert_one_file_an_object(files)
    for manifest in files.values():
        assert_names_are_valid(manifest)
    for cluster in facts.clusters:
        assert_tenants_are_complete(facts, cluster, files)


def assert_one_file_an_object(files: dict[str, Any]) -> None:
    assert len({name.lower() for name in files}) == len(files)
    by_cluster = [(name.partition("/")[0], *identity(manifest)) for name, manifest in files.items()]
    assert len(set(by_cluster)) == len(by_cluster)


def assert_names_are_valid(manifest: Any) -> None:
    metadata = manifest["metadata"]
    pattern = RBAC_NAME if "rbac.authorization" in manifest["apiVersion"] else NAME
    assert pattern.fullmatch(metadata["name"])
    assert len(metadata.get("namespace", "")) <= 63
    for value in (metadata.get("labels") or {}).values():
        assert LABEL_VALUE.fullmatch(value)


def assert_tenants_are_complete(facts: Written, cluster: str, files: dict[str, Any]) -> None:
    """By the files' names: what a reviewer would look for."""
    games = [game for game in facts.games.values() if cluster in game.get("clusters", [cluster])]
    for game in games:
        namespace = labels.tenant_namespace(game["tenant"])
        theirs, ours = f"{cluster}/games-{game['tenant']}", f"{cluster}/tenant-{game['tenant']}"
        assert files[f"{theirs}/Fleet.{game['name']}.k8s.yaml"]["metadata"]["namespace"] == namespace
        scaled = f"{theirs}/FleetAutoscaler.{game['name']}.k8s.yaml" in files
        assert scaled == ("autoscale" in game["fleet"])
        for file in (
            f"Namespace.{namespace}",
            "ResourceQuota.tenant",
            "LimitRange.containers",
            "NetworkPolicy.default-deny",
        ):
            assert f"{ours}/{file}.k8s.yaml" in files
    fleets = [name for name in files if name.startswith(f"{cluster}/") and "/Fleet." in name]
    assert len(fleets) == len(games)


@given(written(), st.randoms(use_true_random=False))
def test_a_second_run_makes_the_same_bytes_whatever_the_order_of_keys(facts: Written, random: Any) -> None:
    def shuffled(value: Any) -> Any:
        if isinstance(value, list):
            return [shuffled(item) for item in value]
        if not isinstance(value, dict):
            return value
        keys = list(value)
        random.shuffle(keys)
        return {key: shuffled(value[key]) for key in keys}

    other = Written(shuffled(dict(facts.clusters)), shuffled(dict(facts.games)))
    with synthesized(facts) as dist, synthesized(other) as dist_of_other:
        assert content(dist) == content(dist_of_other)
