"""Redfish: "Off", said clearly by the machine that was asked, is evidence; nothing else that may come back is."""

import asyncio
import contextlib
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from failover.redfish import Redfish, RedfishTarget, asking
from failover.redfish_session import Credentials
from tests.cluster.authority import Authority
from tests.doubles.clock import VirtualClock
from tests.doubles.redfish import PASSWORD, PATH, SESSIONS, SYSTEM, USER, UUID, Controller, Fault
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
async def test_a_machine_without_power_is_off(authority: Authority, credentials: Path, authentication: str) -> None:
    async with asked(authority, credentials, authentication=authentication, uuid=UUID.upper()) as (controller, redfish):
        controller.power = "Off"
        reading = await redfish.power()
        assert (reading.off, reading.said) == (True, "Off")
        assert controller.sessions == {}


@pytest.mark.asyncio
async def test_a_session_is_begun_once_and_given_back(authority: Authority, credentials: Path) -> None:
    async with asked(authority, credentials, authentication="session") as (controller, redfish):
        controller.location_prefix = "https://bmc.example"  # as some controllers write it
        await redfish.power()
        assert [call.split("/Sessions/")[0] for call in controller.calls] == [
            f"POST {SESSIONS}", f"GET {PATH}", "DELETE /redfish/v1/SessionService"
        ]  # fmt: skip
        assert controller.sessions == {}


@pytest.mark.asyncio
@pytest.mark.parametrize("state", ["On", "PoweringOff", "PoweringOn", "Paused", "off", "OFF", "Off ", "", "Unknown"])
async def test_no_other_state_is_off(authority: Authority, credentials: Path, state: str) -> None:
    async with asked(authority, credentials) as (controller, redfish):
        controller.power = state
        reading = await redfish.power()
        assert (reading.off, reading.said) == (False, state)


CHANGES: dict[str, tuple[dict[str, Any], str]] = {
    "no state": ({"PowerState": None}, "None"),
    "a state that is no text": ({"PowerState": ["Off"]}, "['Off']"),
    "a state that is false": ({"PowerState": False}, "False"),
    "no type": ({"@odata.type": None}, "not a ComputerSystem: 'None'"),
    "a chassis, whose power state is of its supplies": (
        {"@odata.type": "#Chassis.v1_25_0.Chassis"},
        "not a ComputerSystem: '#Chassis.v1_25_0.Chassis'",
    ),
    "a collection": (
        {"@odata.type": "#ComputerSystemCollection.ComputerSystemCollection"},
        "not a ComputerSystem: '#ComputerSystemCollection.ComputerSystemCollection'",
    ),
    "a type of somebody's own": (
        {"@odata.type": "#ComputerSystem.v1_22_0.ComputerSystemOem"},
        "not a ComputerSystem: '#ComputerSystem.v1_22_0.ComputerSystemOem'",
    ),
    "another system": ({"@odata.id": "/redfish/v1/Systems/2"}, "another resource: '/redfish/v1/Systems/2'"),
    "no identity": ({"@odata.id": None}, "another resource: 'None'"),
    "another machine": ({"UUID": "0" * 8}, "another machine: its UUID is '00000000'"),
    "no UUID": ({"UUID": None}, "another machine: its UUID is 'None'"),
}


@pytest.mark.asyncio
@pytest.mark.parametrize(("changes", "said"), CHANGES.values(), ids=CHANGES)
async def test_an_answer_that_is_not_of_this_machine_is_no_evidence(
    authority: Authority, credentials: Path, changes: dict[str, Any], said: str
) -> None:
    async with asked(authority, credentials, uuid=UUID) as (controller, redfish):
        controller.power = "Off"
        controller.changes = changes
        reading = await redfish.power()
        assert (reading.off, reading.said) == (False, said)


