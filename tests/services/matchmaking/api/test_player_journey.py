"""From "play" to an address and a token, over real HTTP."""

import asyncio
import json
from pathlib import Path

import pytest

from matchmaking.tokens import jwks
from matchmaking.tokens.verify import Verifier
from tests.services.matchmaking.api.ground import DUEL, ISSUER, Ground, Player, ground

pytestmark = pytest.mark.asyncio


async def queued(player: Player, **more: object) -> dict[str, object]:
    answer = await player.ask("POST", "/v1/tickets", {"mode": DUEL.id} | more)
    assert answer.status == 201, answer.body
    made: dict[str, object] = answer.body
    return made


async def until_gone(place: Ground, ticket: object) -> None:
    async with asyncio.timeout(10):
        while await place.desk.queue.find(str(ticket)):
            await asyncio.sleep(0.05)


async def test_a_player_waits_and_is_told_where_to_go(tmp_path: Path) -> None:
    async with ground(tmp_path) as place:
        anna = await place.player()
        ticket = await queued(anna, skill=1200, latencies={"attic": 12.5})
        assert (ticket["state"], ticket["players"]) == ("waiting", [anna.id])
        assert len(await place.waiting()) == 1
        waiting = asyncio.create_task(anna.ask("GET", f"/v1/tickets/{ticket['id']}?wait=30"))
        await asyncio.sleep(0.2)
        assert not waiting.done()
        await place.assign(str(ticket["id"]))
        async with asyncio.timeout(2):
            told = (await waiting).body
        assert told["state"] == "assigned"
        assert told["server"]["addresses"] == ["203.0.113.1:7000", "[2001:db8::1]:7000"]
        keys = (await anna.ask("GET", "/.well-known/jwks.json")).body
        server = Verifier(ISSUER, DUEL.namespace, "arena-x", "0" * 32, keys)
        now = place.desk.clock.now().timestamp()
        assert server.verify(told["server"]["token"], now).sub == anna.id

        again = (await anna.ask("GET", "/v1/match")).body
        assert again["server"]["token"] != told["server"]["token"]
        assert server.verify(again["server"]["token"], now).seat == 0
        other = await place.player()
        assert (await other.ask("GET", "/v1/match")).status == 404


async def test_a_stream_tells_each_change_and_ends_with_the_last(tmp_path: Path) -> None:
    async with ground(tmp_path) as place:
        anna, ben = [await place.player() for _ in range(2)]
        ticket = await queued(anna)
        path = f"/v1/tickets/{ticket['id']}/events"
        told: list[dict[str, object]] = []
        async with place.http.get(path, headers={"Authorization": f"Bearer {anna.token}"}) as stream:
            assert stream.headers["Content-Type"].startswith("text/event-stream")
            async with asyncio.timeout(10):
                async for line in stream.content:
                    if line.startswith(b"data: "):
                        told.append(json.loads(line.removeprefix(b"data: ")))
                        if len(told) == 1:
                            await place.assign(str(ticket["id"]))
        assert [each["state"] for each in told] == ["waiting", "assigned"]
        assert "server" in told[1]
        assert (await ben.ask("GET", path)).status == 404


async def test_one_ticket_a_player_and_the_same_key_is_the_same_ticket(tmp_path: Path) -> None:
    async with ground(tmp_path) as place:
        anna = await place.player()
        body = {"mode": DUEL.id}
        first, second = await asyncio.gather(*(anna.ask("POST", "/v1/tickets", body) for _ in range(2)))
        assert sorted((first.status, second.status)) == [201, 409]
        made, refused = (first, second) if first.status == 201 else (second, first)
        assert refused.body["type"].endswith("/busy")
        assert refused.body["ticket"] == made.body["id"]
        assert len(await place.waiting()) == 1
        await anna.ask("DELETE", f"/v1/tickets/{made.body['id']}")

        keyed = [await anna.ask("POST", "/v1/tickets", body, Idempotency_Key="once") for _ in range(3)]
        assert {each.status for each in keyed} == {201}
        assert len({each.body["id"] for each in keyed}) == 1
        assert len(await place.waiting()) == 1
        other = await anna.ask("POST", "/v1/tickets", body | {"skill": 7}, Idempotency_Key="once")
        assert (other.status, other.body["type"].rsplit("/", 1)[1]) == (409, "other-request")
        ben = await place.player()
        assert (await ben.ask("POST", "/v1/tickets", body, Idempotency_Key="once")).body["id"] != keyed[0].body["id"]


