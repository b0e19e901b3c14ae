"""Records as Open Match carries them."""

import pytest

from matchmaking import wire_form
from matchmaking.openmatch.messages_pb2 import Match, Ticket
from matchmaking.ticket_record import Player, TicketRecord
from matchmaking.wire.matchmaking_pb2 import Party, Roster, Seat, Team

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
