"""Whoever reads a machine's start-up data has its token: what it opens on a real API server, and what it costs a thief.

The answers of each attempt are in the assertions: they are what the token's holder gets.
"""

from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from tests.cluster.api import Api, ApiError, Json, Ref
from tests.cluster.wait import wait_for
from tests.doubles.agones.world import fleet
from tests.services.failover.live.conftest import HOMES
from tests.services.failover.live.ground import Ground
from tests.services.failover.live.temporary_machine import REQUEST, TemporaryMachine, request

pytestmark = [pytest.mark.cluster, pytest.mark.slow, pytest.mark.xdist_group("failover")]

HOME, OTHER = HOMES


class Thief:
    """Does something with the token of the first machine that boots, before the machine itself asks for anything."""

    def __init__(self, act: Callable[[Api, TemporaryMachine], Any]) -> None:
        self._act, self.machine, self.got = act, "", None

    def __call__(self, machine: TemporaryMachine, api: Api) -> None:
        if not self.machine:
            self.machine, self.got = machine.guest.name, self._act(api, machine)


def ask_for(name: str) -> Callable[[Api, TemporaryMachine], Json]:
    """Ask for a kubelet's certificate; an empty name is the machine's own."""
    return lambda api, machine: api.create(request(name or machine.guest.name, ec.generate_private_key(ec.SECP256R1())))


def failed_over(place: Ground, thief: Thief) -> str:
    """Kill the home node with a thief at its machine; the reason why the attempt ended, once another one plays."""
    place.simulated.thief = thief
    place.operator()
    place.die(HOME)
    try:
        status = place.wait_phase(HOME, "Active")
    finally:
        place.simulated.thief = None
    stands_in = next(each["vmName"] for each in status["attempts"] if each.get("state") == "Open")
    assert stands_in != thief.machine
    wait_for("the machine of the thief to be gone", lambda: thief.machine not in place.instances(), 240)
    wait_for("its node to be gone", lambda: thief.machine not in place.temporary_nodes(), 240)
    reasons = [each for each in told(place) if thief.machine in each]
    return next(each for each in reasons if each.startswith("AttemptFailed"))


def told(place: Ground) -> list[str]:
    events = place.api.list("events.k8s.io/v1", "Event")
    return [f"{each['reason']}: {each.get('note', '')}" for each in events]


def approvals(place: Ground, name: str) -> list[str]:
    """Of the requests for a node's certificate."""
    found = place.api.list(*REQUEST)
    mine = [each for each in found if each["metadata"]["name"] == name]
    return [kind["type"] for each in mine for kind in each.get("status", {}).get("conditions", ())]


def test_a_request_under_another_name_is_never_signed_and_ends_the_attempt(place: Ground) -> None:
    thief = Thief(ask_for(OTHER))
    assert "WrongRequest" in failed_over(place, thief)
    assert thief.got is not None
    assert approvals(place, thief.got["metadata"]["name"]) == []


def test_two_requests_with_one_token_end_the_attempt(place: Ground) -> None:
    """Either may be the thief's. One may have been signed before the other came: the machine and its node go."""
    thief = Thief(ask_for(""))
    assert "SecondRequest" in failed_over(place, thief)


def test_the_token_opens_nothing_else(place: Ground) -> None:
    thief = Thief(answers)
    place.simulated.thief = thief
    place.operator()
    place.die(HOME)
    place.wait_phase(HOME, "Active")
    place.simulated.thief = None
    assert thief.got == dict.fromkeys(THEFTS, 403)


def answers(api: Api, _: TemporaryMachine) -> dict[str, int]:
    return {name: status_of(api, theft) for name, theft in THEFTS.items()}


THEFTS: dict[str, Callable[[Api], Any]] = {
    "reads Secrets": lambda api: api.list("v1", "Secret", "kube-system"),
    "makes a Node": lambda api: api.create({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "fo-mine"}}),
    "deletes a Node": lambda api: api.delete(Ref("v1", "Node", HOME)),
    "reads GameServers": lambda api: api.list("agones.dev/v1", "GameServer"),
    "makes a Fleet": lambda api: api.create(fleet("mine", "default", 1)),
    "reads records": lambda api: api.list("homeground.dev/v1", "NodeFailover"),
}


def status_of(api: Api, theft: Callable[[Api], Any]) -> int:
    try:
        theft(api)
    except ApiError as error:
        return error.status
    return 200
