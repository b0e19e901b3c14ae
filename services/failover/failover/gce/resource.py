"""The Instance resource of GCE: what to send for a machine, and what comes back of one."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from failover.gce.error import unanswered
from failover.gce.label import label_key, label_value
from failover.gce.settings import GceSettings
from failover.provider import Instance, InstanceRequest, InstanceState, Place

Json = dict[str, Any]
CLUSTER = "failover-cluster"
"""Label of every machine of ours; the value is the cluster's."""

REQUEST = "failover-request"
"""Label with the attempt's request id: a machine with it is this attempt's, whoever asks."""

_STATES = {
    "RUNNING": InstanceState.RUNNING,
    "STOPPING": InstanceState.STOPPING,
    "PENDING_STOP": InstanceState.STOPPING,
    "SUSPENDING": InstanceState.STOPPING,
    "DEPROVISIONING": InstanceState.STOPPING,
    "TERMINATED": InstanceState.STOPPED,
    "STOPPED": InstanceState.STOPPED,
    "SUSPENDED": InstanceState.STOPPED,
}


def to_send(request: InstanceRequest, settings: GceSettings) -> Json:
    """The body of instances.insert: the same for the same request, as the request id demands."""
    zone = f"zones/{request.place.zone}"
    return {
        "name": request.place.name,
        "machineType": f"{zone}/machineTypes/{request.machine_type}",
        # For Kata: each match runs in a machine of its own inside this one.
        "advancedMachineFeatures": {"enableNestedVirtualization": True},
        "labels": _labels(request, settings),
        "tags": {"items": list(settings.tags)},
        "disks": [_disk(zone, settings)],
        "networkInterfaces": [_network_interface(request.place.zone, settings)],
        "metadata": {"items": [{"key": key, "value": value} for key, value in sorted(request.metadata.items())]},
        # The cloud ends the machine though no operator lives to do it. int64 is a string in JSON.
        "scheduling": {
            "maxRunDuration": {"seconds": str(request.max_run_seconds)},
            "instanceTerminationAction": "DELETE",
        },
        # A pod that reached the metadata server would find no identity there.
        "serviceAccounts": [],
    }


def _labels(request: InstanceRequest, settings: GceSettings) -> dict[str, str]:
    given = {label_key(key): label_value(value) for key, value in sorted(request.labels.items())}
    return given | {CLUSTER: label_value(settings.cluster), REQUEST: label_value(request.request_id)}


def _disk(zone: str, settings: GceSettings) -> Json:
    return {
        "boot": True,
        "autoDelete": True,
        "initializeParams": {
            "sourceImage": f"projects/{settings.image_project}/global/images/family/{settings.image_family}",
            "diskSizeGb": str(settings.disk_gb),
            "diskType": f"{zone}/diskTypes/{settings.disk_type}",
        },
    }


def _network_interface(zone: str, settings: GceSettings) -> Json:
    """With an address of its own: players reach the machine straight."""
    region = zone.rpartition("-")[0]
    subnetwork = settings.subnetwork
    if "/" not in subnetwork:
        subnetwork = f"projects/{settings.project}/regions/{region}/subnetworks/{subnetwork}"
    return {
        "network": f"projects/{settings.project}/global/networks/{settings.network}",
        "subnetwork": subnetwork,
        "accessConfigs": [{"type": "ONE_TO_ONE_NAT", "name": "External NAT"}],
    }


def received(resource: Mapping[str, Any], project: str) -> Instance:
    """A machine as GCE shows it. Raises GceError (RETRY) for what is none."""
    try:
        place = Place(_last(resource["zone"]), resource["name"])
        interfaces = resource.get("networkInterfaces", [])
        access = [config for interface in interfaces for config in interface.get("accessConfigs", [])]
        return Instance(
            place=place,
            # One that is being made or mended, or of a kind not known yet, is there and of no use yet.
            state=_STATES.get(resource["status"], InstanceState.STARTING),
            labels=dict(resource.get("labels", {})),
            created=datetime.fromisoformat(resource["creationTimestamp"]),
            provider_id=f"gce://{project}/{place.zone}/{place.name}",
            machine_type=_last(resource["machineType"]),
            external_addresses=tuple(each["natIP"] for each in access if each.get("natIP")),
            internal_addresses=tuple(each["networkIP"] for each in interfaces if each.get("networkIP")),
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        raise unanswered("an answer that is no instance") from None


def _last(url: str) -> str:
    return url.rpartition("/")[2]
