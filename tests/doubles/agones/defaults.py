"""What Agones fills in at creation."""

from tests.doubles.agones import canonical
from tests.doubles.agones.names import FINALIZER, SAFE_TO_EVICT_ANNOTATION, VERSION, VERSION_ANNOTATION, Json

GRPC_PORT, HTTP_PORT = 9357, 9358
SYNC_SECONDS = 30
_HEALTH = {"periodSeconds": 5, "failureThreshold": 3, "initialDelaySeconds": 5}


def fleet(obj: Json) -> Json:
    """The Fleet in canonical form with its defaults; its template gets none until a GameServer is made of it."""
    new = canonical.fleet(obj)
    spec = new["spec"]
    spec["strategy"].setdefault("type", "RollingUpdate")
    spec["scheduling"] = spec["scheduling"] or "Packed"
    if spec["strategy"]["type"] == "RollingUpdate":
        rolling = spec["strategy"].setdefault("rollingUpdate", {})
        rolling.setdefault("maxSurge", "25%")
        rolling.setdefault("maxUnavailable", "25%")
    return _versioned(new)


def game_server(obj: Json) -> Json:
    """The GameServer in canonical form with its defaults, its finalizer, and the status it starts with."""
    new = canonical.game_server(obj)
    metadata, spec, status = new["metadata"], new["spec"], new["status"]
    metadata["finalizers"] = [*(metadata.get("finalizers") or []), FINALIZER]
    game_server_spec(spec)
    policies = {port["portPolicy"] for port in spec.get("ports", ())}
    status["state"] = status["state"] or ("PortAllocation" if policies & {"Dynamic", "Passthrough"} else "Creating")
    status["eviction"] = dict(spec["eviction"])
    pod_annotations = spec["template"]["metadata"].get("annotations") or {}
    if pod_annotations.get(SAFE_TO_EVICT_ANNOTATION) == "true":
        status["eviction"]["safe"] = "Always"
    for name in ("counters", "lists"):
        if name in spec:
            status[name] = spec[name]
    return _versioned(new)


def game_server_spec(spec: Json) -> Json:
    """Fills in a canonical GameServerSpec, in place."""
    containers = spec["template"]["spec"].get("containers") or []
    if len(containers) == 1:
        spec["container"] = containers[0].get("name", "")
    for port in spec.get("ports", ()):
        port.setdefault("portPolicy", "Dynamic")
        port.setdefault("range", "default")
        port.setdefault("protocol", "UDP")
        port["container"] = port.get("container") or spec.get("container", "")
    if not spec["health"].get("disabled"):
        spec["health"] |= {name: default for name, default in _HEALTH.items() if spec["health"].get(name, 0) <= 0}
    spec.setdefault("eviction", {}).setdefault("safe", "Never")
    spec.setdefault("scheduling", "Packed")
    given = spec["sdkServer"]
    spec["sdkServer"] = {"logLevel": "Info", "grpcPort": GRPC_PORT, "httpPort": HTTP_PORT} | given
    return spec


def autoscaler(obj: Json) -> Json:
    """The FleetAutoscaler in canonical form, with its `sync`."""
    new = canonical.autoscaler(obj)
    sync = new["spec"].get("sync") or {}
    interval = sync.get("fixedInterval") or {}
    new["spec"]["sync"] = {
        "type": sync.get("type") or "FixedInterval",
        "fixedInterval": {"seconds": interval.get("seconds") or SYNC_SECONDS},
    }
    return new


def _versioned(obj: Json) -> Json:
    metadata = obj["metadata"]
    metadata["annotations"] = (metadata.get("annotations") or {}) | {VERSION_ANNOTATION: VERSION}
    return obj