@pytest.mark.asyncio
async def test_an_identity_with_a_slash_behind_it_is_the_same(authority: Authority, credentials: Path) -> None:
    async with asked(authority, credentials) as (controller, redfish):
        controller.power, controller.changes = "Off", {"@odata.id": f"{PATH}/"}
        assert (await redfish.power()).off


FAULTS = {
    Fault.UNAVAILABLE: "HTTP 503",
    Fault.HANGS: "no answer in time",
    Fault.LOST: "no answer: ",
    Fault.HALF: "no answer: ",
    Fault.NOT_JSON: "not a JSON object",
    Fault.A_LIST: "not a JSON object",
    Fault.ENDLESS: "more than 1048576 bytes",
    Fault.MOVED: "HTTP 307",
    Fault.IGNORED: "HTTP 204",
}


@pytest.mark.asyncio
@pytest.mark.parametrize("fault", Fault, ids=lambda fault: fault.name)
async def test_a_fault_is_no_evidence_and_the_next_reading_is(
    authority: Authority, credentials: Path, fault: Fault
) -> None:
    async with asked(authority, credentials, callSeconds=0.5 if fault is Fault.HANGS else 20) as (controller, redfish):
        controller.power, controller.faults = "Off", {READ: [fault] * 2}  # aiohttp itself asks again once, where it may
        reading = await redfish.power()
        assert not reading.off
        assert reading.said.startswith(FAULTS[fault])
        assert f"GET {PATH}" in controller.calls
        assert "GET /redfish/v1/elsewhere" not in controller.calls
    async with asked(authority, credentials) as (controller, redfish):
        controller.power = "Off"
        assert (await redfish.power()).off


# Who asks whom


@pytest.mark.asyncio
@pytest.mark.parametrize(("authentication", "said"), [("basic", "HTTP 401"), ("session", "no session: HTTP 401")])
async def test_wrong_credentials_are_no_evidence(
    authority: Authority, credentials: Path, authentication: str, said: str
) -> None:
    credentials.write_text(json.dumps({"username": USER, "password": "wrong"}))
    async with asked(authority, credentials, authentication=authentication) as (controller, redfish):
        controller.power = "Off"
        reading = await redfish.power()
        assert (reading.off, reading.said) == (False, said)


@pytest.mark.asyncio
async def test_replaced_credentials_are_read_anew(authority: Authority, credentials: Path) -> None:
    right = credentials.read_text()
    credentials.write_text(json.dumps({"username": USER, "password": "old"}))
    async with asked(authority, credentials) as (controller, redfish):
        controller.power = "Off"
        assert not (await redfish.power()).off
        credentials.write_text(right)
        assert (await redfish.power()).off


@pytest.mark.asyncio
async def test_a_controller_without_a_free_session_is_no_evidence(authority: Authority, credentials: Path) -> None:
    async with asked(authority, credentials, authentication="session") as (controller, redfish):
        controller.power, controller.session_limit = "Off", 0
        assert (await redfish.power()).said == "no session: HTTP 503"
        assert controller.calls == [f"POST {SESSIONS}"]


BAD_FILES = {
    "empty": "",
    "no JSON": "username: x",
    "no password": '{"username": "geheim"}',
    "a list": '["geheim"]',
    "a colon": '{"username": "a:b", "password": "geheim"}',
}


@pytest.mark.asyncio
@pytest.mark.parametrize("content", BAD_FILES.values(), ids=BAD_FILES)
async def test_a_credentials_file_that_is_none_is_named_without_its_content(
    authority: Authority, credentials: Path, content: str
) -> None:
    credentials.write_text(content)
    async with asked(authority, credentials) as (controller, redfish):
        reading = await redfish.power()
        assert (reading.off, reading.said) == (False, f"{credentials}: not JSON with username and password")
        assert controller.calls == []


