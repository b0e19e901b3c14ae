"""The cluster of facts/: whose machines are booted, and played beside it for comparison."""

from pathlib import Path

from homeground.facts import load
from homeground.platform import Platform


def emulated() -> Platform:
    facts = load(Path(__file__).with_name("facts"))
    return Platform.of(facts, facts.clusters[0])
