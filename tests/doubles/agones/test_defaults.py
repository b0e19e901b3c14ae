"""Contract: what the webhooks make of an object at its creation."""

import pytest

from tests.cluster.api import Json
from tests.doubles.agones.world import World, autoscaler, buffer, fleet, server_spec

pytestmark = [pytest.mark.cluster, pytest.mark.xdist_group("agones")]

SDK_VERSION = {"agones.dev/sdk-version": "1.59.0"}
GAME = {"name": "game", "image": "registry.example/game:1"}


def test_a_fleet_gets_strategy_scheduling_and_version(world: World) -> None:
    given = fleet("lobby", world.namespace, 0)
    del given["spec"]["replicas"]
    made = world.api.create(given, dry_run=True)
    assert made["metadata"]["annotations"] == SDK_VERSION
    assert made["spec"] == {
        "replicas": 0,
        "scheduling": "Packed",
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}},
        "template": {
            "metadata": {"labels": {"game": "lobby"}},
            "spec": {
                "health": {},
                "sdkServer": {},
                "immutableReplicas": 1,
                "ports": [{"name": "game", "containerPort": 7777}],
                "template": {"metadata": {}, "spec": {"containers": [GAME | {"resources": {}}]}},
            },
        },
    }


POD: Json = {
    "hostNetwork": False,
    "hostUsers": False,
    "nodeSelector": {},
    "tolerations": [{"key": "", "operator": "Exists", "tolerationSeconds": 0}],
    "terminationGracePeriodSeconds": 0,
    "securityContext": {},
    "dnsConfig": {"options": [{"name": "ndots", "value": ""}]},
    "containers": [
        {
            "name": "game",
            "image": "registry.example/game:1",
            "stdin": False,
            "env": [
                {"name": "EMPTY", "value": ""},
                {"name": "CPU", "valueFrom": {"resourceFieldRef": {"resource": "limits.cpu"}}},
                {"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k", "optional": False}}},
            ],
            "resources": {"limits": {"cpu": "1000m", "memory": "1024Mi"}, "requests": {"cpu": "0.5"}},
            "securityContext": {"privileged": False, "runAsUser": 0, "capabilities": {"add": [], "drop": ["ALL"]}},
            "livenessProbe": {"httpGet": {"port": 80, "path": ""}, "initialDelaySeconds": 0},
            "volumeMounts": [{"name": "v", "mountPath": "/v", "readOnly": False, "subPath": ""}],
        }
    ],
    "volumes": [
        {"name": "v", "emptyDir": {"medium": "", "sizeLimit": "1024Mi"}},
        {"name": "c", "csi": {"driver": "d", "readOnly": False}},
        {"name": "p", "persistentVolumeClaim": {"claimName": "c", "readOnly": False}},
        {"name": "s", "secret": {"secretName": "s", "defaultMode": 0, "items": []}},
    ],
}
CANONICAL: Json = {
    "hostUsers": False,
    "tolerations": [{"operator": "Exists", "tolerationSeconds": 0}],
    "terminationGracePeriodSeconds": 0,
    "securityContext": {},
    "dnsConfig": {"options": [{"name": "ndots", "value": ""}]},
    "containers": [
        {
            "name": "game",
            "image": "registry.example/game:1",
            "env": [
                {"name": "EMPTY"},
                {"name": "CPU", "valueFrom": {"resourceFieldRef": {"resource": "limits.cpu", "divisor": "0"}}},
                {"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k", "optional": False}}},
            ],
            "resources": {"limits": {"cpu": "1", "memory": "1Gi"}, "requests": {"cpu": "500m"}},
            "securityContext": {"privileged": False, "runAsUser": 0, "capabilities": {"drop": ["ALL"]}},
            "livenessProbe": {"httpGet": {"port": 80}},
            "volumeMounts": [{"name": "v", "mountPath": "/v"}],
        }
    ],
    "volumes": [
        {"name": "v", "emptyDir": {"sizeLimit": "1Gi"}},
        {"name": "c", "csi": {"driver": "d", "readOnly": False}},
        {"name": "p", "persistentVolumeClaim": {"claimName": "c"}},
        {"name": "s", "secret": {"secretName": "s", "defaultMode": 0}},
    ],
}


