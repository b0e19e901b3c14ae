"""Calico, as its operator installs it: VXLAN between sites that share no L2 segment."""

from typing import Any

from homeground.app import WAVE
from homeground.manifest import Component, Manifest, ManifestChart
from homeground.workload import ALWAYS_ON_SELECTOR, CONTROL_PLANE_TOLERATIONS, Workload

NODE = Workload("calico-node", cpu=100, memory=128, limit=512, runs_on="every-node")
TYPHA = Workload("calico-typha", cpu=20, memory=64, limit=256)
KUBE_CONTROLLERS = Workload("calico-kube-controllers", cpu=20, memory=64, limit=256)
API_SERVER = Workload("calico-apiserver", cpu=20, memory=64, limit=256)


def _pod_resources(workload: Workload) -> dict[str, Any]:
    containers = [{"name": workload.name, "resources": workload.resources()}]
    return {"spec": {"template": {"spec": {"containers": containers}}}}


class CalicoInstallation(Component):
    """Installation and APIServer `default`, the two objects the operator acts on."""

    def __init__(self, scope: ManifestChart | Component, id: str, *, pods: str, mtu: int, replicas: int) -> None:
        super().__init__(scope, id)
        pool = {
            "name": "default-ipv4-ippool",
            "cidr": pods,
            "blockSize": 26,
            "encapsulation": "VXLAN",
            "natOutgoing": "Enabled",
            "nodeSelector": "all()",
            "allowedUses": ["Workload", "Tunnel"],
            "assignmentMode": "Automatic",
            "disableBGPExport": False,
            "disableNewAllocations": False,
        }
        spec = {
            "variant": "Calico",
            "cni": {"type": "Calico", "ipam": {"type": "Calico"}},
            "calicoNetwork": {
                "bgp": "Disabled",
                "hostPorts": "Enabled",
                "linuxDataplane": "Iptables",
                "linuxPolicySetupTimeoutSeconds": 30,  # a pod never starts before its policy is programmed
                "mtu": mtu,
                "nodeAddressAutodetectionV4": {"kubernetes": "NodeInternalIP"},  # never tailscale0
                "ipPools": [pool],
            },
            "controlPlaneNodeSelector": ALWAYS_ON_SELECTOR,
            "controlPlaneReplicas": replicas,
            "controlPlaneTolerations": CONTROL_PLANE_TOLERATIONS,
            "kubeletVolumePluginPath": "None",
            "flexVolumePath": "None",
            "nonPrivileged": "Disabled",
            "calicoNodeDaemonSet": _pod_resources(NODE),
            "typhaDeployment": _pod_resources(TYPHA),
            "calicoKubeControllersDeployment": _pod_resources(KUBE_CONTROLLERS),
        }
        wave = {WAVE: "1"}
        self.emit(Manifest("operator.tigera.io/v1", "Installation", "default", {"spec": spec}, annotations=wave))
        api = {"spec": {"apiServerDeployment": _pod_resources(API_SERVER)}}
        self.emit(Manifest("operator.tigera.io/v1", "APIServer", "default", api, annotations=wave))
