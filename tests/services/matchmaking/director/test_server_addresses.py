"""Where players reach a server."""

import pytest

from kubeclient.resources import Json
from matchmaking.director.addresses import NoAddressError, Routes, of_failovers, of_server, suspects
from matchmaking.director.observer import server as observed
from matchmaking.settings import Endpoint

NOTHING = Routes({}, {})


def server(node: str = "desk-1", **status: object) -> Json:
    ports = [{"name": "beacon", "port": 7001}, {"name": "game", "port": 7000}]
    return {
        "metadata": {"name": "arena-x"},
        "status": {"nodeName": node, "address": "10.0.0.1", "ports": ports} | status,
    }


def known(kind: str, *hosts: str) -> list[Json]:
    return [{"type": kind, "address": each} for each in hosts]


@pytest.mark.parametrize(
    ("status", "addresses"),
    [
        ({}, ("10.0.0.1:7000",)),
        ({"address": "2001:db8::1"}, ("[2001:db8::1]:7000",)),
        ({"address": "node.example"}, ("node.example:7000",)),
        ({"addresses": known("InternalIP", "10.0.0.1", "fd00::1")}, ("10.0.0.1:7000", "[fd00::1]:7000")),
        ({"addresses": known("InternalIP", "10.0.0.1", "10.0.0.9")}, ("10.0.0.1:7000",)),
        (
            {"addresses": known("InternalIP", "10.0.0.1") + known("PodIP", "fd00::5")},
            ("10.0.0.1:7000",),
        ),
    ],
)
def test_what_agones_tells(status: Json, addresses: tuple[str, ...]) -> None:
    assert of_server(server(**status), "game", NOTHING) == addresses


def test_the_settings_win_then_the_temporary_machine() -> None:
    routes = Routes({"desk-1": Endpoint(ipv4="203.0.113.1", ipv6="2001:db8::1")}, {"desk-1": "x", "fo-1": "192.0.2.7"})
    assert of_server(server(), "game", routes) == ("203.0.113.1:7000", "[2001:db8::1]:7000")
    assert of_server(server("fo-1"), "beacon", routes) == ("192.0.2.7:7001",)
    six = Routes({"desk-1": Endpoint(ipv6="2001:db8::1")}, {})
    assert of_server(server(), "game", six) == ("[2001:db8::1]:7000",)


@pytest.mark.parametrize(
    ("given", "port", "complaint"),
    [
        (server(), "voice", "arena-x has no port 'voice'"),
        (server(ports=None), "game", "no port"),
        (server(address=""), "game", "arena-x on desk-1 has no address"),
        (server("", address=""), "game", "on no node has no address"),
        ({"metadata": {"name": "new"}}, "game", "no port"),
    ],
)
def test_a_server_that_nobody_could_reach_is_told(given: Json, port: str, complaint: str) -> None:
    with pytest.raises(NoAddressError, match=complaint):
        of_server(given, port, NOTHING)


def test_the_public_endpoint_is_the_open_machines() -> None:
    attempts = [
        {"vmName": "fo-1", "state": "Draining"},
        {"vmName": "fo-2", "state": "Open"},
        {"vmName": "fo-3", "state": "Requested"},
    ]
    records: list[Json] = [
        {"status": {"publicEndpoint": "192.0.2.7", "attempts": attempts}},
        {"status": {"attempts": [{"vmName": "fo-9", "state": "Open"}]}},
        {"status": {"publicEndpoint": "192.0.2.8"}},
        {},
    ]
    assert of_failovers(records) == {"fo-2": "192.0.2.7"}


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ({"conditions": [{"type": "Ready", "status": "True"}, {"type": "Suspected", "status": "True"}]}, {"home-1"}),
        ({"conditions": [{"type": "Suspected", "status": "False"}, {"type": "Blocked", "status": "True"}]}, set()),
        ({"attempts": [{"vmName": "fo-1", "suspected": True}, {"vmName": "fo-2"}]}, {"fo-1"}),
        ({"phase": "Draining"}, set()),
        ({}, set()),
    ],
)
def test_a_node_is_suspect_if_a_record_says_so(status: Json, expected: set[str]) -> None:
    assert suspects({"metadata": {"name": "home-1"}, "status": status}) == expected


def test_without_a_record_or_a_word_in_it_no_node_is_suspect() -> None:
    assert suspects(None) == suspects({"metadata": {"name": "home-1"}}) == set()


def test_a_server_in_a_match_on_a_node_that_is_suspect_is_suspect() -> None:
    given: Json = {
        "metadata": {"namespace": "n", "name": "gs", "uid": "u", "resourceVersion": "1"},
        "status": {"state": "Allocated", "nodeName": "home-1", "address": "192.0.2.1", "ports": []},
    }
    assert observed(given, "game", Routes({}, {}, frozenset({"home-1"}))).suspect
    assert not observed(given, "game", Routes({}, {}, frozenset({"home-2"}))).suspect
