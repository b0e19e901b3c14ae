"""Contract: the Pod that Agones makes of a GameServer, in full."""

import json

import pytest

from tests.cluster.api import Json
from tests.doubles.agones.world import World, told

pytestmark = [pytest.mark.cluster, pytest.mark.xdist_group("agones")]

GATES = (
    "AutopilotPassthroughPort=true&CountsAndLists=true&DisableResyncOnSDKServer=true&Example=false"
    "&FleetAutoscaleRequestMetaData=true&GKEAutopilotExtendedDurationPods=true&PlayerAllocationFilter=false"
    "&PlayerTracking=false&PortPolicyNone=true&PortRanges=true&ProcessorAllocator=false&RollingUpdateFix=true"
    "&ScheduledAutoscaler=true&SidecarContainers=true&WasmAutoscaler=false"
)
PACKED = {
    "podAffinity": {
        "preferredDuringSchedulingIgnoredDuringExecution": [
            {
                "weight": 100,
                "podAffinityTerm": {
                    "topologyKey": "kubernetes.io/hostname",
                    "labelSelector": {"matchLabels": {"agones.dev/role": "gameserver"}},
                },
            }
        ]
    }
}
SDK_ENV = [{"name": "AGONES_SDK_GRPC_PORT", "value": "9357"}, {"name": "AGONES_SDK_HTTP_PORT", "value": "9358"}]
NO_TOKEN = {"name": "empty", "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount", "readOnly": True}


def probe(path: str, **timing: int) -> Json:
    action = {"path": path, "port": 8080, "scheme": "HTTP"}
    return {"httpGet": action, "timeoutSeconds": 1, "successThreshold": 1, "failureThreshold": 3} | timing


def sidecar(name: str) -> Json:
    return {
        "name": "agones-gameserver-sidecar",
        "image": "us-docker.pkg.dev/agones-images/release/agones-sdk:1.59.0",
        "imagePullPolicy": "IfNotPresent",
        "args": ["--grpc-port=9357", "--http-port=9358"],
        "env": [
            {"name": "GAMESERVER_NAME", "value": name},
            {
                "name": "POD_NAMESPACE",
                "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}},
            },
            {"name": "FEATURE_GATES", "value": GATES},
            {"name": "LOG_LEVEL", "value": "Info"},
            {"name": "REQUESTS_RATE_LIMIT", "value": "500ms"},
        ],
        "resources": {"limits": {"cpu": "100m", "memory": "64Mi"}, "requests": {"cpu": "30m", "memory": "64Mi"}},
        "restartPolicy": "Always",
        "livenessProbe": probe("/healthz", initialDelaySeconds=3, periodSeconds=3),
        "securityContext": {"allowPrivilegeEscalation": False, "runAsNonRoot": True, "runAsUser": 1000},
    }


def game(**more: object) -> Json:
    container: Json = {"name": "game", "image": "registry.example/game:1", "imagePullPolicy": "IfNotPresent"}
    return container | {"resources": {}, "env": SDK_ENV, "volumeMounts": [NO_TOKEN]} | more


def own(pod: Json) -> Json:
    """The pod's spec without what the API server, the scheduler and the service account's admission add."""
    spec: Json = json.loads(json.dumps(pod["spec"]))
    token = next(each["name"] for each in spec["volumes"] if each["name"].startswith("kube-api-access-"))
    spec["volumes"] = [each for each in spec["volumes"] if each["name"] != token]
    for container in [*spec["containers"], *spec.get("initContainers", ())]:
        mounts = [each for each in container.get("volumeMounts", ()) if each["name"] != token]
        container["volumeMounts"] = mounts
        if not mounts:
            del container["volumeMounts"]
        del container["terminationMessagePath"], container["terminationMessagePolicy"]
    added = ("dnsPolicy", "enableServiceLinks", "nodeName", "preemptionPolicy", "priority", "schedulerName")
    for name in (*added, "serviceAccount", "terminationGracePeriodSeconds", "tolerations"):
        spec.pop(name, None)
    return spec


