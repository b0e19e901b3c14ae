"""An instance: what was asked for, its life, and how the API shows it."""

import base64
import copy
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.doubles.gce.clock import Timer
from tests.doubles.gce.operation import LINKS, Operation, new_id, timestamp

Json = dict[str, Any]


@dataclass(frozen=True)
class Guest:
    """What a machine knows of itself when it boots. `metadata` is a snapshot."""

    project: str
    zone: str
    name: str
    id: str
    machine_type: str
    labels: Mapping[str, str]
    metadata: Mapping[str, str] = field(repr=False)
    internal_address: str
    external_address: str


@dataclass(eq=False)
class Instance:
    """`asked` is the body of its insert."""

    project: str
    zone: str
    asked: Json
    created: float
    number: int
    status: str = "PROVISIONING"
    id: str = field(default_factory=new_id)
    ran: bool = False
    """It has run since it was last made or started: somebody must be told when it is off."""

    doomed: bool = False
    """Its deletion is under way."""

    external_address: str = ""
    changes: int = 0
    timers: list[Timer] = field(default_factory=list)
    pending: list[Operation] = field(default_factory=list)
    """Operations that end with what happens to it next."""

    metadata: list[Json] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.metadata = copy.deepcopy(self.asked.get("metadata", {}).get("items", []))

    @property
    def name(self) -> str:
        return str(self.asked["name"])

    @property
    def path(self) -> str:
        return f"projects/{self.project}/zones/{self.zone}/instances/{self.name}"

    @property
    def labels(self) -> Mapping[str, str]:
        return dict(self.asked.get("labels", {}))

    @property
    def internal_address(self) -> str:
        return f"10.10.{self.number // 250}.{self.number % 250 + 2}"

    @property
    def max_run_seconds(self) -> float | None:
        given = self.asked.get("scheduling", {}).get("maxRunDuration")
        return float(given["seconds"]) if given else None

    @property
    def termination_action(self) -> str:
        return str(self.asked["scheduling"]["instanceTerminationAction"])

    @property
    def fingerprint(self) -> str:
        """Changes with every write of metadata, also with one that changes nothing."""
        text = json.dumps([self.metadata, self.changes], sort_keys=True)
        return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()[:8]).decode()

    def take_address(self) -> None:
        """An ephemeral external address is had while it runs, and another one the next time."""
        wanted = any(each.get("accessConfigs") for each in self.asked["networkInterfaces"])
        self.external_address = f"203.0.113.{(self.number * 7 + self.changes) % 250 + 1}" if wanted else ""

    def cancel_timers(self) -> None:
        for timer in self.timers:
            timer.cancel()
        self.timers.clear()

    def guest(self) -> Guest:
        return Guest(
            project=self.project,
            zone=self.zone,
            name=self.name,
            id=self.id,
            machine_type=self.asked["machineType"].rpartition("/")[2],
            labels=self.labels,
            metadata={item["key"]: item.get("value", "") for item in self.metadata},
            internal_address=self.internal_address,
            external_address=self.external_address,
        )

    def body(self) -> Json:
        zone = f"{LINKS}/projects/{self.project}/zones/{self.zone}"
        kept = ("name", "labels", "advancedMachineFeatures", "scheduling", "serviceAccounts", "tags")
        given = {key: copy.deepcopy(self.asked[key]) for key in kept if self.asked.get(key)}
        return given | {
            "kind": "compute#instance",
            "id": self.id,
            "creationTimestamp": timestamp(self.created),
            "zone": zone,
            "status": self.status,
            "machineType": f"{zone}/machineTypes/{self.asked['machineType'].rpartition('/')[2]}",
            "metadata": self._metadata(),
            "disks": [self._disk(zone, index, disk) for index, disk in enumerate(self.asked["disks"])],
            "networkInterfaces": [
                self._interface(index, each) for index, each in enumerate(self.asked["networkInterfaces"])
            ],
            "selfLink": f"{LINKS}/{self.path}",
        }

    def _metadata(self) -> Json:
        shown = {"kind": "compute#metadata", "fingerprint": self.fingerprint}
        return shown | ({"items": copy.deepcopy(self.metadata)} if self.metadata else {})

    def _disk(self, zone: str, index: int, asked: Json) -> Json:
        """Without `initializeParams`, which GCE takes and never shows."""
        return {
            "kind": "compute#attachedDisk",
            "type": "PERSISTENT",
            "mode": "READ_WRITE",
            "index": index,
            "boot": asked.get("boot", False),
            "autoDelete": asked.get("autoDelete", False),
            "diskSizeGb": str(asked.get("initializeParams", {}).get("diskSizeGb", "10")),
            "source": f"{zone}/disks/{self.name}",
        }

    def _interface(self, index: int, asked: Json) -> Json:
        shown: Json = {
            "kind": "compute#networkInterface",
            "name": f"nic{index}",
            "network": f"{LINKS}/{asked.get('network', '')}",
            "networkIP": self.internal_address,
        }
        if asked.get("subnetwork"):
            shown["subnetwork"] = f"{LINKS}/{asked['subnetwork']}"
        if asked.get("accessConfigs"):
            access = {"kind": "compute#accessConfig", "type": "ONE_TO_ONE_NAT", "name": "External NAT"}
            shown["accessConfigs"] = [access | ({"natIP": self.external_address} if self.external_address else {})]
        return shown
