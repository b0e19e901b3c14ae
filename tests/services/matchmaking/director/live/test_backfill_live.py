"""Free seats of a match under way, on a real API server with Agones: filled, closed, and gone with their server."""

import asyncio
from functools import partial
from uuid import uuid4

import pytest
from msgspec.structs import replace

from matchmaking import place as places
from matchmaking import wire_form
from matchmaking.openmatch.messages_pb2 import Backfill, Match, Ticket
from matchmaking.wire.matchmaking_pb2 import Roster, Seat, Team
from matchmaking.words import CLOSED_BY_GAME, JOINED
from tests.cluster.api import Json
from tests.doubles.agones.world import World
from tests.services.matchmaking.director.live.ground import SITE, Ground, ground
from tests.services.matchmaking.director.live.test_director_live import assigned, ended, servers_of, stop, until

pytestmark = [pytest.mark.cluster, pytest.mark.asyncio, pytest.mark.xdist_group("matchmaking-director")]

EXPIRED_SECONDS = 10.0
"""Longer than the core keeps a backfill that is not made anew."""


async def under_way(place: Ground, world: World) -> tuple[str, Json, "asyncio.Task[None]"]:
    """A match of two in a mode of four, which one of them has joined: its id, its server, and the director."""
    place.mode = replace(place.mode, players_per_team=2, backfill=True)
    (anna, om_anna), (_, om_ben) = [await place.ticket(each) for each in ("anna", "ben")]
    match_id = place.propose(om_anna, om_ben)
    director = place.director()
    await until("the ticket to be assigned", partial(assigned, place, anna.id))
    (server,) = world.servers("Allocated")
    world.api.patch(server, {"metadata": {"labels": {JOINED: "true"}}})
    return match_id, server, director


def join(place: Ground, backfill: Backfill, *tickets: Ticket) -> None:
    """As the match function proposes it: all for the second team."""
    seats = [Seat(player=wire_form.party(each).players[0].id, ticket=each.id) for each in tickets]
    roster = wire_form.packed_roster(Roster(teams=[Team(), Team(seats=seats)], sites=[SITE]))
    made = Match(match_id=uuid4().hex, tickets=tickets, extensions={wire_form.ROSTER: roster})
    made.backfill.CopyFrom(wire_form.taken(backfill))
    place.matches.append(made)


async def free(place: Ground, *seats: int) -> Backfill | None:
    """The backfill that tells of these."""
    found = await place.core.backfills()
    told = [each for each in found if each.search_fields.tags and [*wire_form.running(each).free] == [*seats]]
    return told[0] if told else None


async def none_free(place: Ground) -> bool:
    return not await place.core.backfills()


async def waits(place: Ground, ticket_id: str) -> bool:
    return ticket_id in await place.core.ids()


async def test_a_free_seat_of_a_running_match_is_filled_until_the_game_closes_it(world: World) -> None:
    servers_of(world, 2)
    async with ground(world) as place:
        match_id, server, director = await under_way(place, world)
        first = await until("the free seats", partial(free, place, 1, 1))
        assert wire_form.running(first).site == SITE
        carl, om_carl = await place.ticket("carl")
        join(place, first, om_carl)
        found = await until("the joiner to be assigned", partial(assigned, place, carl.id))
        assert found.match == match_id
        raw = await place.store.get(places.key(match_id, "carl"))
        assert raw is not None
        seat = places.decode(raw)
        assert (seat.server, seat.team, seat.seat) == (server["metadata"]["name"], 1, 1)
        assert len(world.servers("Allocated")) == 1, "nothing was allocated for them"
        await until("what is left", partial(free, place, 1, 0))
        world.api.patch(server, {"metadata": {"annotations": {CLOSED_BY_GAME: "true"}}})
        await until("nothing to be free", partial(none_free, place))
        await stop(director)


async def test_free_seats_stay_known_and_go_with_their_server(world: World) -> None:
    servers_of(world, 1)
    async with ground(world) as place:
        match_id, server, director = await under_way(place, world)
        first = await until("the free seats", partial(free, place, 1, 1))

        async def another() -> Backfill | None:
            found = await free(place, 1, 1)
            return found if found and found.id != first.id else None

        second = await until("them to be told of anew", another, EXPIRED_SECONDS)
        world.set_state(server, "Shutdown")
        await until("the match to end", partial(ended, place, match_id))
        dora, om_dora = await place.ticket("dora")
        join(place, second, om_dora)
        await until("the proposal to be fetched", partial(_fetched, place))
        await until("them to wait on", partial(waits, place, om_dora.id), seconds=5)
        assert not await assigned(place, dora.id)
        await until("nothing to be free", partial(none_free, place))
        await stop(director)


async def _fetched(place: Ground) -> bool:
    return not place.matches
