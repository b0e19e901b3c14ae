"""One owner per object, also where the other owner is a chart that we only see through its values."""

from collections.abc import Iterator

from homeground.problem import Problem
from homeground.seams.synthesis import Synthesis, at

SWITCHES = (
    ("kata-deploy", "runtimeClasses.enabled", "RuntimeClass"),
    ("tigera-operator", "installation.enabled", "Installation"),
    ("tigera-operator", "apiServer.enabled", "APIServer"),
    ("tigera-operator", "goldmane.enabled", "Goldmane"),
    ("tigera-operator", "whisker.enabled", "Whisker"),
    ("tigera-operator", "manageCRDs", "CustomResourceDefinition"),
    ("csi-s3", "storageClass.create", "StorageClass"),
    ("csi-s3", "secret.create", "Secret"),
    ("agones", "agones.allocator.disableSecretCreation", "Secret"),
    ("agones", "agones.controller.disableSecret", "Secret"),
    ("agones", "agones.extensions.disableSecret", "Secret"),
)
"""(chart, value, what it would also make). A `disable...` value must be on, every other one off."""


def charts_leave_ours_alone(synthesis: Synthesis) -> Iterator[Problem]:
    """A chart makes nothing that we render, or that nobody asked for."""
    for chart, path, kind in SWITCHES:
        values = synthesis.values(chart)
        wanted = path.rpartition(".")[2].startswith("disable")
        if values is not None and at(values, path) is not wanted:
            expected = f"{wanted}: the chart would make a {kind} that is not its to make"
            yield Problem(synthesis.module_of(chart), 0, f"{chart} {path}", str(at(values, path)), expected)
    agones = synthesis.values("agones")
    if agones is not None and at(agones, "gameservers.namespaces") != []:
        found = str(at(agones, "gameservers.namespaces"))
        expected = "an empty list: tenants' accounts and budgets are ours"
        yield Problem("apps/agones.py", 0, "agones gameservers.namespaces", found, expected)
