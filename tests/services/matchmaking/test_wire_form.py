"""Records as Open Match carries them."""

import pytest

from matchmaking import wire_form
from matchmaking.openmatch.messages_pb2 import Backfill, Match, Ticket
from matchmaking.ticket_record import Player, TicketRecord
from matchmaking.wire.matchmaking_pb2 import Party, Roster, Running, Seat, Team

RECORD = TicketRecord(
    id="t-1",
    open_match="om-1",
    mode="arena/duel",
    players=(Player(id="anna", skill=12.5, latencies={"attic": 8.0}), Player(id="ben")),
    created_at=1_800_000_000.25,
    waiting_since=1_800_000_000.25,
    priority=1,
)


def test_a_ticket_has_its_mode_as_tag_and_its_players_inside() -> None:
    made = wire_form.ticket(RECORD)
    assert list(made.search_fields.tags) == ["arena/duel"]
    party = wire_form.party(made)
    assert (party.ticket, party.priority, party.waiting_since.ToMilliseconds()) == ("t-1", 1, 1_800_000_000_250)
    assert [(each.id, each.skill, dict(each.latencies)) for each in party.players] == [
        ("anna", 12.5, {"attic": 8.0}),
        ("ben", 0.0, {}),
    ]
    assert not made.id, "which is the core's to say"


def test_what_is_not_ours_is_told_by_name() -> None:
    with pytest.raises(wire_form.MalformedError, match=r"ticket om-9 has no extension 'party' of type homeground\."):
        wire_form.party(Ticket(id="om-9"))
    wrong = wire_form.packed_roster(Roster(teams=[Team(seats=[Seat(player="anna")])]))
    with pytest.raises(wire_form.MalformedError, match="has no extension 'party'"):
        wire_form.party(Ticket(id="om-9", extensions={"party": wrong}))
    broken = wire_form.ticket(RECORD).extensions["party"]
    broken.value = b"\xff\xff\xff"
    with pytest.raises(wire_form.MalformedError):
        wire_form.roster(Match(match_id="m-1", extensions={"roster": broken}))
    broken.type_url = f"type.googleapis.com/{Party.DESCRIPTOR.full_name}"
    with pytest.raises(wire_form.MalformedError, match="extension 'party'"):
        wire_form.party(Ticket(id="om-9", extensions={"party": broken}))


def test_free_seats_have_their_mode_as_tag_until_a_match_takes_them() -> None:
    made = wire_form.backfill("arena/duel", Running(match="m-1", free=[0, 2], site="attic", lowest_skill=1.5))
    assert list(made.search_fields.tags) == ["arena/duel"]
    assert list(wire_form.running(made).free) == [0, 2]
    made.id, made.generation = "b", 3
    taken = wire_form.taken(made)
    assert (taken.id, taken.generation, list(taken.search_fields.tags)) == ("b", 3, [])
    assert wire_form.running(taken) == wire_form.running(made)
    with pytest.raises(wire_form.MalformedError, match="backfill b has no extension 'running'"):
        wire_form.running(Backfill(id="b"))