def test_zero_values_go_unless_they_say_something(world: World) -> None:
    health = {"disabled": False, "initialDelaySeconds": 0, "periodSeconds": 7}
    counters, lists = {"rooms": {"count": 0}}, {"players": {"values": list[str]()}}
    spec: Json = {"pod": POD, "health": health, "counters": counters, "lists": lists, "eviction": {}}
    ports = [{"name": "", "containerPort": 1, "container": ""}]
    made = world.api.create(fleet("lobby", world.namespace, 1, template=spec | {"ports": ports}), dry_run=True)
    assert made["spec"]["template"]["spec"] == {
        "counters": {"rooms": {"count": 0, "capacity": 1000}},
        "lists": {"players": {"capacity": 1000, "values": []}},
        "eviction": {},
        "health": {"periodSeconds": 7},
        "sdkServer": {},
        "immutableReplicas": 1,
        "ports": [{"container": "", "containerPort": 1}],
        "template": {"metadata": {}, "spec": CANONICAL},
    }


def test_an_update_is_taken_as_it_is_written(world: World) -> None:
    made = world.fleet(0)
    changed = world.change(made, {"spec": {"template": {"spec": {"health": {"disabled": False}}}}})
    assert changed["spec"]["template"]["spec"]["health"] == {"disabled": False}


def test_a_game_server_gets_all_its_defaults(world: World) -> None:
    metadata = {"name": "solo", "namespace": world.namespace}
    spec = server_spec(counters={"rooms": {"count": 2}}, lists={"players": {"values": ["ada"]}})
    given = {"apiVersion": "agones.dev/v1", "kind": "GameServer", "metadata": metadata, "spec": spec}
    spec["template"]["metadata"] = {"annotations": {"cluster-autoscaler.kubernetes.io/safe-to-evict": "true"}}
    made = world.api.create(given, dry_run=True)
    assert made["metadata"]["annotations"] == SDK_VERSION
    assert made["metadata"]["finalizers"] == ["agones.dev/controller"]
    port = {"name": "game", "portPolicy": "Dynamic", "range": "default", "protocol": "UDP"}
    counts: Json = {"counters": {"rooms": {"count": 2, "capacity": 1000}}}
    counts |= {"lists": {"players": {"capacity": 1000, "values": ["ada"]}}}
    pod: Json = {"containers": [GAME | {"resources": {}}]}
    assert made["spec"] == counts | {
        "container": "game",
        "ports": [port | {"container": "game", "containerPort": 7777}],
        "health": {"periodSeconds": 5, "failureThreshold": 3, "initialDelaySeconds": 5},
        "scheduling": "Packed",
        "sdkServer": {"logLevel": "Info", "grpcPort": 9357, "httpPort": 9358},
        "eviction": {"safe": "Never"},
        "immutableReplicas": 1,
        "template": {"metadata": spec["template"]["metadata"], "spec": pod},
    }
    assert made["status"] == counts | {
        "state": "PortAllocation",
        "ports": None,
        "address": "",
        "addresses": None,
        "nodeName": "",
        "reservedUntil": None,
        "players": None,
        "eviction": {"safe": "Always"},
        "immutableReplicas": 1,
    }


def test_an_autoscaler_gets_its_interval(world: World) -> None:
    made = world.api.create(autoscaler(world.namespace, buffer(2, 10)), dry_run=True)
    every = {"type": "FixedInterval", "fixedInterval": {"seconds": 30}}
    assert made["spec"] == {"fleetName": "lobby", "policy": buffer(2, 10), "sync": every}
