"""The form in which Agones' Go types write an object again: zero values gone, quantities normal, empty structs there.

A Fleet is written so at its creation (and by the autoscaler), so whoever keeps another spelling in git sees a
difference for ever. The rules are those of `encoding/json` with the `omitempty` tags of k8s.io/api 0.34.
"""

import copy
from typing import Any

from tests.doubles.agones import quantity
from tests.doubles.agones.names import Json

# Fields of a pod that are pointers in Go: a zero value says something, and stays.
_POINTERS = set(
    """
    activeDeadlineSeconds allowPrivilegeEscalation automountServiceAccountToken cachingMode defaultMode
    enableServiceLinks expirationSeconds fsGroup fsGroupChangePolicy gmsaCredentialSpec gmsaCredentialSpecName
    hostProcess hostUsers hostnameOverride initiatorName localhostProfile maxExpirationSeconds minDomains mode
    mountPropagation namespace nodeAffinityPolicy nodeTaintsPolicy optional preemptionPolicy priority privileged
    procMount readOnlyRootFilesystem recursiveReadOnly resourceClaimName resourceClaimTemplateName runAsGroup
    runAsNonRoot runAsUser runAsUserName runtimeClassName seLinuxChangePolicy service setHostnameAsFQDN
    shareProcessNamespace stopSignal storageClassName supplementalGroupsPolicy terminationGracePeriodSeconds
    tolerationSeconds volumeAttributesClassName volumeMode
    """.split()  # noqa: SIM905
)
# Fields without `omitempty`: always written.
_ALWAYS = frozenset(["containerPort", "maxSkew", "port", "seconds", "weight", "lun"])
# Pointers only inside these: the same name is a plain field elsewhere.
_POINTERS_IN = {"csi": {"readOnly", "fsType"}, "azureDisk": {"readOnly", "fsType"}, "hostPath": {"type"}}
_MAPS = {
    "annotations",
    "labels",
    "limits",
    "matchLabels",
    "nodeSelector",
    "options",
    "overhead",
    "requests",
    "volumeAttributes",
}
_QUANTITIES = frozenset(["limits", "requests", "overhead"])
_QUANTITY = frozenset(["sizeLimit", "divisor"])
_CONTAINERS = ("containers", "initContainers")


def fleet(obj: Json) -> Json:
    """A Fleet as `json.Marshal` writes it; `status` included."""
    spec = obj.get("spec") or {}
    strategy = _strategy(spec.get("strategy") or {})
    new: Json = {
        "replicas": spec.get("replicas") or 0,
        "strategy": strategy,
        "scheduling": spec.get("scheduling") or "",
    }
    new |= _overflow(spec) | _priorities(spec) | {"template": template(spec.get("template") or {})}
    counts = ("replicas", "readyReplicas", "reservedReplicas", "allocatedReplicas", "allocations")
    status = obj.get("status") or {}
    return _meta(obj) | {"spec": new, "status": status | {name: status.get(name) or 0 for name in counts}}


def game_server(obj: Json) -> Json:
    """A GameServer; of its status the fields that Go always writes, null when unset."""
    status = obj.get("status") or {}
    always: Json = {
        "state": status.get("state") or "",
        "ports": status.get("ports"),
        "address": status.get("address") or "",
        "addresses": status.get("addresses"),
        "nodeName": status.get("nodeName") or "",
        "reservedUntil": status.get("reservedUntil"),
        "players": status.get("players"),
    }
    for name in ("counters", "lists", "eviction"):
        if status.get(name):
            always[name] = status[name]
    return _meta(obj) | {"spec": game_server_spec(obj.get("spec") or {}), "status": always}


def template(obj: Json) -> Json:
    """A GameServerTemplateSpec. Two templates are the same to Agones when these are equal."""
    return {"metadata": pod(obj.get("metadata") or {}), "spec": game_server_spec(obj.get("spec") or {})}


