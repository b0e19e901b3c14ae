"""From a proposed match to players who know where to go, on a real API server with Agones."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import pytest

from matchmaking import place as places
from matchmaking.director.record import Phase
from matchmaking.openmatch.frontend_pb2 import GetTicketRequest
from matchmaking.ticket_record import TicketState, player_key
from matchmaking.words import GAME as GAME_LABEL
from matchmaking.words import JOINED, MATCH, NONCE, SITE, SUSPECT
from tests.cluster.api import Json
from tests.doubles.agones.world import World, fleet, server_spec
from tests.services.matchmaking.director.live.ground import GAME, Ground, ground
from tests.services.matchmaking.director.live.ground import SITE as DESK

pytestmark = [pytest.mark.cluster, pytest.mark.asyncio, pytest.mark.xdist_group("matchmaking-director")]

SECONDS = 40.0


def servers_of(world: World, size: int, name: str = GAME) -> Json:
    """A Fleet with the labels that ours have; all Ready."""
    labels = {GAME_LABEL: GAME, SITE: DESK}
    template = {"metadata": {"labels": labels}, "spec": server_spec()}
    manifest = fleet(name, world.namespace, size)
    made = world.api.create(manifest | {"spec": manifest["spec"] | {"template": template}})
    world.wait_status(made, replicas=size, readyReplicas=size)
    return made


async def until(what: str, condition: Callable[[], Awaitable[Any]], seconds: float = SECONDS) -> Any:
    """The first truthy answer. Raises TimeoutError."""
    try:
        async with asyncio.timeout(seconds):
            while not (answer := await condition()):
                await asyncio.sleep(0.05)
            return answer
    except TimeoutError:
        raise TimeoutError(f"waited {seconds:g} s for {what}") from None


async def assigned(place: Ground, ticket_id: str) -> Any:
    found = await place.read(ticket_id)
    return found if found and found.state is TicketState.ASSIGNED else None


async def ended(place: Ground, match_id: str) -> Any:
    record = await place.ledger.match(match_id)
    return record is None or record.phase is Phase.ENDED


async def stop(*directors: "asyncio.Task[None]") -> None:
    for director in directors:
        director.cancel()
    for end in await asyncio.gather(*directors, return_exceptions=True):
        assert isinstance(end, asyncio.CancelledError), end


async def test_a_match_gets_a_server_and_its_players_their_places(world: World) -> None:
    servers_of(world, 2)
    async with ground(world) as place:
        director = place.director()
        (anna, om_anna), (ben, om_ben) = [await place.ticket(each) for each in ("anna", "ben")]
        match_id = place.propose(om_anna, om_ben)
        for ticket in (anna, ben):
            found = await until("the ticket to be assigned", partial(assigned, place, ticket.id))
            assert found.match == match_id
        await until("the news", lambda: _has(place, f"assigned {anna.id}", f"assigned {ben.id}"))
        (server,) = world.servers("Allocated")
        raw = await place.store.get(places.key(match_id, "ben"))
        assert raw is not None
        seat = places.decode(raw)
        assert (seat.team, seat.seat, seat.ticket, seat.server) == (1, 0, ben.id, server["metadata"]["name"])
        assert server["metadata"]["labels"][MATCH] == match_id
        assert server["metadata"]["annotations"][NONCE] == seat.nonce
        assert len(seat.nonce) == 32
        port, node = server["status"]["ports"][0]["port"], server["status"]["nodeName"]
        known = (f"203.0.113.2:{port}", f"[2001:db8::2]:{port}")
        assert seat.addresses == (known if node == "machine-2" else (f"10.9.0.1:{port}",))
        core = await place.core.frontend.GetTicket(GetTicketRequest(ticket_id=om_ben.id))
        assert core.assignment.connection == seat.addresses[0]
        await stop(director)


async def test_without_a_server_the_tickets_wait_again_at_once(world: World) -> None:
    async with ground(world) as place:
        director = place.director()
        (anna, om_anna), (_, om_ben) = [await place.ticket(each) for each in ("anna", "ben")]
        place.propose(om_anna, om_ben)
        await until("the match to be fetched", lambda: _gone(place))
        await until("its tickets to wait again", lambda: _waiting(place, om_anna.id, om_ben.id), seconds=5)
        servers_of(world, 1)
        place.propose(om_anna, om_ben)
        await until("the second try", lambda: assigned(place, anna.id))
        await stop(director)


async def test_players_whose_server_dies_before_they_join_go_first(world: World) -> None:
    servers_of(world, 1)
    async with ground(world) as place:
        director = place.director()
        (anna, om_anna), (_, om_ben) = [await place.ticket(each) for each in ("anna", "ben")]
        place.propose(om_anna, om_ben)
        await until("the ticket to be assigned", lambda: assigned(place, anna.id))
        (server,) = world.servers("Allocated")
        world.api.patch(server, {"metadata": {"labels": {SUSPECT: "true"}}})
        await until("the news", lambda: _has(place, f"requeued {anna.id}"))
        again = await place.read(anna.id)
        assert again
        assert (again.state, again.match, again.priority) == (TicketState.WAITING, "", 1)
        assert again.open_match not in ("", om_anna.id)
        assert again.waiting_since == anna.waiting_since
        await until("the new ticket to be matched again", lambda: _waiting(place, again.open_match))
        await until("the server to be given back", lambda: _none_allocated(world))
        await stop(director)


async def test_a_server_that_nobody_joins_goes_and_its_players_may_queue_again(world: World) -> None:
    servers_of(world, 1)
    async with ground(world, connect=1.0) as place:
        director = place.director()
        (anna, om_anna), (_, om_ben) = [await place.ticket(each) for each in ("anna", "ben")]
        match_id = place.propose(om_anna, om_ben)
        await until("the match to end", lambda: ended(place, match_id))
        await until("the player to be free", lambda: _free(place, "anna"))
        assert await place.read(anna.id) is None
        assert await place.store.get(places.key(match_id, "anna")) is None
        await until("the server to be given back", lambda: _none_allocated(world))
        await stop(director)


async def test_a_server_with_players_stays_until_it_ends(world: World) -> None:
    servers_of(world, 1)
    async with ground(world, connect=2.0) as place:
        director = place.director()
        (anna, om_anna), (_, om_ben) = [await place.ticket(each) for each in ("anna", "ben")]
        match_id = place.propose(om_anna, om_ben)
        await until("the ticket to be assigned", lambda: assigned(place, anna.id))
        (server,) = world.servers("Allocated")
        world.api.patch(server, {"metadata": {"labels": {JOINED: "true"}}})
        await asyncio.sleep(4)  # its players' time to join is over
        assert [each["metadata"]["name"] for each in world.servers("Allocated")] == [server["metadata"]["name"]]
        assert not await ended(place, match_id)
        world.set_state(server, "Shutdown")
        await until("the match to end", lambda: ended(place, match_id))
        await until("the player to be free", lambda: _free(place, "anna"))
        await stop(director)


async def test_directors_that_die_and_share_lose_no_match_and_no_server(world: World) -> None:
    """One is killed in the middle of things, whatever it was at: others go on, or its players are matched anew."""
    servers_of(world, 8)
    async with ground(world, connect=120.0) as place:
        directors = [place.director() for _ in range(3)]
        waiting = [await place.ticket(f"player-{number}") for number in range(12)]
        place.pairing = True
        await until("the first match to be on record", partial(_any_match, place))
        await stop(directors.pop())
        found = [await until("every ticket to be assigned", partial(assigned, place, each.id)) for each, _ in waiting]
        matches = Counter(each.match for each in found)
        assert set(matches.values()) == {2}
        await until("servers without a match to be given back", partial(_allocated_for, world, set(matches)))
        await stop(*directors)


async def _any_match(place: Ground) -> bool:
    return bool([each async for each in place.ledger.matches()])


async def _allocated_for(world: World, matches: set[str]) -> bool:
    """One server a match, and no others."""
    taken = Counter(each["metadata"]["labels"][MATCH] for each in world.servers("Allocated"))
    return taken == Counter(matches)


async def _has(place: Ground, *news: str) -> bool:
    return set(news) <= set(place.heard)


async def _gone(place: Ground) -> bool:
    return not place.matches


async def _waiting(place: Ground, *ticket_ids: str) -> bool:
    return set(ticket_ids) <= await place.core.ids()


async def _none_allocated(world: World) -> bool:
    return not world.servers("Allocated")


async def _free(place: Ground, player: str) -> bool:
    return await place.store.get(player_key(player)) is None
