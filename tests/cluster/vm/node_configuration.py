"""What makes a machine a node of ours: kubelet's, containerd's, the kernel's and the pod network's files.

Both sides of the CRI use systemd's cgroup driver on cgroup v2 (KEP-4033); kubelet registers the node's labels, taints
and provider ID itself, so there is no moment when the node is there without them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Any

import yaml

from homeground import labels, quantity
from homeground.platform import Platform
from schemas.cluster import Node

PAUSE_IMAGE = "registry.k8s.io/pause:3.10.2"
SOCKET = "unix:///run/containerd/containerd.sock"
KUBECONFIG = "/var/lib/kubelet/kubeconfig"
BOOTSTRAP_KUBECONFIG = "/etc/kubernetes/bootstrap-kubelet.conf"
CA = "/etc/kubernetes/pki/ca.crt"
EVICTION_MEMORY = "100Mi"  # kubelet's default for memory.available

CONTAINERD = f"""version = 4
[plugins.'io.containerd.cri.v1.images'.pinned_images]
  sandbox = '{PAUSE_IMAGE}'
[plugins.'io.containerd.cri.v1.runtime'.cni]
  bin_dirs = ['/usr/lib/cni']
  conf_dir = '/etc/cni/net.d'
# The default is still false, and containerd's answer overrides kubelet's own setting without a word.
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
  SystemdCgroup = true
"""

CONTAINERD_UNIT = """[Unit]
Description=containerd
After=network.target local-fs.target

[Service]
ExecStart=/usr/local/bin/containerd
Type=notify
Delegate=yes
KillMode=process
Restart=always
RestartSec=5
LimitNOFILE=1048576
OOMScoreAdjust=-999
"""

KUBELET_UNIT = f"""[Unit]
Description=kubelet
After=containerd.service network.target
Wants=containerd.service

[Service]
EnvironmentFile=/etc/default/kubelet
ExecStart=/usr/local/bin/kubelet --config=/etc/kubernetes/kubelet.yaml \\
  --kubeconfig={KUBECONFIG} --bootstrap-kubeconfig={BOOTSTRAP_KUBECONFIG} $KUBELET_ARGS
Restart=always
RestartSec=5
"""

MODULES = "overlay\nbr_netfilter\n"
SYSCTL = """net.ipv4.ip_forward = 1
net.bridge.bridge-nf-call-iptables = 1
net.bridge.bridge-nf-call-ip6tables = 1
"""

# The shape of Calico's pod network (an address for each pod, hostPort by portmap) for one machine on its own.
POD_NETWORK = """{
  "cniVersion": "1.0.0",
  "name": "homeground",
  "plugins": [
    {"type": "bridge", "bridge": "cni0", "isGateway": true, "ipMasq": true,
     "ipam": {"type": "host-local", "ranges": [[{"subnet": "%s"}]], "routes": [{"dst": "0.0.0.0/0"}]}},
    {"type": "portmap", "capabilities": {"portMappings": true}}
  ]
}
"""


@dataclass(frozen=True)
class Taint:
    """A taint the node registers with."""

    key: str
    effect: str = "NoSchedule"
    value: str = ""


@dataclass(frozen=True)
class NodeConfiguration:
    """One node of clusters/*.yaml, and the taints that it is to carry from its first moment."""

    platform: Platform
    node: Node
    taints: Sequence[Taint] = ()

    @classmethod
    def of(cls, platform: Platform, node: Node) -> "NodeConfiguration":
        """A permanent node: one of the control plane that plays nothing carries kubeadm's taint."""
        only_control_plane = "control-plane" in node.roles and "runner" not in node.roles
        return cls(platform, node, [Taint(labels.CONTROL_PLANE)] if only_control_plane else [])

    def files(self) -> dict[str, str]:
        """Text of each file by its absolute path."""
        return {
            "/etc/hostname": f"{self.node.name}\n",
            "/etc/modules-load.d/kubernetes.conf": MODULES,
            "/etc/sysctl.d/90-kubernetes.conf": SYSCTL,
            "/etc/containerd/config.toml": CONTAINERD,
            "/etc/cni/net.d/10-homeground.conflist": POD_NETWORK % self.pods(),
            "/etc/kubernetes/kubelet.yaml": yaml.safe_dump(self.kubelet(), sort_keys=False),
            "/etc/default/kubelet": f"KUBELET_ARGS={' '.join(self.flags())}\n",
            "/etc/systemd/system/containerd.service": CONTAINERD_UNIT,
            "/etc/systemd/system/kubelet.service": KUBELET_UNIT,
        }

    def kubelet(self) -> dict[str, Any]:
        """KubeletConfiguration kubelet.config.k8s.io/v1beta1."""
        # What is kept from pods is systemReserved + kubeReserved + the eviction threshold.
        reserved = self.platform.cluster.reserved
        memory = quantity.mebibytes(reserved.memory) - quantity.mebibytes(EVICTION_MEMORY)
        return {
            "apiVersion": "kubelet.config.k8s.io/v1beta1",
            "kind": "KubeletConfiguration",
            "cgroupDriver": "systemd",
            "containerRuntimeEndpoint": SOCKET,
            "providerID": f"homeground://{self.node.site}/{self.node.name}",
            "registerWithTaints": [
                {"key": taint.key, "value": taint.value, "effect": taint.effect} for taint in self.taints
            ],
            "authentication": {
                "anonymous": {"enabled": False},
                "webhook": {"enabled": True},
                "x509": {"clientCAFile": CA},
            },
            "authorization": {"mode": "Webhook"},
            "rotateCertificates": True,
            "clusterDomain": "cluster.local",
            "clusterDNS": ["10.96.0.10"],
            "runtimeRequestTimeout": "15m",  # Kata's first start of a machine is slow
            "systemReserved": {"cpu": quantity.cpu(quantity.millicores(reserved.cpu)), "memory": f"{memory}Mi"},
            "evictionHard": {
                "memory.available": EVICTION_MEMORY,
                "nodefs.available": "10%",
                "nodefs.inodesFree": "5%",
                "imagefs.available": "15%",
            },
        }

    def flags(self) -> list[str]:
        """What KubeletConfiguration has no field for."""
        registered = ",".join(f"{key}={value}" for key, value in sorted(self.platform.node_labels(self.node).items()))
        name, address = self.node.name, self.node.address
        return [f"--hostname-override={name}", f"--node-ip={address}", f"--node-labels={registered}"]

    def pods(self) -> str:
        """Addresses of the machine's pods: of the cluster's pod network, a /24."""
        return str(next(ip_network(self.platform.cluster.network.pods).subnets(new_prefix=24)))
