"""Where a game's files come from: read-only, and named by the hash of their content.

A backend answers three questions: which volume the pod mounts, which PersistentVolume and claim stand behind it,
and which Secret its driver needs. `image` needs nothing: the files are in the image, pinned by digest.
A FUSE mount that dies never heals inside Kata (kata#10502), so the pod is replaced, never repaired.
"""

from dataclasses import dataclass
from typing import Any

from homeground import labels
from homeground.manifest import Component, Manifest, ManifestChart
from homeground.secret import SecretRef
from schemas.cluster import ObjectStorage
from schemas.game import Game

STORAGE_NAMESPACE = "storage"
GEESEFS_MEMORY = 1000
"""MiB that GeeseFS may use on the node, outside any pod's accounting: one mount a game."""

GEESEFS_OPTIONS = (
    f"--region {{region}} --list-type 2 --memory-limit {GEESEFS_MEMORY} --dir-mode 0555 --file-mode 0555 -o ro"
)
"""The driver ignores readOnly and mountOptions, so read-only is asked of GeeseFS; execute bits are for the server."""

SECRETS = {
    "csi-s3": SecretRef("csi-s3-secret", STORAGE_NAMESPACE, ("accessKeyID", "secretAccessKey", "endpoint", "region")),
    "mountpoint-s3": SecretRef("s3-credentials", STORAGE_NAMESPACE, ("key_id", "access_key")),
}

DRIVERS = {"csi-s3": "ru.yandex.s3.csi", "mountpoint-s3": "s3.csi.aws.com"}
"""The CSI driver of each backend, as nodes report it."""


@dataclass(frozen=True)
class Volume:
    """A pod volume and its mount."""

    volume: dict[str, Any]
    mount: dict[str, Any]


def claim_name(game: Game) -> str:
    """One claim a revision: a new revision is a new volume, the old one stays until its servers are gone."""
    return f"{game.name}-files-{(game.files.revision or '')[:12]}"


def volume_name(game: Game) -> str:
    """PersistentVolumes have no namespace, so the tenant's stands in the name."""
    return f"{labels.tenant_namespace(game.tenant)}-{claim_name(game)}"


def volume(game: Game) -> Volume | None:
    """The volume that a server of this game mounts; None when the files are in the image."""
    if not game.files.mounted:
        return None
    claim = {"claimName": claim_name(game), "readOnly": True}
    return Volume(
        {"name": "game-files", "persistentVolumeClaim": claim},
        {"name": "game-files", "mountPath": game.files.mount_path, "readOnly": True},
    )


class FilesVolume(Component):
    """The PersistentVolume of one game revision, bound to its claim before anyone else could."""

    def __init__(self, scope: ManifestChart | Component, id: str, *, game: Game, storage: ObjectStorage) -> None:
        super().__init__(scope, id)
        prefix = f"{game.name}/{game.files.revision}"
        csi = _csi_s3 if game.files.backend == "csi-s3" else _mountpoint_s3
        spec = {
            "capacity": {"storage": game.files.size},
            "accessModes": ["ReadOnlyMany"],
            "persistentVolumeReclaimPolicy": "Retain",
            "volumeMode": "Filesystem",
            "claimRef": {
                "apiVersion": "v1",
                "kind": "PersistentVolumeClaim",
                "namespace": labels.tenant_namespace(game.tenant),
                "name": claim_name(game),
            },
            **csi(game, storage, prefix),
        }
        owner = {labels.TENANT: game.tenant, labels.GAME: game.name}
        self.emit(Manifest("v1", "PersistentVolume", volume_name(game), {"spec": spec}, labels=owner))


class FilesClaim(Component):
    """The claim that the game's pods name."""

    def __init__(self, scope: ManifestChart | Component, id: str, *, game: Game, namespace: str) -> None:
        super().__init__(scope, id)
        spec = {
            "accessModes": ["ReadOnlyMany"],
            "resources": {"requests": {"storage": game.files.size}},
            "storageClassName": "",  # static: no class may provision a writable one instead
            "volumeMode": "Filesystem",
            "volumeName": volume_name(game),
        }
        self.emit(
            Manifest(
                "v1",
                "PersistentVolumeClaim",
                claim_name(game),
                {"spec": spec},
                namespace,
                labels={labels.GAME: game.name},
            )
        )


def _csi_s3(game: Game, storage: ObjectStorage, prefix: str) -> dict[str, Any]:
    secret = {"name": SECRETS["csi-s3"].name, "namespace": STORAGE_NAMESPACE}
    return {
        "csi": {
            "driver": DRIVERS["csi-s3"],
            "volumeHandle": f"{storage.bucket}/{prefix}",
            "volumeAttributes": {
                "capacity": game.files.size,
                "mounter": "geesefs",
                "options": GEESEFS_OPTIONS.format(region=storage.region),
            },
            "nodeStageSecretRef": secret,
            "nodePublishSecretRef": secret,
        }
    }


def _mountpoint_s3(game: Game, storage: ObjectStorage, prefix: str) -> dict[str, Any]:
    return {
        "mountOptions": [
            "read-only",
            f"endpoint-url {storage.endpoint}",
            f"region {storage.region}",
            f"prefix {prefix}/",
            "force-path-style",
            "metadata-ttl indefinite",  # content-addressed: it never changes
        ],
        "csi": {
            "driver": DRIVERS["mountpoint-s3"],
            "volumeHandle": f"{storage.bucket}/{prefix}",
            "volumeAttributes": {
                "bucketName": storage.bucket,
                "authenticationSource": "driver",
                "cache": "emptyDir",
                "cacheEmptyDirSizeLimit": game.files.size,
            },
        },
    }
