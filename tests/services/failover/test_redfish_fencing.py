"""Cutting the power by Redfish: what counts is that it is read to be off then, not that the cut was accepted."""

import json
from pathlib import Path

import pytest

from tests.cluster.authority import Authority
from tests.doubles.redfish import PASSWORD, PATH, RESET, USER, Fault
from tests.services.failover.questioned import asked

READ = ("GET", PATH)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("controllers"))


@pytest.fixture
def credentials(tmp_path: Path) -> Path:
    path = tmp_path / "credentials"
    path.write_text(json.dumps({"username": USER, "password": PASSWORD}))
    return path


@pytest.mark.asyncio
@pytest.mark.parametrize("authentication", ["basic", "session"])
async def test_power_is_cut_and_then_read(authority: Authority, credentials: Path, authentication: str) -> None:
    async with asked(authority, credentials, fence=True, authentication=authentication) as (controller, redfish):
        controller.after_reset = ["On", "PoweringOff", "PoweringOff", "Off"]
        reading = await redfish.fence()
        assert (reading.off, reading.said) == (True, "Off")
        assert controller.resets == [{"ResetType": "ForceOff"}]
        assert controller.calls.count(f"GET {PATH}") == 5
        assert controller.sessions == {}


@pytest.mark.asyncio
async def test_power_is_not_cut_where_that_is_not_allowed(authority: Authority, credentials: Path) -> None:
    async with asked(authority, credentials) as (controller, redfish):
        reading = await redfish.fence()
        assert (reading.off, reading.said) == (False, "its power may not be cut")
        assert controller.calls == []


@pytest.mark.asyncio
async def test_what_is_off_is_not_cut_again(authority: Authority, credentials: Path) -> None:
    async with asked(authority, credentials, fence=True) as (controller, redfish):
        controller.power = "Off"
        assert (await redfish.fence()).off
        assert controller.resets == []


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("states", "said"), [(["On"], "On"), (["PoweringOff"], "PoweringOff"), (["PoweringOff", "On"], "On")]
)
async def test_a_cut_that_does_not_lead_to_off_is_no_evidence(
    authority: Authority, credentials: Path, states: list[str], said: str
) -> None:
    async with asked(authority, credentials, fence=True, fenceSeconds=5) as (controller, redfish):
        controller.after_reset = states
        reading = await redfish.fence()
        assert (reading.off, reading.said) == (False, f"{said}, 5 s after ForceOff")
        assert len(controller.resets) == 1


@pytest.mark.asyncio
async def test_an_answer_to_the_cut_is_no_evidence(authority: Authority, credentials: Path) -> None:
    async with asked(authority, credentials, fence=True, fenceSeconds=3) as (controller, redfish):
        controller.faults = {("POST", RESET): [Fault.IGNORED]}
        assert (await redfish.fence()).said == "On, 3 s after ForceOff"


@pytest.mark.asyncio
async def test_a_cut_whose_answer_is_lost_is_read_all_the_same(authority: Authority, credentials: Path) -> None:
    async with asked(authority, credentials, fence=True) as (controller, redfish):
        controller.faults = {("POST", RESET): [Fault.LOST]}
        assert (await redfish.fence()).off
        assert len(controller.resets) == 1


@pytest.mark.asyncio
async def test_a_controller_that_stumbles_after_the_cut_is_read_again(authority: Authority, credentials: Path) -> None:
    async with asked(authority, credentials, fence=True) as (controller, redfish):
        controller.faults = {READ: [None, Fault.UNAVAILABLE, Fault.HALF, Fault.NOT_JSON]}
        controller.after_reset = ["Off"]
        assert (await redfish.fence()).off
        assert controller.faults[READ] == []


@pytest.mark.asyncio
async def test_a_refused_cut_is_said(authority: Authority, credentials: Path) -> None:
    async with asked(authority, credentials, fence=True) as (controller, redfish):
        controller.faults = {("POST", RESET): [Fault.UNAVAILABLE]}
        reading = await redfish.fence()
        assert (reading.off, reading.said) == (False, "ForceOff: HTTP 503")


ACTIONS: dict[str, tuple[object, str]] = {
    "no actions": (None, "it has no reset"),
    "another action": ({"#ComputerSystem.SetDefaultBootOrder": {"target": PATH}}, "it has no reset"),
    "no target": ({"#ComputerSystem.Reset": {}}, "it has no reset"),
    "another machine's": (
        {"#ComputerSystem.Reset": {"target": "/redfish/v1/Systems/2/Actions/ComputerSystem.Reset"}},
        "a reset that is another resource's: '/redfish/v1/Systems/2/Actions/ComputerSystem.Reset'",
    ),
    "a path that leads away": (
        {"#ComputerSystem.Reset": {"target": f"{PATH}/Actions/../../2"}},
        f"a reset that is another resource's: '{PATH}/Actions/../../2'",
    ),
    "another server's": (
        {"#ComputerSystem.Reset": {"target": f"https://evil.example{PATH}/Actions/x"}},
        f"a reset that is another resource's: 'https://evil.example{PATH}/Actio",
    ),
    "no such reset": (
        {"#ComputerSystem.Reset": {"target": RESET, "ResetType@Redfish.AllowableValues": ["On"]}},
        "ForceOff is not among its resets",
    ),
}


@pytest.mark.asyncio
@pytest.mark.parametrize(("actions", "said"), ACTIONS.values(), ids=ACTIONS)
async def test_only_this_machines_own_reset_is_used(
    authority: Authority, credentials: Path, actions: object, said: str
) -> None:
    async with asked(authority, credentials, fence=True) as (controller, redfish):
        controller.changes = {"Actions": actions}
        reading = await redfish.fence()
        assert not reading.off
        assert reading.said.startswith(said)
        assert not any(call.startswith("POST") for call in controller.calls)
