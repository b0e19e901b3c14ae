"""What GCE refuses of an insert before it begins, as far as a client of ours could get it wrong.

Sources: the API reference (lengths, run time of 30 s to 120 days), "Nested virtualization" (which machine series),
GoogleCloudPlatform/k8s-config-connector and issues for the texts. A missing image is a 404 of the call
(PackageKit/PackageKit#825).
"""

import re
from collections.abc import Collection
from typing import Any

from tests.doubles.gce.api_error import ApiError, invalid, not_found

Json = dict[str, Any]
NAME = "(?:[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?)"
LABELS = 64
METADATA_VALUE, METADATA_TOTAL = 262_144, 524_288
"""Characters of one value, and of all keys and values (512 KB)."""

RUN_SECONDS = (30, 120 * 24 * 3600)
_NO_NESTED = re.compile(r"e2-|n2d-|t2d-|c2d-|c3d-|c4d-|n4d-|h3-|t2a-|c4a-|n4a-|m[123]-|f1-|g1-")
"""Series that cannot nest machines: E2, AMD, Arm, memory-optimised and shared cores."""


def check_instance(body: Json, zone: str, families: Collection[str]) -> None:
    """Raises ApiError. `families` are the images there are, as `project/family`."""
    if not re.fullmatch(NAME, str(body.get("name", ""))):
        raise invalid("resource.name", str(body.get("name", "")), f"Must be a match of regex '{NAME}'")
    _check_machine_type(body, zone)
    _check_labels(body.get("labels", {}))
    check_metadata("resource.metadata", body.get("metadata", {}).get("items", []))
    _check_scheduling(body.get("scheduling", {}))
    _check_disks(body.get("disks"), families)
    if not body.get("networkInterfaces"):
        raise invalid("resource.networkInterfaces", "", "At least one network interface is required.")
    for index, interface in enumerate(body["networkInterfaces"]):
        _check_region(index, str(interface.get("subnetwork", "")), zone)


def _check_machine_type(body: Json, zone: str) -> None:
    given = str(body.get("machineType", ""))
    found = re.search(rf"zones/{re.escape(zone)}/machineTypes/([a-z0-9-]+)\Z", given)
    if not found:
        raise invalid("resource.machineType", given, "The URL is malformed.")
    nested = body.get("advancedMachineFeatures", {}).get("enableNestedVirtualization")
    if nested and _NO_NESTED.match(found[1]):
        field = "resource.advancedMachineFeatures.enableNestedVirtualization"
        raise invalid(field, "true", f"Nested virtualization is not supported on {found[1]}.")


def _check_labels(labels: dict[str, str]) -> None:
    if len(labels) > LABELS:
        raise invalid("resource.labels", "", f"The number of labels exceeds {LABELS}.")
    for key, value in labels.items():
        if not re.fullmatch(r"[a-z][a-z0-9_-]{0,62}", key):
            raise invalid("resource.labels", "", f"Label key '{key}' violates format constraints.")
        if not re.fullmatch(r"[a-z0-9_-]{0,63}", value):
            raise invalid("resource.labels", "", f"Label value '{value}' violates format constraints.")


def check_metadata(field: str, items: list[Json]) -> None:
    """Raises ApiError, which quotes a value that is too long."""
    for index, item in enumerate(items):
        key, value = str(item.get("key", "")), str(item.get("value", ""))
        if not re.fullmatch(r"[a-zA-Z0-9_-]{1,128}", key):
            raise invalid(f"{field}.items[{index}].key", key, "Must be a match of regex '[a-zA-Z0-9-_]{1,128}'")
        if len(value) > METADATA_VALUE:
            why = f"Value is too large: maximum size {METADATA_VALUE} character(s); actual size {len(value)}."
            raise invalid(f"{field}.items[{index}].value", value, why)
    if sum(len(str(item.get("key", ""))) + len(str(item.get("value", ""))) for item in items) > METADATA_TOTAL:
        raise invalid(field, "", "Metadata is too large.")
    if len({item.get("key") for item in items}) != len(items):
        raise invalid(f"{field}.items", "", "Metadata has duplicate keys.")


def _check_scheduling(scheduling: Json) -> None:
    if "maxRunDuration" not in scheduling:
        return
    seconds = str(scheduling["maxRunDuration"].get("seconds", ""))
    least, most = RUN_SECONDS
    if not seconds.isdecimal() or not least <= int(seconds) <= most:
        raise invalid("resource.scheduling.maxRunDuration", seconds, f"Must be between {least} and {most} seconds.")
    if scheduling.get("instanceTerminationAction") not in ("STOP", "DELETE"):
        message = "You must specify an instance termination action when limiting the run duration."
        raise ApiError(400, "invalid", message)


def _check_disks(disks: object, families: Collection[str]) -> None:
    if not isinstance(disks, list) or not disks:
        raise invalid("resource.disks", "", "No disks are specified.")
    for disk in disks:
        image = str(disk.get("initializeParams", {}).get("sourceImage", ""))
        found = re.search(r"projects/([^/]+)/global/images/family/([^/]+)\Z", image)
        if not found:
            raise invalid("resource.disks[0].initializeParams.sourceImage", image, "The URL is malformed.")
        if f"{found[1]}/{found[2]}" not in families:
            raise not_found(f"projects/{found[1]}/global/images/family/{found[2]}")


def _check_region(index: int, subnetwork: str, zone: str) -> None:
    region = re.search(r"/regions/([^/]+)/", subnetwork)
    if region and region[1] != zone.rpartition("-")[0]:
        field = f"resource.networkInterfaces[{index}].subnetwork"
        raise invalid(field, subnetwork, "The referenced subnetwork resource cannot be found.")
