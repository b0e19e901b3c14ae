"""Ways to break each rule of the tenants' admission policies: a change to the platform's own pod, and its refusal.

Each is tried on the Pod that Agones makes, on a GameServer and on a Fleet, unless the rule is about pods alone.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from homeground import labels, sdk_sidecar
from tests.cluster.api import Json

ALL = ("Pod", "GameServer", "Fleet")
TEMPLATES = ("GameServer", "Fleet")
HARDENED = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "readOnlyRootFilesystem": True,
}
SMALL = {"limits": {"cpu": "100m", "memory": "64Mi"}}
METADATA_SERVER = "169.254.169.254"
SECRET = {"name": "victim"}
TOKEN_PATH = "/var/run/secrets/kubernetes.io/serviceaccount"


@dataclass(frozen=True)
class Violation:
    """`change` is made to a pod template (`metadata` and `spec`); the refusal says `message`.

    `nth` tells apart rules of one policy that say the same, in the order of its `spec.validations`.
    `unlimited` asks for a namespace without a LimitRange, which would give the pod what it lacks.
    """

    name: str
    message: str
    change: Callable[[Json], Any]
    kinds: tuple[str, ...] = ALL
    nth: int = 0
    unlimited: bool = False


def spec(**fields: Any) -> Callable[[Json], None]:
    """Set fields of the pod's spec."""
    return lambda template: template["spec"].update(fields)


def container(**fields: Any) -> Callable[[Json], None]:
    """Set fields of the game's container."""
    return lambda template: _game(template).update(fields)


def secured(**fields: Any) -> Callable[[Json], None]:
    """Set fields of the game container's securityContext; None takes one away."""
    return lambda template: _set(_game(template)["securityContext"], fields)


def pod_secured(**fields: Any) -> Callable[[Json], None]:
    """Set fields of the pod's securityContext; None takes one away."""
    return lambda template: _set(template["spec"]["securityContext"], fields)


def volume(**source: Any) -> Callable[[Json], None]:
    """Add a volume."""
    return lambda template: template["spec"].setdefault("volumes", []).append({"name": "added", **source})


def toleration(**fields: Any) -> Callable[[Json], None]:
    """Add a toleration."""
    return lambda template: template["spec"].setdefault("tolerations", []).append(fields)


def annotation(key: str, value: str) -> Callable[[Json], None]:
    return lambda template: template.setdefault("metadata", {}).setdefault("annotations", {}).update({key: value})


def _game(template: Json) -> Json:
    game: Json = template["spec"]["containers"][0]
    return game


def _set(target: Json, fields: Mapping[str, Any]) -> None:
    target.update(fields)
    for key in [key for key, value in fields.items() if value is None]:
        del target[key]


def _host_network(template: Json) -> None:
    template["spec"]["hostNetwork"] = True
    for port in _game(template).get("ports", ()):
        port["containerPort"] = port["hostPort"]  # the API server asks for that before policies are


def _masked(template: Json) -> list[Json]:
    """The game's mounts that hide the token, where Agones has put them already."""
    return [mount for mount in _game(template)["volumeMounts"] if mount["mountPath"] == TOKEN_PATH]


def _second_container(template: Json) -> None:
    second = {"name": "second", "image": "ghcr.io/example/second:1", "resources": SMALL}
    template["spec"]["containers"].append(second | {"volumeMounts": _masked(template)})
    template["spec"]["containers"][-1]["securityContext"] = HARDENED | {"privileged": True}
    del template["spec"]["containers"][-1]["securityContext"]["allowPrivilegeEscalation"]


def _false_sidecar(template: Json) -> None:
    false = {"name": sdk_sidecar.NAME, "image": "ghcr.io/example/false-sidecar:1", "restartPolicy": "Always"}
    hardened = {"securityContext": HARDENED, "resources": SMALL, "volumeMounts": _masked(template)}
    template["spec"]["initContainers"] = [false | hardened]


def _own_sidecar(template: Json) -> None:
    own = {"name": sdk_sidecar.NAME, "image": sdk_sidecar.IMAGE, "restartPolicy": "Always", "command": ["/bin/sh"]}
    template["spec"]["initContainers"] = [own | {"securityContext": HARDENED, "resources": SMALL}]


def _token(template: Json) -> None:
    name = "kube-api-access-own"
    token = {"serviceAccountToken": {"path": "token"}}
    template["spec"]["volumes"].append({"name": name, "projected": {"sources": [token]}})
    _game(template)["volumeMounts"].append({"name": name, "mountPath": "/token"})


