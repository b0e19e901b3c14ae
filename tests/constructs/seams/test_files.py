"""Game files: read-only, and named by the hash of their content."""

import pytest

from homeground.problem import Problem
from homeground.seams import files
from tests.constructs.seams.case import DOMINATION, Case, Edit, Neighbour, broken, right
from tests.constructs.seams.edits import both, fact, of
from tests.constructs.seams.world import World

FLEET = "dist/hybrid/games-mizuame/Fleet.domination.k8s.yaml"
POD = "spec.template.spec.template.spec"
NAME = "games-mizuame-domination-files-8c2b1f0d5e7a"
VOLUME = f"dist/hybrid/tenant-mizuame/PersistentVolume.{NAME}.k8s.yaml"
REVISION = "8c2b1f0d5e7a49c3b6f1e2d3c4b5a69788776655443322110f1e2d3c4b5a6978"
HANDLE = f"k8s/domination/{REVISION}"
MOUNTPOINT = fact(DOMINATION, "csi-s3", "mountpoint-s3")


def second_volume(handle: str) -> Edit:
    """A volume `another` of the same driver."""

    def edit(world: World) -> None:
        first = world.object("PersistentVolume", NAME)
        second = {**first, "metadata": {"name": "another"}, "spec": {**first["spec"]}}
        second["spec"]["csi"] = {**first["spec"]["csi"], "volumeHandle": handle}
        world.app("tenant-mizuame").append(second)

    return edit


BROKEN = [
    Case(
        files.storage_exists,
        fact(DOMINATION, "[hybrid]", "[hybrid, local]"),
        Problem(
            DOMINATION,
            21,
            "files.backend",
            "csi-s3",
            "image, or objectStorage in clusters/local.yaml, or `clusters` without local",
        ),
    ),
    Case(
        files.volumes_are_read_only,
        of("Fleet", "domination", f"{POD}.volumes.3.persistentVolumeClaim.readOnly"),
        Problem(FLEET, 0, "volumes.game-files", "readOnly unset", "readOnly: true"),
    ),
    Case(
        files.volumes_are_read_only,
        of("Fleet", "domination", f"{POD}.containers.0.volumeMounts.3.readOnly", False),
        Problem(FLEET, 0, "volumeMounts.game-files", "readOnly unset", "readOnly: true"),
    ),
    Case(
        files.volumes_are_read_only,
        of("PersistentVolume", NAME, "spec.accessModes", ["ReadOnlyMany", "ReadWriteMany"]),
        Problem(VOLUME, 0, "spec.accessModes", "['ReadOnlyMany', 'ReadWriteMany']", "ReadOnlyMany alone"),
    ),
    Case(
        files.volumes_are_read_only,
        of("PersistentVolume", NAME, "spec.csi.volumeAttributes.options", "--region auto --memory-limit 1000"),
        Problem(
            VOLUME,
            0,
            "spec.csi",
            "--region auto --memory-limit 1000",
            "a mount option that makes the driver read-only",
        ),
    ),
    Case(
        files.volumes_are_read_only,
        both(MOUNTPOINT, of("PersistentVolume", NAME, "spec.mountOptions", ["region auto"])),
        Problem(VOLUME, 0, "spec.csi", "region auto", "a mount option that makes the driver read-only"),
    ),
    Case(
        files.volumes_are_content_addressed,
        of("PersistentVolume", NAME, "spec.csi.volumeHandle", "k8s/domination/latest"),
        Problem(VOLUME, 0, "spec.csi.volumeHandle", "k8s/domination/latest", "bucket/game/<sha256>"),
    ),
    Case(
        files.volumes_are_content_addressed,
        second_volume(HANDLE),
        Problem(
            "dist/hybrid/tenant-mizuame/PersistentVolume.another.k8s.yaml",
            0,
            "spec.csi.volumeHandle",
            HANDLE,
            f"a handle of its own (also {VOLUME})",
        ),
    ),
]

RIGHT = [
    Neighbour(files.volumes_are_read_only, MOUNTPOINT, "Mountpoint's own option"),
    Neighbour(
        files.volumes_are_content_addressed, second_volume(f"k8s/domination/{64 * '0'}"), "two revisions of one game"
    ),
]


@broken(BROKEN)
def test_what_is_broken_is_found_by_this_check_alone(case: Case, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    case.prove(world, monkeypatch)


@right(RIGHT)
def test_what_is_just_right_passes(neighbour: Neighbour, world: World) -> None:
    neighbour.prove(world)
