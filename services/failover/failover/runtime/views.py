"""Objects of the API server as the decision sees them: no more of each than some rule reads."""

from dataclasses import dataclass
from datetime import datetime

import msgspec

from failover import words
from failover.config import Config
from failover.decision.observed import PROTECTED, NodeView, RecordView, Server
from failover.record import Status
from kubeclient import timestamp
from kubeclient.resources import Json

FINISHED = ("Succeeded", "Failed")
NEVER = "9999-12-31T00:00:00Z"


@dataclass(frozen=True, slots=True)
class Located:
    """A GameServer and where it is."""

    server: Server
    node: str
    fleet: str
    set: str


@dataclass(frozen=True, slots=True)
class Set:
    """A GameServerSet."""

    namespace: str
    name: str
    version: str
    replicas: int
    nudge: str


def node(
    obj: Json, config: Config, now: datetime, drivers: frozenset[str] = frozenset(), address: str = ""
) -> NodeView:
    """`drivers` are the CSI drivers on it, `address` is where players reach it."""
    metadata, spec, status = obj["metadata"], obj.get("spec") or {}, obj.get("status") or {}
    notes = metadata.get("annotations") or {}
    taints = spec.get("taints") or ()
    handlers = {each.get("name") for each in status.get("runtimeHandlers") or ()}
    has_runtime = not config.runtime_handler or config.runtime_handler in handlers
    has_storage = not config.storage_driver or config.storage_driver in drivers
    return NodeView(
        name=metadata["name"],
        uid=metadata["uid"],
        version=metadata["resourceVersion"],
        ready=is_ready(obj),
        unschedulable=bool(spec.get("unschedulable")),
        cordon=_number(notes.get(words.CORDON)),
        quarantined=any(taint["key"] == words.QUARANTINE for taint in taints),
        out_of_service=any((t["key"], t.get("value")) == (words.OUT_OF_SERVICE, words.OWNER) for t in taints),
        fit=has_runtime and has_storage and bool(address),
        address=address,
        planned=words.PLANNED in notes,
        excluded=words.EXCLUDE in notes,
        maintenance=_until(notes.get(words.MAINTENANCE)) > now,
    )


def is_ready(obj: Json) -> bool:
    """Of a Node."""
    conditions = (obj.get("status") or {}).get("conditions") or ()
    return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() else 0


def _until(text: str | None) -> datetime:
    """Maintenance whose end can't be read has no end: someone meant it to be left alone."""
    if not text:
        return datetime.fromtimestamp(0, tz=timestamp.parse(NEVER).tzinfo)
    try:
        return timestamp.parse(text)
    except ValueError:
        return timestamp.parse(NEVER)


def record(obj: Json) -> RecordView:
    """Raises msgspec.ValidationError for a status that is not one: then nothing is decided for this node."""
    metadata = obj["metadata"]
    notes = metadata.get("annotations") or {}
    return RecordView(
        uid=metadata["uid"],
        version=metadata["resourceVersion"],
        status=msgspec.convert(obj.get("status") or {}, Status),
        generation=metadata.get("generation", 1),
        deleting="deletionTimestamp" in metadata,
        finalizer=words.FINALIZER in (metadata.get("finalizers") or ()),
        confirmed_dead=_number(notes.get(words.CONFIRMED_DEAD)),
    )


def located(obj: Json) -> Located:
    """A GameServer."""
    metadata, status = obj["metadata"], obj.get("status") or {}
    marks = metadata.get("labels") or {}
    server = Server(
        namespace=metadata["namespace"],
        name=metadata["name"],
        uid=metadata["uid"],
        version=metadata["resourceVersion"],
        state=status.get("state", ""),
        suspect=words.SUSPECT in marks,
        deleting="deletionTimestamp" in metadata,
    )
    fleet, set_ = marks.get("agones.dev/fleet", ""), marks.get("agones.dev/gameserverset", "")
    return Located(server, status.get("nodeName", ""), fleet, set_)


def stranded(each: Located) -> bool:
    """Whether Agones goes on counting it as a replica though nobody new can be sent there."""
    return each.server.state in PROTECTED and not each.server.deleting


def server_set(obj: Json) -> Set:
    metadata = obj["metadata"]
    nudge = (metadata.get("annotations") or {}).get(words.NUDGE, "")
    return Set(
        metadata["namespace"], metadata["name"], metadata["resourceVersion"], obj["spec"].get("replicas", 0), nudge
    )


def pod_node(obj: Json) -> str:
    """The node that a pod is bound to and may run on; empty for none."""
    if (obj.get("status") or {}).get("phase") in FINISHED:
        return ""
    return str((obj.get("spec") or {}).get("nodeName", ""))


def lease_beat(obj: Json) -> str:
    """What changes with every renewal."""
    spec = obj.get("spec") or {}
    return f"{spec.get('holderIdentity')}/{spec.get('renewTime')}"


def csi_drivers(obj: Json) -> frozenset[str]:
    """Of a CSINode."""
    return frozenset(each["name"] for each in (obj.get("spec") or {}).get("drivers") or ())
