"""The Pod of a GameServer: its template, and what Agones adds."""

import copy
import json
from typing import Any

from tests.doubles.agones.names import (
    CONTAINER_ANNOTATION,
    FEATURES,
    PASSTHROUGH_ANNOTATION,
    POD_LABEL,
    ROLE_LABEL,
    SAFE_TO_EVICT_ANNOTATION,
    SAFE_TO_EVICT_LABEL,
    SIDECAR,
    VERSION,
    VERSION_ANNOTATION,
    Json,
    key,
    owner,
    reference,
)
from tests.doubles.agones.settings import Settings

SERVICE_ACCOUNT = "agones-sdk"
TOKEN_FOLDER = "/var/run/secrets/kubernetes.io/serviceaccount"
SIDECAR_USER = 1000
HEALTH_PORT = 8080
_SDK_ENV = {"AGONES_SDK_GRPC_PORT": "grpcPort", "AGONES_SDK_HTTP_PORT": "httpPort"}


def new_pod(server: Json, settings: Settings) -> Json:
    """Raises ValueError when a container that the server names is not in its template."""
    name = key(server)[1]
    template = copy.deepcopy(server["spec"]["template"])
    spec = template["spec"]
    spec.setdefault("hostname", name.replace(".", "-"))
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": _metadata(server, template.get("metadata") or {}),
        "spec": spec,
    }
    _open_ports(server, pod)
    spec["initContainers"] = [_sidecar(server, settings), *(spec.get("initContainers") or ())]
    spec["restartPolicy"] = spec.get("restartPolicy") or "Never"
    if server["spec"].get("scheduling") == "Packed":
        _pack(spec)
    _set_eviction(server, pod["metadata"])
    if not spec.get("serviceAccountName"):
        spec["serviceAccountName"] = SERVICE_ACCOUNT
        _hide_token(server, spec)
    if not server["spec"]["health"].get("disabled"):
        container(spec, server["spec"].get("container", "")).setdefault("livenessProbe", _probe(server))
    _set_environment(server, spec)
    return pod


def is_game_server_pod(pod: Json) -> bool:
    labels = pod["metadata"].get("labels") or {}
    parent = owner(pod)
    return labels.get(ROLE_LABEL) == "gameserver" and bool(parent) and parent["kind"] == "GameServer"  # type: ignore[index]


def container(spec: Json, name: str) -> Json:
    """The container, or sidecar container, of that name."""
    sidecars = [each for each in spec.get("initContainers") or () if each.get("restartPolicy") == "Always"]
    found: list[Json] = [each for each in [*spec["containers"], *sidecars] if each["name"] == name]
    if found:
        return found[0]
    raise ValueError(f"failed to find container named {name} in pod spec")


def _metadata(server: Json, metadata: Json) -> Json:
    namespace, name = key(server)
    own = {ROLE_LABEL: "gameserver", POD_LABEL: name}
    notes = {CONTAINER_ANNOTATION: server["spec"].get("container", ""), VERSION_ANNOTATION: VERSION}
    return metadata | {
        "name": name,
        "namespace": namespace,
        "labels": (metadata.get("labels") or {}) | own,
        "annotations": (metadata.get("annotations") or {}) | notes,
        "ownerReferences": [*(metadata.get("ownerReferences") or ()), reference(server)],
    }


def _open_ports(server: Json, pod: Json) -> None:
    passthrough: dict[str, list[int]] = {}
    for port in server["spec"].get("ports") or ():
        opened = {"containerPort": port.get("containerPort", 0), "protocol": port["protocol"]}
        if port["portPolicy"] != "None" and port.get("hostPort"):
            opened["hostPort"] = port["hostPort"]
        inside = container(pod["spec"], port["container"])
        inside["ports"] = [*(inside.get("ports") or ()), opened]
        if port["portPolicy"] == "Passthrough":
            passthrough.setdefault(port["container"], []).append(len(inside["ports"]) - 1)
    if passthrough:
        written = json.dumps(passthrough, separators=(",", ":"), sort_keys=True)
        pod["metadata"]["annotations"][PASSTHROUGH_ANNOTATION] = written


