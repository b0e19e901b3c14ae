"""Agones' names: labels, annotations, states, feature gates, as version 1.59.0 writes them."""

from typing import Any

Json = dict[str, Any]

VERSION = "1.59.0"
GROUP = "agones.dev/v1"

FLEET_LABEL = "agones.dev/fleet"
SET_LABEL = "agones.dev/gameserverset"
ROLE_LABEL = "agones.dev/role"
POD_LABEL = "agones.dev/gameserver"
SAFE_TO_EVICT_LABEL = "agones.dev/safe-to-evict"

VERSION_ANNOTATION = "agones.dev/sdk-version"
CONTAINER_ANNOTATION = "agones.dev/container"
DEV_ADDRESS_ANNOTATION = "agones.dev/dev-address"
ERRORED_AT_ANNOTATION = "agones.dev/errored-at"
LAST_ALLOCATED_ANNOTATION = "agones.dev/last-allocated"
PASSTHROUGH_ANNOTATION = "agones.dev/container-passthrough-port-assignment"
SAFE_TO_EVICT_ANNOTATION = "cluster-autoscaler.kubernetes.io/safe-to-evict"

FINALIZER = "agones.dev/controller"
SIDECAR = "agones-gameserver-sidecar"

# Alpha and dev gates are off, all others on (`FEATURE_GATES` unset).
FEATURES = {
    "AutopilotPassthroughPort": True,
    "CountsAndLists": True,
    "DisableResyncOnSDKServer": True,
    "Example": False,
    "FleetAutoscaleRequestMetaData": True,
    "GKEAutopilotExtendedDurationPods": True,
    "PlayerAllocationFilter": False,
    "PlayerTracking": False,
    "PortPolicyNone": True,
    "PortRanges": True,
    "ProcessorAllocator": False,
    "RollingUpdateFix": True,
    "ScheduledAutoscaler": True,
    "SidecarContainers": True,
    "WasmAutoscaler": False,
}

BEFORE_POD = {"PortAllocation", "Creating", "Starting"}
BEFORE_READY = BEFORE_POD | {"Scheduled", "RequestReady"}
TERMINAL = {"Shutdown", "Error", "Unhealthy"}


def key(obj: Json) -> tuple[str, str]:
    """Namespace ("" for none) and name."""
    return obj["metadata"].get("namespace", ""), obj["metadata"]["name"]


def labels(obj: Json) -> dict[str, str]:
    return obj["metadata"].get("labels") or {}


def annotations(obj: Json) -> dict[str, str]:
    return obj["metadata"].get("annotations") or {}


def terminating(obj: Json) -> bool:
    return "deletionTimestamp" in obj["metadata"]


def state(server: Json) -> str:
    return str(server.get("status", {}).get("state", ""))


def being_deleted(server: Json) -> bool:
    """On its way out: such a server counts neither as a replica nor as one to allocate."""
    return terminating(server) or state(server) == "Shutdown"


def is_development(server: Json) -> bool:
    """A server outside the cluster that is only registered: it has no pod."""
    return DEV_ADDRESS_ANNOTATION in annotations(server)


def owner(obj: Json) -> Json | None:
    """The controller in `metadata.ownerReferences`."""
    for each in obj["metadata"].get("ownerReferences") or ():
        if each.get("controller"):
            return dict(each)
    return None


def owned_by(obj: Json, parent: Json) -> bool:
    found = owner(obj)
    return bool(found) and found["uid"] == parent["metadata"]["uid"]  # type: ignore[index]


def reference(parent: Json) -> Json:
    """The ownerReferences entry of a controller."""
    return {
        "apiVersion": parent["apiVersion"],
        "kind": parent["kind"],
        "name": parent["metadata"]["name"],
        "uid": parent["metadata"]["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }
