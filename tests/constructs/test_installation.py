"""Calico's Installation and APIServer, with every default that the operator would write back."""

from collections.abc import Callable
from typing import Any

import pytest

from homeground.installation import CalicoInstallation
from homeground.manifest import ManifestChart

Find = Callable[..., dict[str, Any]]


@pytest.fixture
def spec(chart: ManifestChart, find: Find) -> Any:
    CalicoInstallation(chart, "calico", pods="10.244.0.0/16", mtu=1230, replicas=2)
    return find("Installation")["spec"]


def container(workload: dict[str, Any]) -> Any:
    (only,) = workload["spec"]["template"]["spec"]["containers"]
    return only


def test_both_objects_are_called_default_and_wait_for_the_operator(spec: Any, find: Find) -> None:
    assert spec["variant"] == "Calico"
    for kind in ("Installation", "APIServer"):
        assert find(kind)["apiVersion"] == "operator.tigera.io/v1"
        wave = {"argocd.argoproj.io/sync-wave": "1"}
        assert find(kind)["metadata"] == {"name": "default", "annotations": wave}


def test_the_pool_carries_all_ten_fields_so_that_no_default_is_drift(spec: Any) -> None:
    assert spec["calicoNetwork"]["ipPools"] == [
        {
            "name": "default-ipv4-ippool",
            "cidr": "10.244.0.0/16",
            "blockSize": 26,
            "encapsulation": "VXLAN",
            "natOutgoing": "Enabled",
            "nodeSelector": "all()",
            "allowedUses": ["Workload", "Tunnel"],
            "assignmentMode": "Automatic",
            "disableBGPExport": False,
            "disableNewAllocations": False,
        }
    ]


def test_the_mtu_is_set_and_never_detected(spec: Any) -> None:
    assert spec["calicoNetwork"]["mtu"] == 1230


def test_packets_go_over_vxlan_without_bgp(spec: Any) -> None:
    network = {key: value for key, value in spec["calicoNetwork"].items() if key not in ("ipPools", "mtu")}
    assert network == {
        "bgp": "Disabled",
        "hostPorts": "Enabled",
        "linuxDataplane": "Iptables",
        "linuxPolicySetupTimeoutSeconds": 30,
        "nodeAddressAutodetectionV4": {"kubernetes": "NodeInternalIP"},
    }


def test_its_control_plane_outlives_home(spec: Any) -> None:
    assert spec["controlPlaneNodeSelector"] == {"homeground.dev/always-on": "true"}
    toleration = {"key": "node-role.kubernetes.io/control-plane", "operator": "Exists", "effect": "NoSchedule"}
    assert spec["controlPlaneTolerations"] == [toleration]
    assert spec["controlPlaneReplicas"] == 2


def test_every_part_is_sized_by_the_name_that_the_operator_knows(spec: Any, find: Find) -> None:
    parts = {
        "calicoNodeDaemonSet": "calico-node",
        "typhaDeployment": "calico-typha",
        "calicoKubeControllersDeployment": "calico-kube-controllers",
    }
    assert {part: container(spec[part])["name"] for part in parts} == parts
    api_server = find("APIServer")["spec"]["apiServerDeployment"]
    assert container(api_server)["name"] == "calico-apiserver"
    for workload in (*(spec[part] for part in parts), api_server):
        assert set(container(workload)["resources"]) == {"requests", "limits"}
        assert set(container(workload)["resources"]["limits"]) == {"memory"}


def test_nodes_get_neither_a_csi_driver_nor_flex_volumes_of_calicos(spec: Any) -> None:
    assert (spec["kubeletVolumePluginPath"], spec["flexVolumePath"]) == ("None", "None")
