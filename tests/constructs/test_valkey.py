"""Valkey: a queue that survives a restart, on the disk of a node that is always on."""

from collections.abc import Callable
from typing import Any

import pytest

from homeground.manifest import ManifestChart
from homeground.valkey import Valkey

Find = Callable[..., dict[str, Any]]
PODS = {"app.kubernetes.io/name": "valkey"}


@pytest.fixture(autouse=True)
def store(chart: ManifestChart) -> None:
    Valkey(chart, "valkey", namespace="open-match", node="master")


@pytest.fixture
def spec(find: Find) -> Any:
    return find("StatefulSet")["spec"]


def test_every_write_is_on_disk_before_it_is_acknowledged(spec: Any) -> None:
    args = spec["template"]["spec"]["containers"][0]["args"]
    options = dict(zip(args[::2], args[1::2], strict=True))
    assert options == {
        "--appendonly": "yes",
        "--appendfsync": "always",
        "--save": "",
        "--maxmemory": "300mb",
        "--maxmemory-policy": "noeviction",
        "--dir": "/data",
    }


def test_its_memory_stays_below_its_requests_and_its_limit(spec: Any) -> None:
    resources = spec["template"]["spec"]["containers"][0]["resources"]
    assert resources == {"requests": {"cpu": "50m", "memory": "384Mi"}, "limits": {"memory": "512Mi"}}


def test_there_is_one_and_the_service_finds_it(spec: Any, find: Find) -> None:
    assert spec["replicas"] == 1
    assert spec["selector"] == {"matchLabels": PODS}
    assert spec["template"]["metadata"]["labels"] == PODS
    service = find("Service")
    assert service["metadata"]["name"] == spec["serviceName"] == "valkey"
    assert service["spec"]["selector"] == PODS
    assert [(port["port"], port["targetPort"]) for port in service["spec"]["ports"]] == [(6379, 6379)]


def test_its_pod_is_restricted_and_writes_to_its_disk_only(spec: Any) -> None:
    pod = spec["template"]["spec"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] == pod["securityContext"]["fsGroup"] == 999
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    (container,) = pod["containers"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "readOnlyRootFilesystem": True,
    }
    assert container["volumeMounts"] == [{"name": "data", "mountPath": "/data"}]
    assert pod["volumes"] == [{"name": "data", "persistentVolumeClaim": {"claimName": "valkey"}}]


def test_it_runs_on_always_on_nodes(spec: Any) -> None:
    assert spec["template"]["spec"]["nodeSelector"] == {"homeground.dev/always-on": "true"}


def test_its_disk_is_a_folder_of_one_node_that_only_its_claim_binds(find: Find) -> None:
    volume, claim = find("PersistentVolume"), find("PersistentVolumeClaim")
    assert volume["metadata"]["name"] == claim["spec"]["volumeName"] == "open-match-valkey"
    assert volume["spec"] == {
        "capacity": {"storage": "5Gi"},
        "accessModes": ["ReadWriteOnce"],
        "persistentVolumeReclaimPolicy": "Retain",
        "volumeMode": "Filesystem",
        "claimRef": {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "namespace": "open-match",
            "name": "valkey",
        },
        "local": {"path": "/var/lib/homeground/valkey"},
        "nodeAffinity": {
            "required": {
                "nodeSelectorTerms": [
                    {"matchExpressions": [{"key": "kubernetes.io/hostname", "operator": "In", "values": ["master"]}]}
                ]
            }
        },
    }
    assert claim["metadata"]["namespace"] == "open-match"
    assert claim["spec"]["storageClassName"] == ""
    assert claim["spec"]["resources"] == {"requests": {"storage": "5Gi"}}
