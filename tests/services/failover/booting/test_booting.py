"""Nothing is simulated but the cloud: a node dies, a machine boots and joins, and a player is answered by it."""

from collections.abc import Iterator
from functools import partial

import pytest

from homeground.platform import Platform
from tests.cluster.agones import Agones
from tests.cluster.api import Json
from tests.cluster.conftest import discard_data
from tests.cluster.ports import Ports
from tests.cluster.vm import image
from tests.cluster.vm.echo_fleet import FLEET
from tests.cluster.vm.emulated import emulated
from tests.cluster.vm.player import ask
from tests.cluster.wait import wait_for
from tests.services.failover.booting.temporary_vm import TemporaryVms
from tests.services.failover.live.ground import Ground, ground

pytestmark = [pytest.mark.vm, pytest.mark.slow, pytest.mark.xdist_group("vm")]

HOME, ONLOOKER = "home-1", "onlooker"
GRACE_SECONDS = 40
BOOT_SECONDS, PLAYING_SECONDS, SECONDS = 420, 400, 240  # to give up after
PATIENT: Json = {
    "joinTimeout": BOOT_SECONDS,
    "hedgeAfter": BOOT_SECONDS,
    "temporaryGrace": 120,
    "runtimeHandler": "runc",
}


@pytest.fixture
def place(tmp_path_factory: pytest.TempPathFactory, ports: Ports) -> Iterator[Ground]:
    if reason := image.missing():
        pytest.skip(f"no node can boot here: {reason}")
    platform: Platform = emulated()
    vms = partial(TemporaryVms, image=image.node_image(), platform=platform)
    folder = tmp_path_factory.mktemp("booting")
    agones = partial(Agones, platform=platform, batch_wait="10ms")
    with ground(folder, ports, temporary=vms, agones=agones, grace_seconds=GRACE_SECONDS) as place:
        for number, name in enumerate((HOME, ONLOOKER), 1):
            place.add_machine(name, f"127.0.1.{number}")
        for machine in place.machines.values():
            machine.wait_ready()
        yield place
    discard_data(folder)


def ready_server(place: Ground, node: str) -> Json | None:
    """The Fleet's one server, Ready on that node."""
    found = place.api.list("agones.dev/v1", "GameServer", "default", "agones.dev/fleet=echo")
    here = [each for each in found if each["status"].get("nodeName") == node and each["status"]["state"] == "Ready"]
    return here[0] if here else None


def test_a_machine_boots_in_place_of_a_dead_node_and_answers_a_player(place: Ground) -> None:
    place.api.patch(place.machines[ONLOOKER].node, {"spec": {"unschedulable": True}})
    place.api.create(FLEET)
    wait_for("the server at home", lambda: ready_server(place, HOME), PLAYING_SECONDS)
    place.operator(**PATIENT)

    place.die(HOME)
    status = place.wait_phase(HOME, "Active", BOOT_SECONDS)
    machine = status["attempts"][0]["vmName"]
    server = wait_for("the server on the machine", lambda: ready_server(place, machine), PLAYING_SECONDS)
    (port,) = (each["port"] for each in server["status"]["ports"])
    vm = place.temporary.machines[machine]  # type: ignore[attr-defined]
    assert ask(vm.udp[port], "hello") == f"{server['metadata']['name']} hello"

    node = place.node(machine)
    assert node["spec"]["providerID"] == f"gce://homeground-test/{status['attempts'][0]['zone']}/{machine}"
    wait_for("the token to be off the machine", lambda: not token_in_metadata(place, machine), SECONDS)

    place.revive(HOME)
    place.wait_phase(HOME, "Completed", SECONDS)
    wait_for("nothing to be left", place.is_clean, SECONDS)
    assert not vm.process.running


def token_in_metadata(place: Ground, machine: str) -> bool:
    instances = place.gce.do(lambda: list(place.gce.cloud.instances.values()))
    (found,) = (each for each in instances if each.name == machine)
    return "homeground-bootstrap-kubeconfig" in {each["key"] for each in found.metadata}