def _affinity(kind: str, strength: str) -> Callable[[Json], None]:
    term = {"topologyKey": "kubernetes.io/hostname", "namespaceSelector": {}, "labelSelector": {}}
    terms = [term] if strength == "required" else [{"weight": 1, "podAffinityTerm": term}]
    return lambda template: (
        template["spec"]
        .setdefault("affinity", {})
        .update({kind: {f"{strength}DuringSchedulingIgnoredDuringExecution": terms}})
    )


def _without(resource: str) -> Callable[[Json], None]:
    def change(template: Json) -> None:
        resources = _game(template)["resources"]
        resources["limits"] = {key: value for key, value in resources["limits"].items() if key != resource}

    return change


def _host_port(number: int) -> Callable[[Json], None]:
    return lambda template: _game(template)["ports"][0].update(hostPort=number)


PROJECTED = "projected volumes may only hold configMap and downwardAPI"
VOLUMES = "volumes may only be configMap, downwardAPI, emptyDir, persistentVolumeClaim, projected"
RUNTIME = f"runtimeClassName must be {labels.RUNTIME_CLASS}"
KATA = "annotations io.katacontainers.* reconfigure the sandbox and are not allowed"
TOLERATIONS = f"tolerations may only name {' and '.join(labels.PARTITION_TAINTS)}"
SELECTOR = f"nodeSelector must contain {labels.RUNNER}: 'true'"
VERSIONED = "every image needs a digest or a tag other than latest"
HOST_GET = {"httpGet": {"host": METADATA_SERVER, "port": 80, "path": "/"}}
HOST_TCP = {"tcpSocket": {"host": METADATA_SERVER, "port": 80}}

