"""Our records as what Open Match carries, and back."""

from collections.abc import MutableMapping
from datetime import UTC, datetime

from google.protobuf.any_pb2 import Any
from google.protobuf.message import DecodeError, Message
from google.protobuf.timestamp_pb2 import Timestamp

from matchmaking.openmatch.messages_pb2 import Assignment, Backfill, Match, Pool, SearchFields, TagPresentFilter, Ticket
from matchmaking.place import Place
from matchmaking.ticket_record import TicketRecord
from matchmaking.wire.matchmaking_pb2 import Party, Player, Roster, Running, Server

PARTY, ROSTER, SERVER, RUNNING = "party", "roster", "server", "running"


class MalformedError(Exception):
    """A message lacks what ours carry: which, and what."""


def ticket(record: TicketRecord) -> Ticket:
    """What stands for it in Open Match: its mode as tag, its players as extension `party`."""
    players = [Player(id=each.id, skill=each.skill, latencies=each.latencies) for each in record.players]
    party = Party(
        ticket=record.id, players=players, waiting_since=_timestamp(record.waiting_since), priority=record.priority
    )
    return Ticket(search_fields=SearchFields(tags=[record.mode]), extensions={PARTY: _packed(party)})


def party(found: Ticket) -> Party:
    """Raises MalformedError."""
    read = Party()
    _unpack(found.extensions, PARTY, read, f"ticket {found.id}")
    return read


def roster(found: Match) -> Roster:
    """Raises MalformedError."""
    read = Roster()
    _unpack(found.extensions, ROSTER, read, f"match {found.match_id}")
    return read


def assignment(place: Place) -> Assignment:
    """Of everyone in the match: it says nothing of one player."""
    server = Server(
        match=place.match,
        namespace=place.namespace,
        name=place.server,
        nonce=place.nonce,
        addresses=place.addresses,
        join_by=_timestamp(place.join_by),
    )
    return Assignment(connection=place.addresses[0], extensions={SERVER: _packed(server)})


def backfill(mode: str, told: Running) -> Backfill:
    """What stands for the free seats of a running match in Open Match, until somebody takes some."""
    return Backfill(search_fields=SearchFields(tags=[mode]), extensions={RUNNING: _packed(told)})


def taken(found: Backfill) -> Backfill:
    """As a match for it carries it: found by no query any more, for its seats are not those that it tells of."""
    made = Backfill()
    made.CopyFrom(found)
    made.ClearField("search_fields")
    return made


def running(found: Backfill) -> Running:
    """Raises MalformedError."""
    read = Running()
    _unpack(found.extensions, RUNNING, read, f"backfill {found.id}")
    return read


def everyone(mode: str) -> Pool:
    """All tickets of a mode."""
    return Pool(name="everyone", tag_present_filters=[TagPresentFilter(tag=mode)])


def packed_roster(made: Roster) -> Any:
    return _packed(made)


def _packed(message: Message) -> Any:
    packed = Any()
    packed.Pack(message, deterministic=True)
    return packed


def _unpack(extensions: MutableMapping[str, Any], name: str, into: Message, what: str) -> None:
    try:
        whole = name in extensions and extensions[name].Unpack(into)
    except DecodeError as error:
        raise MalformedError(f"{what}: extension {name!r}: {error}") from error
    if not whole:
        raise MalformedError(f"{what} has no extension {name!r} of type {into.DESCRIPTOR.full_name}")


def _timestamp(seconds: float) -> Timestamp:
    stamp = Timestamp()
    stamp.FromDatetime(datetime.fromtimestamp(seconds, UTC))
    return stamp
