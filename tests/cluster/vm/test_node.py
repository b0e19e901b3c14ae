"""A node that really boots joins as we configure it, and plays."""

import tomllib

import pytest

from homeground import labels
from homeground.platform import Platform
from homeground.versions import PINS
from tests.cluster.agones import Agones
from tests.cluster.api import ApiError, Json, Ref
from tests.cluster.control_plane import ControlPlane
from tests.cluster.vm import container_image, containerd
from tests.cluster.vm.image import Image
from tests.cluster.vm.machine import VirtualMachine
from tests.cluster.vm.node_configuration import BOOTSTRAP_KUBECONFIG
from tests.cluster.vm.player import ask
from tests.cluster.wait import wait_for

pytestmark = [pytest.mark.vm, pytest.mark.slow, pytest.mark.xdist_group("vm")]

READY_SECONDS = 90
PLAYING_SECONDS = 90
FLEET: Json = {
    "apiVersion": "agones.dev/v1",
    "kind": "Fleet",
    "metadata": {"name": "echo", "namespace": "default"},
    "spec": {
        "replicas": 1,
        "template": {
            "spec": {
                "ports": [{"name": "game", "containerPort": container_image.GAME_PORT, "protocol": "UDP"}],
                "template": {
                    "spec": {
                        "containers": [
                            {
                                "name": "server",
                                "image": container_image.GAME_SERVER,
                                "imagePullPolicy": "Never",
                                "resources": {"limits": {"cpu": "500m", "memory": "64Mi"}},
                            }
                        ]
                    }
                },
            }
        },
    },
}


def test_it_is_ready_within_90_s_of_power_on(booted: VirtualMachine) -> None:
    assert booted.is_ready()
    assert booted.ready_after <= READY_SECONDS


def test_it_registers_as_the_facts_have_it(booted: VirtualMachine) -> None:
    node = booted.node()
    own = {key: value for key, value in node["metadata"]["labels"].items() if key.startswith(labels.DOMAIN)}
    assert own == {labels.SITE: "desk", labels.RUNNER: "true", labels.ALWAYS_ON: "true"}
    assert node["spec"]["providerID"] == "homeground://desk/booted"
    assert {"type": "InternalIP", "address": "10.0.2.15"} in node["status"]["addresses"]
    info = node["status"]["nodeInfo"]
    assert info["kubeletVersion"] == f"v{PINS['kubernetes']}"
    assert info["containerRuntimeVersion"] == f"containerd://{containerd.UPSTREAM.version}"


def test_kubelet_and_containerd_agree_on_the_systemd_driver(booted: VirtualMachine) -> None:
    assert booted.kubelet.configuration()["cgroupDriver"] == "systemd"
    runtime = tomllib.loads(booted.agent.run("containerd config dump"))["plugins"]["io.containerd.cri.v1.runtime"]
    assert runtime["containerd"]["runtimes"]["runc"]["options"]["SystemdCgroup"] is True
    # What the runtime says wins over kubelet's own setting, and only the log tells (KEP-4033).
    told = booted.agent.run("journalctl --unit kubelet --grep 'cgroup driver setting received from the CRI runtime'")
    assert 'cgroupDriver="systemd"' in told


@pytest.mark.usefixtures("pod")
def test_containers_are_in_slices_of_cgroup_v2(booted: VirtualMachine) -> None:
    assert booted.agent.run("stat --file-system --format=%T /sys/fs/cgroup").strip() == "cgroup2fs"
    found = booted.agent.run("find /sys/fs/cgroup -name '*cri-containerd*'").split()
    # A driver that takes systemd's names for paths makes folders of colons (kata-containers#8245).
    assert found
    assert [path for path in found if ":" in path or not path.endswith(".scope")] == []
    assert all(path.startswith("/sys/fs/cgroup/kubepods.slice/") for path in found)


def test_the_token_it_joined_with_is_good_for_nothing_now(
    vm_control_plane: ControlPlane, booted: VirtualMachine
) -> None:
    written = booted.agent.run(f"cat {BOOTSTRAP_KUBECONFIG}")
    token = next(line.split()[-1] for line in written.splitlines() if "token:" in line)
    stranger = vm_control_plane.api.with_token(token)
    with pytest.raises(ApiError) as refused:
        stranger.list("certificates.k8s.io/v1", "CertificateSigningRequest")
    stranger.close()
    assert refused.value.status == 401


def test_a_fleet_plays_on_it(vm_control_plane: ControlPlane, booted: VirtualMachine, platform: Platform) -> None:
    api = vm_control_plane.api

    def ready() -> Json | None:
        (server,) = api.list("agones.dev/v1", "GameServer", "default", "agones.dev/fleet=echo")
        return server if server["status"]["state"] == "Ready" else None

    with Agones(vm_control_plane, platform):
        api.create(FLEET)
        server = wait_for("the fleet's server to be Ready", ready, PLAYING_SECONDS)
        name, status = server["metadata"]["name"], server["status"]
        assert (status["nodeName"], status["address"]) == ("booted", "10.0.2.15")
        port = booted.udp[status["ports"][0]["port"]]
        assert ask(port, "hello") == f"{name} hello"
        api.delete(Ref("agones.dev/v1", "Fleet", "echo", "default"))
        wait_for(
            "the server's pod to be gone", lambda: not api.find(Ref("v1", "Pod", name, "default")), PLAYING_SECONDS
        )
        assert ask(port, "still there?") == ""


def test_booting_never_writes_to_the_cached_disk(booted: VirtualMachine, node_image: Image) -> None:
    assert "ext4" in booted.agent.run("touch /written && grep ' / ' /proc/mounts")
    assert node_image.disk.stat().st_mtime < booted.folder.stat().st_ctime