def _sidecar(server: Json, settings: Settings) -> Json:
    sdk = server["spec"]["sdkServer"]
    gates = "&".join(f"{name}={str(on).lower()}" for name, on in sorted(FEATURES.items()))
    resources: Json = {"requests": settings.sidecar_requests} if settings.sidecar_requests else {}
    resources |= {"limits": settings.sidecar_limits} if settings.sidecar_limits else {}
    return {
        "name": SIDECAR,
        "image": settings.sidecar_image,
        "args": [f"--grpc-port={sdk['grpcPort']}", f"--http-port={sdk['httpPort']}"],
        "env": [
            {"name": "GAMESERVER_NAME", "value": key(server)[1]},
            {"name": "POD_NAMESPACE", "valueFrom": {"fieldRef": {"fieldPath": "metadata.namespace"}}},
            {"name": "FEATURE_GATES", "value": gates},
            {"name": "LOG_LEVEL", "value": sdk["logLevel"]},
            {"name": "REQUESTS_RATE_LIMIT", "value": "500ms"},
        ],
        "resources": resources,
        "restartPolicy": "Always",
        "livenessProbe": {
            "httpGet": {"path": "/healthz", "port": HEALTH_PORT},
            "initialDelaySeconds": 3,
            "periodSeconds": 3,
        },
        "securityContext": {"allowPrivilegeEscalation": False, "runAsNonRoot": True, "runAsUser": SIDECAR_USER},
    }


def _pack(spec: Json) -> None:
    term = {"topologyKey": "kubernetes.io/hostname", "labelSelector": {"matchLabels": {ROLE_LABEL: "gameserver"}}}
    affinity = spec.setdefault("affinity", {}).setdefault("podAffinity", {})
    preferred = affinity.setdefault("preferredDuringSchedulingIgnoredDuringExecution", [])
    preferred.append({"weight": 100, "podAffinityTerm": term})


def _set_eviction(server: Json, metadata: Json) -> None:
    safe = (server["status"].get("eviction") or {}).get("safe")
    if safe not in ("Always", "OnUpgrade", "Never"):
        raise ValueError(f'unknown eviction.safe value "{safe}"')
    # The annotation is for the cluster autoscaler; the label is what the PodDisruptionBudget matches.
    metadata["annotations"].setdefault(SAFE_TO_EVICT_ANNOTATION, "true" if safe == "Always" else "false")
    metadata["labels"].setdefault(SAFE_TO_EVICT_LABEL, "false" if safe == "Never" else "true")


def _hide_token(server: Json, spec: Json) -> None:
    """The SDK's account may write GameServers; the game may not be it."""
    spec["volumes"] = [*(spec.get("volumes") or ()), {"name": "empty", "emptyDir": {}}]
    game = container(spec, server["spec"].get("container", ""))
    mount = {"name": "empty", "mountPath": TOKEN_FOLDER, "readOnly": True}
    game["volumeMounts"] = [*(game.get("volumeMounts") or ()), mount]


def _probe(server: Json) -> Json:
    health: dict[str, Any] = server["spec"]["health"]
    timing = {name: health[name] for name in ("initialDelaySeconds", "periodSeconds", "failureThreshold")}
    return {"httpGet": {"path": "/gshealthz", "port": HEALTH_PORT}, **timing}


def _set_environment(server: Json, spec: Json) -> None:
    own = [{"name": name, "value": str(server["spec"]["sdkServer"][field])} for name, field in _SDK_ENV.items()]
    for each in [*spec["initContainers"], *spec["containers"]]:
        if each["name"] != SIDECAR:
            each["env"] = [var for var in each.get("env") or () if var["name"] not in _SDK_ENV] + own
