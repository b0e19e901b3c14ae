"""One owner per object, also where a chart is the other one."""

import pytest

from homeground.problem import Problem
from homeground.seams import ownership
from tests.constructs.seams.case import Case, Neighbour, broken, right
from tests.constructs.seams.edits import value_of
from tests.constructs.seams.world import World

WOULD_MAKE = [
    ("apps/kata.py", "kata-deploy", "runtimeClasses.enabled", False, "RuntimeClass"),
    ("apps/network.py", "tigera-operator", "installation.enabled", False, "Installation"),
    ("apps/network.py", "tigera-operator", "apiServer.enabled", False, "APIServer"),
    ("apps/network.py", "tigera-operator", "goldmane.enabled", False, "Goldmane"),
    ("apps/network.py", "tigera-operator", "whisker.enabled", False, "Whisker"),
    ("apps/network.py", "tigera-operator", "manageCRDs", False, "CustomResourceDefinition"),
    ("apps/storage.py", "csi-s3", "storageClass.create", False, "StorageClass"),
    ("apps/storage.py", "csi-s3", "secret.create", False, "Secret"),
    ("apps/agones.py", "agones", "agones.allocator.disableSecretCreation", True, "Secret"),
    ("apps/agones.py", "agones", "agones.controller.disableSecret", True, "Secret"),
    ("apps/agones.py", "agones", "agones.extensions.disableSecret", True, "Secret"),
]

BROKEN = [
    *(
        Case(
            ownership.charts_leave_ours_alone,
            value_of(chart, path, not switch),
            Problem(
                file,
                0,
                f"{chart} {path}",
                str(not switch),
                f"{switch}: the chart would make a {kind} that is not its to make",
            ),
        )
        for file, chart, path, switch, kind in WOULD_MAKE
    ),
    Case(  # the chart's default is to make it
        ownership.charts_leave_ours_alone,
        value_of("csi-s3", "secret"),
        Problem(
            "apps/storage.py",
            0,
            "csi-s3 secret.create",
            "None",
            "False: the chart would make a Secret that is not its to make",
        ),
    ),
    Case(
        ownership.charts_leave_ours_alone,
        value_of("agones", "gameservers.namespaces", ["games-lantern"]),
        Problem(
            "apps/agones.py",
            0,
            "agones gameservers.namespaces",
            "['games-lantern']",
            "an empty list: tenants' accounts and budgets are ours",
        ),
    ),
    Case(  # the chart's default is [default]
        ownership.charts_leave_ours_alone,
        value_of("agones", "gameservers.namespaces"),
        Problem(
            "apps/agones.py",
            0,
            "agones gameservers.namespaces",
            "None",
            "an empty list: tenants' accounts and budgets are ours",
        ),
    ),
]

RIGHT = [
    Neighbour(
        ownership.charts_leave_ours_alone,
        value_of("kata-deploy", "runtimeClasses.createDefault", True),
        "a value that makes no object of ours",
    ),
]


@broken(BROKEN)
def test_what_is_broken_is_found_by_this_check_alone(case: Case, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    case.prove(world, monkeypatch)


@right(RIGHT)
def test_what_is_just_right_passes(neighbour: Neighbour, world: World) -> None:
    neighbour.prove(world)
