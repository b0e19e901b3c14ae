"""Game files: read-only, named by their content, one volume and one claim a revision."""

from collections.abc import Callable
from typing import Any

import pytest

from homeground.game_files import SECRETS, FilesClaim, FilesVolume, volume
from homeground.manifest import ManifestChart
from schemas.cluster import ObjectStorage
from schemas.game import Game

Find = Callable[..., dict[str, Any]]
MakeGame = Callable[..., Game]
REVISION = "0123456789abcdef" * 4
NEXT = "f" * 64
STORAGE = ObjectStorage(endpoint="https://s3.example.com", region="auto", bucket="builds")


def stored(backend: str, revision: str = REVISION) -> dict[str, Any]:
    return {"backend": backend, "revision": revision, "size": "10Gi"}


def common(source: dict[str, Any]) -> dict[str, Any]:
    """A volume that only one claim may bind, and that outlives it."""
    return {
        "capacity": {"storage": "10Gi"},
        "accessModes": ["ReadOnlyMany"],
        "persistentVolumeReclaimPolicy": "Retain",
        "volumeMode": "Filesystem",
        "claimRef": {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "namespace": "games-acme",
            "name": "duel-files-0123456789ab",
        },
        **source,
    }


def test_csi_s3_gets_a_volume_that_geesefs_mounts_read_only(
    chart: ManifestChart, find: Find, make_game: MakeGame
) -> None:
    FilesVolume(chart, "files", game=make_game(files=stored("csi-s3")), storage=STORAGE)
    secret = {"name": "csi-s3-secret", "namespace": "storage"}
    options = "--region auto --list-type 2 --memory-limit 1000 --dir-mode 0555 --file-mode 0555 -o ro"
    source = {
        "driver": "ru.yandex.s3.csi",
        "volumeHandle": f"builds/duel/{REVISION}",
        "volumeAttributes": {"capacity": "10Gi", "mounter": "geesefs", "options": options},
        "nodeStageSecretRef": secret,
        "nodePublishSecretRef": secret,
    }
    assert find("PersistentVolume") == {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {
            "name": "games-acme-duel-files-0123456789ab",
            "labels": {"homeground.dev/tenant": "acme", "homeground.dev/game": "duel"},
        },
        "spec": common({"csi": source}),
    }


def test_mountpoint_s3_gets_a_volume_that_is_read_only_by_its_mount_options(
    chart: ManifestChart, find: Find, make_game: MakeGame
) -> None:
    FilesVolume(chart, "files", game=make_game(files=stored("mountpoint-s3")), storage=STORAGE)
    options = [
        "read-only",
        "endpoint-url https://s3.example.com",
        "region auto",
        f"prefix duel/{REVISION}/",
        "force-path-style",
        "metadata-ttl indefinite",
    ]
    source = {
        "driver": "s3.csi.aws.com",
        "volumeHandle": f"builds/duel/{REVISION}",
        "volumeAttributes": {
            "bucketName": "builds",
            "authenticationSource": "driver",
            "cache": "emptyDir",
            "cacheEmptyDirSizeLimit": "10Gi",
        },
    }
    assert find("PersistentVolume")["spec"] == common({"mountOptions": options, "csi": source})


@pytest.mark.parametrize("backend", ["csi-s3", "mountpoint-s3"])
def test_the_claim_names_its_volume_and_no_class(
    chart: ManifestChart, find: Find, make_game: MakeGame, backend: str
) -> None:
    FilesClaim(chart, "claim", game=make_game(files=stored(backend)), namespace="games-acme")
    assert find("PersistentVolumeClaim") == {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {
            "name": "duel-files-0123456789ab",
            "namespace": "games-acme",
            "labels": {"homeground.dev/game": "duel"},
        },
        "spec": {
            "accessModes": ["ReadOnlyMany"],
            "resources": {"requests": {"storage": "10Gi"}},
            "storageClassName": "",
            "volumeMode": "Filesystem",
            "volumeName": "games-acme-duel-files-0123456789ab",
        },
    }


@pytest.mark.parametrize("backend", ["csi-s3", "mountpoint-s3"])
def test_claim_and_volume_name_each_other(chart: ManifestChart, find: Find, make_game: MakeGame, backend: str) -> None:
    game = make_game(files=stored(backend))
    FilesVolume(chart, "files", game=game, storage=STORAGE)
    FilesClaim(chart, "claim", game=game, namespace="games-acme")
    pv, pvc = find("PersistentVolume"), find("PersistentVolumeClaim")
    assert pvc["spec"]["volumeName"] == pv["metadata"]["name"]
    reference = {key: pv["spec"]["claimRef"][key] for key in ("name", "namespace")}
    assert reference == {key: pvc["metadata"][key] for key in ("name", "namespace")}
    assert pv["spec"]["capacity"] == pvc["spec"]["resources"]["requests"]


@pytest.mark.parametrize("backend", ["csi-s3", "mountpoint-s3"])
def test_a_new_revision_is_a_new_volume_a_new_claim_and_a_new_handle(
    chart: ManifestChart, make_game: MakeGame, backend: str
) -> None:
    for revision in (REVISION, NEXT):
        game = make_game(files=stored(backend, revision))
        FilesVolume(chart, f"files-{revision}", game=game, storage=STORAGE)
        FilesClaim(chart, f"claim-{revision}", game=game, namespace="games-acme")
    objects = chart.to_json()
    assert len({(o["kind"], o["metadata"]["name"]) for o in objects}) == 4
    handles = [o["spec"]["csi"]["volumeHandle"] for o in objects if o["kind"] == "PersistentVolume"]
    assert handles == [f"builds/duel/{REVISION}", f"builds/duel/{NEXT}"]


def test_two_tenants_may_call_a_game_the_same(chart: ManifestChart, make_game: MakeGame) -> None:
    for tenant in ("acme", "zeta"):
        FilesVolume(chart, tenant, game=make_game(tenant=tenant, files=stored("csi-s3")), storage=STORAGE)
    names = [o["metadata"]["name"] for o in chart.to_json()]
    assert names == ["games-acme-duel-files-0123456789ab", "games-zeta-duel-files-0123456789ab"]


def test_files_in_the_image_make_no_volume(make_game: MakeGame) -> None:
    assert volume(make_game(files={"backend": "image"})) is None


def test_each_driver_asks_for_the_keys_it_reads() -> None:
    secrets = {backend: (ref.namespace, ref.name, ref.keys) for backend, ref in SECRETS.items()}
    assert secrets == {
        "csi-s3": ("storage", "csi-s3-secret", ("accessKeyID", "secretAccessKey", "endpoint", "region")),
        "mountpoint-s3": ("storage", "s3-credentials", ("key_id", "access_key")),
    }
