"""Requests that must get nowhere, each with the answer it gets: nothing is left behind, and nobody else notices."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import pytest_asyncio

from tests.services.matchmaking.api.ground import DUEL, Answer, Ground, Player, ground

pytestmark = pytest.mark.asyncio(loop_scope="module")

GOOD = {"mode": DUEL.id}


class Case(NamedTuple):
    title: str
    status: int
    method: str = "POST"
    path: str = "/v1/tickets"
    body: Any = GOOD
    headers: dict[str, str] = {}
    kind: str = ""
    """The end of the problem's type."""


def said(title: str, body: Any, status: int = 400, kind: str = "") -> Case:
    return Case(title, status, body=body, kind=kind)


def to(title: str, method: str, path: str, status: int = 404, body: Any = None) -> Case:
    return Case(title, status, method, path, body)


NESTED = b"[" * 5000 + b"]" * 5000
CASES = [
    said("no body", b""),
    said("no JSON", b"{"),
    said("a list", []),
    said("a number", 7),
    said("null", b"null"),
    said("not UTF-8", b'{"mode": "\xff"}'),
    said("deep", NESTED),
    said("no mode", {}),
    said("a mode that is none", {"mode": "arena/chess"}, 422, "no-mode"),
    said("mode a number", {"mode": 1}),
    said("mode empty", {"mode": ""}),
    said("mode endless", {"mode": "x" * 1000}),
    said("a misspelt field", GOOD | {"skil": 3}),
    said("an internal field", GOOD | {"priority": 1}),
    said("skill as text", GOOD | {"skill": "best"}),
    said("skill beyond all", GOOD | {"skill": 1e300}),
    said("skill not a number", b'{"mode": "arena/duel", "skill": NaN}'),
    said("skill infinite", b'{"mode": "arena/duel", "skill": 1e999}'),
    said("latency negative", GOOD | {"latencies": {"attic": -1}}),
    said("latency of an hour", GOOD | {"latencies": {"attic": 3_600_000}}),
    said("latencies of a hundred sites", GOOD | {"latencies": {f"s{each}": 1 for each in range(100)}}),
    said("latency of a long name", GOOD | {"latencies": {"s" * 100: 1}}),
    said("a party of strangers", GOOD | {"party": [{"token": "a.b.c"}]}, 422, "party-member"),
    said("a party of nobody", GOOD | {"party": [{}]}),
    said("a party of names", GOOD | {"party": ["anna"]}),
    said("a party of ids", GOOD | {"party": [{"player": "guest:anna"}]}),
    said("a party beyond all", GOOD | {"party": [{"token": "x"}] * 1000}),
    said("far too large", b'{"mode": "' + b"x" * 40_000 + b'"}', 413),
    Case("as a form", 400, body=b"mode=arena%2Fduel", headers={"Content-Type": "application/x-www-form-urlencoded"}),
    Case("a key beyond all", 400, headers={"Idempotency-Key": "k" * 500}),
    to("somebody else's ticket", "GET", "/v1/tickets/{other}"),
    to("to cancel somebody else's", "DELETE", "/v1/tickets/{other}"),
    to("no such ticket", "GET", "/v1/tickets/" + "0" * 32),
    to("a ticket's path", "GET", "/v1/tickets/..%2f..%2fetc%2fpasswd"),
    to("a ticket in capitals", "GET", "/v1/tickets/" + "A" * 32, 400),
    to("a wait that is none", "GET", "/v1/tickets/{own}?wait=soon", 400),
    to("a wait of a day", "GET", "/v1/tickets/{own}?wait=86400", 400),
    to("a wait into the past", "GET", "/v1/tickets/{own}?wait=-1", 400),
    to("a wait that is not a number", "GET", "/v1/tickets/{own}?wait=nan", 400),
    to("no such path", "GET", "/v2/tickets"),
    to("a method that is none here", "PUT", "/v1/tickets/{own}", 405, {}),
    to("a page", "GET", "/schema/swagger"),
    to("the match of nobody", "GET", "/v1/match"),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def place(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Ground]:
    async with ground(tmp_path_factory.mktemp("hostile")) as found:
        yield found


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
async def test_it_gets_nowhere(case: Case, place: Ground) -> None:
    victim, attacker = await place.player(), await place.player()
    other = (await victim.ask("POST", "/v1/tickets", GOOD)).body["id"]
    own = ""
    if "{own}" in case.path:
        own = (await attacker.ask("POST", "/v1/tickets", GOOD)).body["id"]
    before = await place.waiting()
    path = case.path.format(other=other, own=own)
    body = json.dumps(case.body).encode() if case.body is not None and not isinstance(case.body, bytes) else case.body
    headers = {"Content-Type": "application/json"} | case.headers
    answer = await attacker.ask(case.method, path, body, **headers)
    assert answer.status == case.status, answer.body
    _is_a_problem(answer, case.kind)
    assert await place.waiting() == before
    assert (await victim.ask("GET", f"/v1/tickets/{other}")).body["state"] == "waiting"
    if not own:
        made = await attacker.ask("POST", "/v1/tickets", GOOD)
        assert made.status == 201, "the attacker is no worse off than anyone"


def _is_a_problem(answer: Answer, kind: str) -> None:
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert answer.body["status"] == answer.status
    assert answer.body.get("type", "").endswith(kind)
    told = json.dumps(answer.body)
    for secret in ("Traceback", ".py", "site-packages"):
        assert secret not in told


@pytest.mark.parametrize("path", ["/v1/match", "/v1/tickets/" + "0" * 32])
@pytest.mark.parametrize("token", ["", "Bearer", "Bearer a.b.c", "Basic YTpi", "bearer  ", "Bearer \u00ff"])
async def test_nobody_gets_nothing(path: str, token: str, place: Ground) -> None:
    answer = await Player(place.http).ask("GET", path, None, **({"Authorization": token} if token else {}))
    assert answer.status == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    _is_a_problem(answer, "/unauthorized")


async def raw(place: Ground, request: bytes) -> bytes:
    """What a server says to bytes, until it closes or is silent."""
    reader, writer = await asyncio.open_connection("127.0.0.1", place.port)
    writer.write(request)
    await writer.drain()
    found = b""
    try:
        async with asyncio.timeout(1):
            while part := await reader.read(65_536):
                found += part
    except (TimeoutError, ConnectionError):
        pass
    writer.close()
    return found


SMUGGLED = {
    "two lengths": b"POST /v1/guests HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
    "a length and chunks": (
        b"POST /v1/guests HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"0\r\n\r\nGET /v1/match HTTP/1.1\r\nHost: x\r\n\r\n"
    ),
    "chunked twice": (b"POST /v1/guests HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n"),
    "a length below zero": b"POST /v1/guests HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    "a space before the colon": b"GET /v1/match HTTP/1.1\r\nHost: x\r\nContent-Length : 3\r\n\r\nabc",
    "a folded header": b"GET /v1/match HTTP/1.1\r\nHost: x\r\nX: a\r\n\tb: c\r\n \r\n\r\n\x00",
    "a bare newline": b"GET /v1/match HTTP/1.1\nHost: x\nX: \x00\n\n",
    "no version": b"GET /v1/match\r\n\r\n",
    "a header of a megabyte": b"GET /v1/match HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 1_000_000 + b"\r\n\r\n",
    "no HTTP": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 64,
}


@pytest.mark.parametrize("title", SMUGGLED)
async def test_what_can_be_read_in_two_ways_is_not_read(title: str, place: Ground) -> None:
    answer = await raw(place, SMUGGLED[title])
    statuses = [line for line in answer.split(b"\r\n") if line.startswith(b"HTTP/1.1 ")]
    assert len(statuses) <= 1, "of one request there is one answer at most"
    assert not statuses or statuses[0].split()[1] in (b"400", b"401", b"431"), answer
    assert (await (await place.player()).ask("POST", "/v1/tickets", GOOD)).status == 201


async def test_a_flood_is_told_to_wait(tmp_path: Path) -> None:
    async with ground(tmp_path, per_player="5/minute", per_address="60/minute") as flooded:
        anna, ben = await flooded.player(), await flooded.player()
        answers = [await anna.ask("POST", "/v1/tickets", GOOD) for _ in range(8)]
        assert [each.status for each in answers] == [201] + [409] * 4 + [429] * 3
        assert 0 < int(answers[-1].headers["retry-after"]) <= 60
        assert (await ben.ask("POST", "/v1/tickets", GOOD)).status == 201, "another player is not meant"
        others = [await ben.ask("GET", "/v1/match") for _ in range(60)]
        assert others[-1].status == 429
        forged = await ben.ask("GET", "/v1/match", None, X_Forwarded_For="198.51.100.7")
        assert forged.status == 429, "who one is, is not told by a header"