@pytest.mark.asyncio
async def test_files_that_are_not_there_are_named(authority: Authority, credentials: Path, tmp_path: Path) -> None:
    async with asked(authority, tmp_path / "nothing") as (_, redfish):
        assert (await redfish.power()).said == f"{tmp_path}/nothing: No such file or directory"
    empty = tmp_path / "empty"
    empty.touch()
    for authority_file, why in ((tmp_path / "nothing", "No such file or directory"), (empty, "no certificate")):
        target = RedfishTarget(
            url="https://127.0.0.1", system=SYSTEM, credentials_file=str(credentials), ca_file=str(authority_file)
        )
        reading = await Redfish(target, VirtualClock()).power()
        assert not reading.off
        assert reading.said.startswith(f"{authority_file}: {why}")


@pytest.mark.asyncio
@pytest.mark.parametrize("case", ["the system's authorities", "another authority", "another host"])
async def test_a_controller_that_can_not_be_believed_gets_no_credentials(
    authority: Authority, credentials: Path, tmp_path: Path, case: str
) -> None:
    believed = Authority(tmp_path / "other") if case == "another authority" else authority
    hosts = ("bmc.example",) if case == "another host" else ("127.0.0.1",)
    async with Controller(authority, hosts=hosts) as controller:
        controller.power = "Off"
        target = RedfishTarget(
            url=controller.url, system=SYSTEM, credentials_file=str(credentials),
            ca_file="" if case == "the system's authorities" else str(believed.ca),
        )  # fmt: skip
        reading = await Redfish(target, VirtualClock()).power()
        assert not reading.off
        assert "certificate verify failed" in reading.said
        assert controller.calls == []


@pytest.mark.asyncio
async def test_nobody_there_is_no_evidence(authority: Authority, credentials: Path) -> None:
    """A controller without power says nothing: the machine may have some, by another supply."""
    async with asked(authority, credentials) as (_, redfish):
        pass
    reading = await redfish.power()
    assert not reading.off
    assert reading.said.startswith("no answer: ")


@pytest.mark.asyncio
async def test_a_question_given_up_gives_its_session_back(authority: Authority, credentials: Path) -> None:
    async with asked(authority, credentials, authentication="session") as (controller, redfish):
        controller.faults = {READ: [Fault.HANGS]}
        asking = asyncio.create_task(redfish.power())
        async with asyncio.timeout(20):
            while f"GET {PATH}" not in controller.calls:
                await asyncio.sleep(0.01)
        assert len(controller.sessions) == 1
        asking.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asking
        assert controller.sessions == {}


@pytest.mark.parametrize(
    "fields",
    [
        {"url": "http://10.0.0.9"},
        {"url": "https://user:pw@10.0.0.9"},
        {"url": "https://10.0.0.9/redfish/v1"},
        {"url": "https://10.0.0.9\n"},
        {"system": "../Chassis/1"},
        {"system": ""},
        {"authentication": "none"},
        {"callSeconds": 0},
        {"verify": False},
    ],
    ids=str,
)
def test_targets_that_can_not_be_are_refused(fields: dict[str, object]) -> None:
    right: dict[str, object] = {"url": "https://10.0.0.9", "system": "1", "credentialsFile": "/c"}
    assert msgspec.convert(right, RedfishTarget).call_seconds == 5
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(right | fields, RedfishTarget)


@pytest.mark.asyncio
async def test_asked_by_the_operator_only_off_is_true_and_what_was_said_is_logged(
    authority: Authority, credentials: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with asked(authority, credentials) as (controller, redfish):
        ask = asking(redfish.target, VirtualClock())
        with caplog.at_level("INFO", "failover.redfish"):
            assert not await ask()
            controller.power = "PoweringOff"
            assert not await ask()
            controller.power = "Off"
            assert await ask()
        assert [record.getMessage().rpartition(": ")[2] for record in caplog.records] == ["On", "PoweringOff", "Off"]
        assert PASSWORD not in caplog.text


def test_credentials_are_in_no_representation() -> None:
    assert PASSWORD not in repr([Credentials(USER, PASSWORD)])
