"""One attempt of one incident, as the operator would ask for its machine."""

from collections.abc import Callable
from uuid import NAMESPACE_DNS, uuid5

from failover.gce.provider import GceProvider
from failover.gce.settings import GceSettings
from failover.provider import InstanceRequest, Place
from tests.doubles.gce.cloud import Landscape
from tests.doubles.gce.double import GceDouble

ZONE, OTHER_ZONE = "asia-northeast1-b", "asia-northeast1-c"
TOKEN = "k3x9q2.0123456789abcdef"
"""A join token. It must be seen nowhere but in the machine's metadata."""

PASSWORD = "correct horse battery staple"
"""Start-up data that is secret and looks like anything."""

KEY = "homeground-join"
KNOWN = Landscape()
Connect = Callable[[GceSettings], GceProvider]
"""A fixture: makes providers, and closes them after the test."""


def attempt(name: str = "fo-4f2d5a-1", zone: str = ZONE, machine_type: str = "n2-standard-8") -> InstanceRequest:
    """The same arguments make the same request, to the last byte."""
    return InstanceRequest(
        place=Place(zone, name),
        machine_type=machine_type,
        request_id=str(uuid5(NAMESPACE_DNS, f"{name}.{zone}")),
        labels={"failover-uid": "4f2d5a0c-9b7e-4e6f-8a1b-3c5d7e9f0a2b", "onprem-node": "uc-k8s4p.example.org"},
        metadata={
            KEY: f"token: {TOKEN}\nserver: https://10.10.0.23:6443\n",
            "enable-oslogin": "TRUE",
            "password": PASSWORD,
        },
        max_run_seconds=86_400,
    )


def settings(
    double: GceDouble, cluster: str = "hybrid", *, call_seconds: float = 60, operation_seconds: float = 60
) -> GceSettings:
    """Of a provider on the double."""
    return GceSettings(
        project=KNOWN.project,
        zones=KNOWN.zones,
        cluster=cluster,
        image_project=KNOWN.project,
        image_family="k8s-kata-node",
        network="homeground",
        subnetwork="asia-northeast1",
        disk_gb=100,
        tags=("game-runner",),
        api=double.api,
        call_seconds=call_seconds,
        operation_seconds=operation_seconds,
    )