ISOLATION = [
    Violation("no runtime class", RUNTIME, lambda t: t["spec"].pop("runtimeClassName")),
    Violation("another runtime class", RUNTIME, spec(runtimeClassName="plain")),
    Violation("Kata annotation: no network namespace", KATA,
              annotation("io.katacontainers.config.runtime.disable_new_netns", "true")),
    Violation("Kata annotation: kernel of its own", KATA,
              annotation("io.katacontainers.config.hypervisor.kernel", "/proc/self/exe")),
    Violation("host network", "hostNetwork is not allowed", _host_network),
    Violation("host processes", "hostPID is not allowed", spec(hostPID=True)),
    Violation("host IPC", "hostIPC is not allowed", spec(hostIPC=True)),
    Violation("processes shared with the SDK sidecar", "shareProcessNamespace is not allowed",
              spec(shareProcessNamespace=True)),
    Violation("the host's root folder", VOLUMES, volume(hostPath={"path": "/"})),
    Violation("containerd's socket", VOLUMES, volume(hostPath={"path": "/run/containerd/containerd.sock"})),
    Violation("volume from a Secret", VOLUMES, volume(secret={"secretName": "victim"})),
    Violation("inline CSI volume", VOLUMES, volume(csi={"driver": "ru.yandex.s3.csi"})),
    Violation("disk made for the pod", VOLUMES, volume(ephemeral={"volumeClaimTemplate": {"spec": {
        "accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}}})),
    Violation("NFS volume", VOLUMES, volume(nfs={"server": "10.10.0.23", "path": "/"})),
]  # fmt: skip
RESTRICTED = [
    Violation("privileged", "privileged containers are not allowed",
              secured(privileged=True, allowPrivilegeEscalation=None)),
    Violation("privileged second container", "privileged containers are not allowed", _second_container),
    Violation("privilege escalation not ruled out", "every container must set allowPrivilegeEscalation: false",
              secured(allowPrivilegeEscalation=None)),
    Violation("capabilities kept", "every container must drop ALL capabilities", secured(capabilities=None)),
    Violation("capability NET_ADMIN", "no container may add capabilities",
              secured(capabilities={"drop": ["ALL"], "add": ["NET_ADMIN"]})),
    Violation("capability SYS_ADMIN", "no container may add capabilities",
              secured(capabilities={"drop": ["ALL"], "add": ["SYS_ADMIN"]})),
    Violation("writable root file system", "every container must set readOnlyRootFilesystem: true",
              secured(readOnlyRootFilesystem=None)),
    Violation("unmasked /proc", "procMount must be Default",
              lambda t: (spec(hostUsers=False)(t), secured(procMount="Unmasked")(t))),
    Violation("non-root not asked for", "the pod must set securityContext.runAsNonRoot: true",
              pod_secured(runAsNonRoot=None)),
    Violation("non-root undone", "no container may undo runAsNonRoot", secured(runAsNonRoot=False)),
    Violation("pod as root", "the pod must not run as user 0", pod_secured(runAsUser=0)),
    Violation("container as root", "no container may run as user 0", secured(runAsUser=0)),
    Violation("no seccomp profile", "the pod must set seccompProfile RuntimeDefault",
              pod_secured(seccompProfile=None)),
    Violation("seccomp Unconfined", "no container may undo the seccomp profile",
              secured(seccompProfile={"type": "Unconfined"})),
    Violation("AppArmor Unconfined, pod", "appArmorProfile may not be changed",
              pod_secured(appArmorProfile={"type": "Unconfined"})),
    Violation("AppArmor Unconfined, container", "appArmorProfile may not be changed",
              secured(appArmorProfile={"type": "Unconfined"}), nth=1),
    Violation("SELinux type, pod", "seLinuxOptions may not be changed",
              pod_secured(seLinuxOptions={"type": "spc_t"})),
    Violation("SELinux type, container", "seLinuxOptions may not be changed",
              secured(seLinuxOptions={"type": "spc_t"}), nth=1),
    Violation("liveness probe of the metadata server", "livenessProbe may not name a host",
              container(livenessProbe=HOST_GET)),
    Violation("readiness probe of another host", "readinessProbe may not name a host",
              container(readinessProbe=HOST_TCP)),
    Violation("start-up probe of another host", "startupProbe may not name a host", container(startupProbe=HOST_TCP)),
    Violation("postStart hook calls another host", "lifecycle.postStart may not name a host",
              container(lifecycle={"postStart": HOST_GET})),
    Violation("preStop hook calls another host", "lifecycle.preStop may not name a host",
              container(lifecycle={"preStop": HOST_GET})),
    Violation("sysctl", "sysctls are not allowed",
              pod_secured(sysctls=[{"name": "net.ipv4.ip_unprivileged_port_start", "value": "0"}])),
    Violation("host port of ssh", "host ports must lie in the cluster's game port ranges", _host_port(22), ("Pod",)),
    Violation("host port of kubelet", "host ports must lie in the cluster's game port ranges", _host_port(10250),
              ("Pod",)),
]  # fmt: skip
RESOURCES = [
    Violation("no CPU limit", "every container needs a cpu limit", _without("cpu"), unlimited=True),
    Violation("no memory limit", "every container needs a memory limit", _without("memory"), unlimited=True),
    Violation(
        "limits of the whole pod",
        "resources of the whole pod are not allowed: Kata sizes its VM by containers",
        spec(resources={"limits": {"cpu": "8", "memory": "8Gi"}}),
    ),
]
PLACEMENT = [
    Violation("onto the always-on nodes", SELECTOR, spec(nodeSelector={labels.ALWAYS_ON: "true"})),
    Violation("onto the control plane", SELECTOR, spec(nodeSelector={labels.CONTROL_PLANE: ""})),
    Violation("onto any node", SELECTOR, lambda t: t["spec"].pop("nodeSelector")),
    Violation("tolerates everything", TOLERATIONS, toleration(operator="Exists")),
    Violation("tolerates the control plane", TOLERATIONS, toleration(key=labels.CONTROL_PLANE, operator="Exists")),
    Violation("tolerates quarantine", TOLERATIONS, toleration(key=labels.QUARANTINE, operator="Exists")),
    Violation("tolerates a node out of service", TOLERATIONS,
              toleration(key="node.kubernetes.io/out-of-service", operator="Exists")),
    Violation("names its node", "nodeName is not allowed: the scheduler picks the node", spec(nodeName="k8s-master-1")),
    *(
        Violation(f"{strength} {kind} with other tenants", f"{kind} may not look at other namespaces",
                  _affinity(kind, strength), nth=nth)
        for kind in ("podAffinity", "podAntiAffinity")
        for nth, strength in enumerate(("required", "preferred"))
    ),
    Violation("device claim", "resourceClaims are not allowed: devices stay on the host",
              spec(resourceClaims=[{"name": "gpu", "resourceClaimName": "gpu"}])),
    Violation("priority of system components", "priorityClassName is not allowed",
              spec(priorityClassName="system-node-critical")),
    Violation("scheduler of its own", "schedulerName must be default-scheduler", spec(schedulerName="mine")),
]  # fmt: skip
IDENTITY = [
    Violation("another service account", f"serviceAccountName must be {sdk_sidecar.SERVICE_ACCOUNT}",
              spec(serviceAccountName="default")),
    Violation("image called latest", VERSIONED, container(image="ghcr.io/example/game:latest")),
    Violation("image without a version", VERSIONED, container(image="ghcr.io/example/game")),
    Violation("registry with a port, image without a version", VERSIONED, container(image="registry:5000/game")),
    Violation("variable from a Secret", "no variable may come from a Secret",
              container(env=[{"name": "S", "valueFrom": {"secretKeyRef": SECRET | {"key": "token"}}}])),
    Violation("all variables from a Secret", "no variables may come from a Secret",
              container(envFrom=[{"secretRef": SECRET}])),
    Violation("Secret in a projected volume", PROJECTED, volume(projected={"sources": [{"secret": SECRET}]})),
    Violation("token in a projected volume", PROJECTED,
              volume(projected={"sources": [{"serviceAccountToken": {"path": "token"}}]})),
    Violation("the cluster's trust bundle", PROJECTED,
              volume(projected={"sources": [{"clusterTrustBundle": {"name": "b", "path": "b"}}]})),
    Violation("mounts the SDK sidecar's token", "only the SDK sidecar may mount the service account's token", _token),
    Violation("calls itself another tenant's", f"label {labels.TENANT} must be the namespace's",
              lambda t: t["metadata"]["labels"].update({labels.TENANT: "victim"})),
    Violation("false SDK sidecar", f"only Agones' own image may be called {sdk_sidecar.NAME}", _false_sidecar),
]  # fmt: skip
TEMPLATE = [
    Violation("account of the SDK sidecar for the game",
              "serviceAccountName is Agones' to set: only then does it hide the token from the game",
              spec(serviceAccountName=sdk_sidecar.SERVICE_ACCOUNT), TEMPLATES),
    Violation("SDK sidecar with a command of its own", "the SDK sidecar is Agones' to add", _own_sidecar, TEMPLATES),
    Violation("disk without an end", "every emptyDir needs a sizeLimit: it fills the node's disk",
              volume(emptyDir={}), TEMPLATES),
    Violation("never ends", "terminationGracePeriodSeconds may be at most 3600",
              spec(terminationGracePeriodSeconds=3601), TEMPLATES),
]  # fmt: skip
RULES = {
    "isolation": ISOLATION,
    "restricted": RESTRICTED,
    "resources": RESOURCES,
    "placement": PLACEMENT,
    "identity": IDENTITY,
}
"""By the policy of pods that has them."""

VIOLATIONS = [violation for violations in (*RULES.values(), TEMPLATE) for violation in violations]

DEBUG = {"spec": {"ephemeralContainers": [{"name": "debug", "image": "busybox:1.36"}]}}
"""A patch of pods/ephemeralcontainers."""


def permitted(template: Json) -> None:
    """Every option that a rule looks at, set to a value that it allows: no rule passes by absence alone."""
    spec(hostNetwork=False, hostPID=False, hostIPC=False, schedulerName="default-scheduler")(template)
    toleration(key="node.kubernetes.io/unreachable", operator="Exists", effect="NoSchedule")(template)
    annotation("example.com/note", "io.katacontainers. stands in a value only")(template)
    pod_secured(appArmorProfile={"type": "RuntimeDefault"}, sysctls=[], fsGroup=1000)(template)
    settings: Json = {"configMap": {"name": "settings"}}
    sources: list[Json] = [
        settings,
        {"downwardAPI": {}},
        {"emptyDir": {"sizeLimit": "1Mi"}},
        {"projected": {"sources": [settings]}},
    ]
    for index, source in enumerate(sources):
        template["spec"]["volumes"].append({"name": f"allowed-{index}", **source})
    secured(
        privileged=False, procMount="Default", runAsNonRoot=True, runAsUser=1000,
        seccompProfile={"type": "RuntimeDefault"}, appArmorProfile={"type": "RuntimeDefault"},
    )(template)  # fmt: skip
    local_get = {"httpGet": {"port": 8080, "path": "/"}}
    container(
        image="registry:5000/game:1.0.0",
        livenessProbe=local_get, readinessProbe={"tcpSocket": {"port": 8080}}, startupProbe=local_get,
        lifecycle={"postStart": local_get, "preStop": local_get},
        envFrom=[{"configMapRef": {"name": "settings"}}],
        env=[{"name": "SETTING", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "a"}}}],
    )(template)  # fmt: skip
