"""Drivers for the game files that lie in object storage. Only the backends that a game uses are installed."""

from constructs import Construct

from homeground.app import App, AppProps
from homeground.game_files import GEESEFS_MEMORY, SECRETS, STORAGE_NAMESPACE
from homeground.helm_chart import HelmRelease, release
from homeground.namespace import Namespace
from homeground.platform import Platform
from homeground.secret import SealedSecret
from homeground.workload import ALWAYS_ON_SELECTOR, CONTROL_PLANE_TOLERATIONS, Workload

PROVISIONER = Workload("csi-s3-provisioner", cpu=20, memory=64)  # the chart has no knob for requests
CSI_S3 = Workload("csi-s3", cpu=20, memory=64, runs_on="every-node")
MOUNTPOINT_CONTROLLER = Workload("s3-csi-controller", cpu=10, memory=40, limit=256)
MOUNTPOINT_CONTAINER = Workload("s3-csi-node", cpu=10, memory=40, limit=256)  # the chart gives it to all three
MOUNTPOINT = Workload("s3-csi-node", cpu=30, memory=120, runs_on="every-node")


class Storage(App):
    """csi-s3 as in the talks, done right, and Mountpoint for Amazon S3."""

    def __init__(self, scope: Construct, platform: Platform) -> None:
        used = [backend for backend in SECRETS if platform.games_with(backend)]
        releases: list[HelmRelease] = []
        workloads: list[Workload] = []
        if "csi-s3" in used:
            releases.append(release("csi-s3", CSI_S3_VALUES))
            mounts = len(platform.games_with("csi-s3"))
            geesefs = Workload("geesefs", cpu=100, memory=GEESEFS_MEMORY * mounts, runs_on="runners")
            workloads += [PROVISIONER, CSI_S3, geesefs]
        if "mountpoint-s3" in used:
            releases.append(release("aws-mountpoint-s3-csi-driver", MOUNTPOINT_VALUES))
            workloads += [MOUNTPOINT_CONTROLLER, MOUNTPOINT]
        pods_of_mountpoint = ["mount-s3"] if "mountpoint-s3" in used else []
        secrets = [SECRETS[backend] for backend in used]
        super().__init__(
            scope,
            AppProps(
                name="storage",
                namespace=STORAGE_NAMESPACE,
                releases=releases,
                also_writes_to=pods_of_mountpoint,
                workloads=workloads,
                secrets=secrets,
            ),
        )
        if used:
            Namespace(self, "namespace", name=STORAGE_NAMESPACE, enforce="privileged")
        for secret in secrets:
            SealedSecret(self, secret.name, ref=secret, platform=platform)


CSI_S3_VALUES = {
    "storageClass": {"create": False},  # its class would provision writable volumes
    "secret": {"create": False},  # a SealedSecret makes it
    "tolerations": {"all": True, "controller": CONTROL_PLANE_TOLERATIONS},
    "nodeSelector": ALWAYS_ON_SELECTOR,
}

MOUNTPOINT_VALUES = {
    "awsAccessSecret": {"name": SECRETS["mountpoint-s3"].name},
    "node": {"tolerateAllTaints": True, "resources": MOUNTPOINT_CONTAINER.resources()},
    "controller": MOUNTPOINT_CONTROLLER.placed(),
    "supportLegacySystemDMounts": False,
}