async def test_a_party_is_one_ticket_that_all_of_it_see(tmp_path: Path) -> None:
    async with ground(tmp_path) as place:
        anna, ben, carl = [await place.player() for _ in range(3)]
        ticket = await queued(anna, party=[{"token": ben.token, "skill": 3}])
        assert ticket["players"] == [anna.id, ben.id]
        path = f"/v1/tickets/{ticket['id']}"
        assert (await ben.ask("GET", path)).status == 200
        assert (await carl.ask("GET", path)).status == 404
        assert (await ben.ask("POST", "/v1/tickets", {"mode": DUEL.id})).body["type"].endswith("/busy")
        refused = await carl.ask("POST", "/v1/tickets", {"mode": DUEL.id, "party": [{"token": ben.token}]})
        assert refused.status == 409
        assert "ticket" not in refused.body, "which is not this player's to know"
        assert (await carl.ask("POST", "/v1/tickets", {"mode": DUEL.id})).status == 201, "nothing was left of it"
        assert (await ben.ask("DELETE", path)).status == 204
        assert (await anna.ask("GET", path)).body["state"] == "cancelled"
        await queued(anna)
        await queued(ben)


async def test_a_client_that_vanishes_leaves_no_ghost(tmp_path: Path) -> None:
    async with ground(tmp_path, silence_seconds=1.0) as place:
        anna, ben = [await place.player() for _ in range(2)]
        gone, kept = await queued(anna), await queued(ben)
        for _ in range(8):
            assert (await ben.ask("GET", f"/v1/tickets/{kept['id']}?wait=0.25")).body["state"] == "waiting"
        await until_gone(place, gone["id"])
        assert (await anna.ask("GET", f"/v1/tickets/{gone['id']}")).status == 404
        await queued(anna)


async def test_two_hundred_who_wait_ask_the_store_next_to_nothing(tmp_path: Path) -> None:
    async with ground(tmp_path) as place:
        players = [await place.player() for _ in range(200)]
        tickets = [await queued(each) for each in players]
        paths = [f"/v1/tickets/{each['id']}?wait=30" for each in tickets]
        waits = [asyncio.create_task(each.ask("GET", path)) for each, path in zip(players, paths, strict=True)]
        async with asyncio.timeout(20):
            while len(place.desk.waiters) < 200:
                await asyncio.sleep(0.05)
        await asyncio.sleep(0.5)
        place.store.calls.clear()
        await asyncio.sleep(3)  # Open Match's own watch would have asked 6,000 times
        assert place.store.calls["get"] <= 200
        await asyncio.gather(*(place.assign(str(each["id"])) for each in tickets))
        async with asyncio.timeout(15):
            answers = await asyncio.gather(*waits)
        assert {each.body["state"] for each in answers} == {"assigned"}


async def test_keys_are_cached_and_guests_can_be_off(tmp_path: Path) -> None:
    async with ground(tmp_path, guests=False) as place:
        nobody = Player(place.http)
        first = await nobody.ask("GET", "/.well-known/jwks.json")
        assert first.body == json.loads(jwks.document(place.desk.keys.current).body)
        assert "max-age" in first.headers["cache-control"]
        again = await nobody.ask("GET", "/.well-known/jwks.json", If_None_Match=first.headers["etag"])
        assert again.status == 304
        assert (await nobody.ask("POST", "/v1/guests")).body["type"].endswith("/no-guests")
        assert (await nobody.ask("GET", "/v1/openapi.json")).body["info"]["title"] == "Homeground matchmaking"