def game_server_spec(spec: Json) -> Json:
    kept = ("container", "ports", "scheduling", "counters", "lists")
    new = {name: copy.deepcopy(spec[name]) for name in kept if spec.get(name)}
    new |= {name: dict(spec[name]) for name in ("players", "eviction") if spec.get(name) is not None}  # pointers
    new["health"] = _without_zeros(spec.get("health") or {})
    new["sdkServer"] = _without_zeros(spec.get("sdkServer") or {})
    if "ports" in new:
        new["ports"] = [_port(each) for each in new["ports"]]
    for each in (new.get("counters") or {}).values():
        each |= {"count": each.get("count") or 0, "capacity": each.get("capacity") or 0}
    for each in (new.get("lists") or {}).values():
        each |= {"capacity": each.get("capacity") or 0, "values": each.get("values")}
    new["template"] = pod_template(spec.get("template") or {})
    return new


def pod_template(obj: Json) -> Json:
    """A PodTemplateSpec."""
    spec = pod(obj.get("spec") or {})
    spec.setdefault("containers", None)
    for name in _CONTAINERS:
        for each in spec.get(name) or ():
            each.setdefault("resources", {})
    for each in spec.get("volumes") or ():
        if "ephemeral" in each and each["ephemeral"].get("volumeClaimTemplate") is not None:
            claim = each["ephemeral"]["volumeClaimTemplate"]
            claim.setdefault("metadata", {})
            claim.setdefault("spec", {}).setdefault("resources", {})
    return {"metadata": pod(obj.get("metadata") or {}), "spec": spec}


def pod(value: Any, name: str = "") -> Any:
    """Any part of a pod, under the key `name`."""
    if isinstance(value, list):
        return [pod(each, name) for each in value]
    if not isinstance(value, dict):
        return value
    if name in _QUANTITIES:
        return {key: quantity.canonical(each) for key, each in value.items()}
    if name in _MAPS:
        return dict(value)
    if name == "resourceFieldRef":
        value = {"divisor": "0"} | value
    new: Json = {}
    for key, each in value.items():
        if key in _QUANTITY and each is not None:
            new[key] = quantity.canonical(each)
        elif _stays(key, each, name):
            new[key] = pod(each, key)
    return new


def autoscaler(obj: Json) -> Json:
    """A FleetAutoscaler; Schedule and Chain are left as they were written."""
    spec = copy.deepcopy(obj.get("spec") or {})
    policy = spec.setdefault("policy", {})
    for name, fields in (("buffer", "Replicas"), ("counter", "Capacity"), ("list", "Capacity")):
        if policy.get(name) is None:
            policy.pop(name, None)
            continue
        limits = {
            f"max{fields}": policy[name].get(f"max{fields}") or 0,
            f"min{fields}": policy[name].get(f"min{fields}") or 0,
        }
        policy[name] |= limits | {"bufferSize": policy[name].get("bufferSize") or 0}
    status = {"currentReplicas": 0, "desiredReplicas": 0, "lastScaleTime": None, "ableToScale": False}
    status |= {"scalingLimited": False, "lastAppliedPolicy": ""} | (obj.get("status") or {})
    return _meta(obj) | {"spec": spec, "status": status}


def _meta(obj: Json) -> Json:
    metadata = {
        key: each for key, each in copy.deepcopy(obj.get("metadata") or {}).items() if each not in (None, {}, [])
    }
    return {"apiVersion": obj["apiVersion"], "kind": obj["kind"], "metadata": metadata}


def _strategy(given: Json) -> Json:
    strategy = {"type": given["type"]} if given.get("type") else {}
    if given.get("rollingUpdate") is not None:
        rolling = given["rollingUpdate"]
        strategy["rollingUpdate"] = {key: each for key, each in rolling.items() if each is not None}
    return strategy


def _overflow(spec: Json) -> Json:
    given = spec.get("allocationOverflow")
    return {} if given is None else {"allocationOverflow": _without_zeros(given)}


def _priorities(spec: Json) -> Json:
    given = spec.get("priorities")
    return {"priorities": copy.deepcopy(given)} if given else {}


def _port(port: Json) -> Json:
    return {key: each for key, each in port.items() if each or (key == "container" and each == "")}


def _without_zeros(obj: Json) -> Json:
    return {key: each for key, each in obj.items() if each not in (None, "", 0, False, {}, [])}


def _stays(key: str, value: Any, parent: str) -> bool:
    if value is None or (isinstance(value, dict) and not value and key in _MAPS):
        return False
    if value in ("", 0, False):
        required = parent in ("httpHeaders", "sysctls")
        return required or key in _POINTERS or key in _ALWAYS or key in _POINTERS_IN.get(parent, ())
    return bool(value != [])