def test_the_pod_of_a_plain_server(world: World) -> None:
    world.ready_fleet(1)
    (server,) = world.servers()
    name = server["metadata"]["name"]
    pod = world.pod(server)
    port = {"containerPort": 7777, "hostPort": server["spec"]["ports"][0]["hostPort"], "protocol": "UDP"}
    health = probe("/gshealthz", initialDelaySeconds=5, periodSeconds=5)
    assert own(pod) == {
        "hostname": name,
        "affinity": PACKED,
        "restartPolicy": "Never",
        "securityContext": {},
        "serviceAccountName": "agones-sdk",
        "initContainers": [sidecar(name)],
        "containers": [game(ports=[port], livenessProbe=health)],
        "volumes": [{"name": "empty", "emptyDir": {}}],
    }
    owner = {"apiVersion": "agones.dev/v1", "kind": "GameServer", "name": name}
    assert told(pod, "resourceVersion")["metadata"] == {
        "name": name,
        "namespace": world.namespace,
        "labels": {
            "agones.dev/role": "gameserver",
            "agones.dev/gameserver": name,
            "agones.dev/safe-to-evict": "false",
        },
        "annotations": {
            "agones.dev/container": "game",
            "agones.dev/sdk-version": "1.59.0",
            "cluster-autoscaler.kubernetes.io/safe-to-evict": "false",
        },
        "ownerReferences": [owner | {"controller": True, "blockOwnerDeletion": True}],
    }


IMAGE = {"image": "registry.example/game:1"}
MODE = {"name": "MODE", "value": "ranked"}
# Service account, probe, sidecars, reserved names of variables, every policy of ports.
OWN_WAY: Json = {
    "container": "game",
    "scheduling": "Distributed",
    "eviction": {"safe": "OnUpgrade"},
    "pod": {
        "serviceAccountName": "default",
        "restartPolicy": "OnFailure",
        "hostname": "chosen",
        "initContainers": [IMAGE | {"name": "setup"}, IMAGE | {"name": "relay", "restartPolicy": "Always"}],
        "containers": [
            IMAGE
            | {
                "name": "game",
                "env": [{"name": "AGONES_SDK_HTTP_PORT", "value": "1"}, MODE],
                "livenessProbe": {"httpGet": {"path": "/alive", "port": 8080}, "periodSeconds": 9},
            },
            IMAGE | {"name": "log"},
        ],
    },
    "ports": [
        {"name": "relay", "containerPort": 5000, "container": "relay"},
        {"name": "all", "portPolicy": "Passthrough", "container": "log", "protocol": "TCP"},
        {"name": "in", "portPolicy": "None", "containerPort": 9000},
        {"name": "fixed", "portPolicy": "Static", "containerPort": 6000, "hostPort": 6001, "protocol": "TCPUDP"},
    ],
}


def opened(inner: int, protocol: str, outer: int = 0) -> Json:
    return {"containerPort": inner, "protocol": protocol} | ({"hostPort": outer} if outer else {})


def test_what_a_template_says_is_kept(world: World) -> None:
    server = world.wait_state(world.server(**OWN_WAY), "Ready")
    relay, passed = server["spec"]["ports"][0]["hostPort"], server["spec"]["ports"][1]["hostPort"]
    found = world.pod(server)
    plain: Json = IMAGE | {"imagePullPolicy": "IfNotPresent", "resources": {}, "env": SDK_ENV}
    always = {"name": "relay", "restartPolicy": "Always", "ports": [opened(5000, "UDP", relay)]}
    game_ports = [opened(9000, "UDP"), opened(6000, "TCP", 6001), opened(6000, "UDP", 6001)]
    mine: Json = {"name": "game", "env": [MODE, *SDK_ENV], "ports": game_ports}
    assert own(found) == {
        "hostname": "chosen",
        "restartPolicy": "OnFailure",
        "securityContext": {},
        "serviceAccountName": "default",
        "initContainers": [sidecar("solo"), plain | {"name": "setup"}, plain | always],
        "containers": [
            plain | mine | {"livenessProbe": probe("/alive", periodSeconds=9)},
            plain | {"name": "log", "ports": [opened(passed, "TCP", passed)]},
        ],
        "volumes": [],
    }
    assert found["metadata"]["labels"]["agones.dev/safe-to-evict"] == "true"
    assert found["metadata"]["annotations"] == {
        "agones.dev/container": "game",
        "agones.dev/sdk-version": "1.59.0",
        "agones.dev/container-passthrough-port-assignment": '{"log":[0]}',
        "cluster-autoscaler.kubernetes.io/safe-to-evict": "false",
    }
    ports = {"relay": relay, "all": passed, "in": 9000, "fixed-tcp": 6001, "fixed-udp": 6001}
    assert server["status"]["ports"] == [{"name": name, "port": port} for name, port in ports.items()]


def test_eviction_always_and_no_health(world: World) -> None:
    made = world.server(health={"disabled": True}, eviction={"safe": "Always"})
    world.wait_state(made, "Ready")
    found = world.pod(made)
    assert found["metadata"]["labels"]["agones.dev/safe-to-evict"] == "true"
    assert found["metadata"]["annotations"]["cluster-autoscaler.kubernetes.io/safe-to-evict"] == "true"
    assert "livenessProbe" not in found["spec"]["containers"][0]
