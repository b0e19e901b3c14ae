"""A World to break something in. What the reference facts render to is built once."""

from pathlib import Path

import pytest

from homeground.facts import load
from homeground.platform import Platform
from tests.constructs.seams.world import FACTS, Apps, World, render


@pytest.fixture(scope="session")
def reference() -> list[tuple[Platform, Apps]]:
    return render(load(FACTS))


@pytest.fixture
def world(tmp_path: Path, reference: list[tuple[Platform, Apps]]) -> World:
    return World(tmp_path, reference)
