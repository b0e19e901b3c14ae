"""Versions that go together."""

from collections.abc import Iterator

from homeground.platform import Platform
from homeground.problem import Problem
from homeground.versions import PINS, unsupported


def supported(platform: Platform) -> Iterator[Problem]:
    """Every pair of versions is one that both projects support; the cluster's Kubernetes counts, not the pin."""
    versions = {**PINS, "kubernetes": platform.cluster.kubernetes, "schemas": PINS["kubernetes"]}
    for rule, part, other in unsupported(versions):
        ours = "kubernetes" in (rule.part, rule.other)
        expected = f"{rule.expected}: {rule.reason}"
        if ours:
            yield platform.source.problem(("kubernetes",), versions["kubernetes"], expected)
        else:
            file = "constructs/homeground/versions.py"
            yield Problem(file, 0, "PINS", f"{rule.part} {part} with {rule.other} {other}", expected)
