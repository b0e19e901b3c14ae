"""The stubs are those of our .proto files, and those are of Open Match's API, number by number."""

from pathlib import Path
from typing import Any

import pytest
from google.protobuf.descriptor import FieldDescriptor

from matchmaking.openmatch import (
    backend_pb2,
    evaluator_pb2,
    frontend_pb2,
    matchfunction_pb2,
    messages_pb2,
    query_pb2,
)
from tests.services.matchmaking import stubs

FILES: list[Any] = [messages_pb2, frontend_pb2, backend_pb2, query_pb2, matchfunction_pb2, evaluator_pb2]

MESSAGES = """
Ticket id=1 assignment=3 search_fields=4 extensions=5 persistent_field=6 create_time=7
SearchFields double_args=1 string_args=2 tags=3
Assignment connection=1 extensions=4
Pool name=1 double_range_filters=2 string_equals_filters=4 tag_present_filters=5 created_before=6 created_after=7
DoubleRangeFilter double_arg=1 max=2 min=3 exclude=4
StringEqualsFilter string_arg=1 value=2
TagPresentFilter tag=1
MatchProfile name=1 pools=3 extensions=5
Match match_id=1 match_profile=2 match_function=3 tickets=4 extensions=7 backfill=8 allocate_gameserver=9
Backfill id=1 search_fields=2 extensions=3 persistent_field=4 create_time=5 generation=6
DefaultEvaluationCriteria score=1
FunctionConfig host=1 port=2 type=3
FetchMatchesRequest config=1 profile=2
FetchMatchesResponse match=1
AssignmentGroup ticket_ids=1 assignment=2
AssignTicketsRequest assignments=1
AssignTicketsResponse failures=1
AssignmentFailure ticket_id=1 cause=2
ReleaseTicketsRequest ticket_ids=1
ReleaseTicketsResponse
ReleaseAllTicketsRequest
ReleaseAllTicketsResponse
CreateTicketRequest ticket=1
DeleteTicketRequest ticket_id=1
GetTicketRequest ticket_id=1
WatchAssignmentsRequest ticket_id=1
WatchAssignmentsResponse assignment=1
CreateBackfillRequest backfill=1
UpdateBackfillRequest backfill=1
GetBackfillRequest backfill_id=1
DeleteBackfillRequest backfill_id=1
AcknowledgeBackfillRequest backfill_id=1 assignment=2
AcknowledgeBackfillResponse backfill=1 tickets=2
QueryTicketsRequest pool=1
QueryTicketsResponse tickets=1
QueryTicketIdsRequest pool=1
QueryTicketIdsResponse ids=1
QueryBackfillsRequest pool=1
QueryBackfillsResponse backfills=1
RunRequest profile=1
RunResponse proposal=1
EvaluateRequest match=1
EvaluateResponse match_id=2
"""
"""Open Match 1.8.1, api/*.proto."""

METHODS = """
FrontendService CreateTicket DeleteTicket GetTicket WatchAssignments* AcknowledgeBackfill CreateBackfill
 DeleteBackfill GetBackfill UpdateBackfill
BackendService FetchMatches* AssignTickets ReleaseTickets ReleaseAllTickets
QueryService QueryTickets* QueryTicketIds* QueryBackfills*
MatchFunction Run*
Evaluator *Evaluate*
"""
"""A star where a stream is: before the name of requests, after it of answers."""

ENUMS = {
    "DoubleRangeFilter.Exclude": {"NONE": 0, "MIN": 1, "MAX": 2, "BOTH": 3},
    "FunctionConfig.Type": {"GRPC": 0, "REST": 1},
    "AssignmentFailure.Cause": {"UNKNOWN": 0, "TICKET_NOT_FOUND": 1},
}
TYPES = {
    "Ticket.extensions": "google.protobuf.Any",
    "Ticket.create_time": "google.protobuf.Timestamp",
    "Pool.created_before": "google.protobuf.Timestamp",
    "Match.extensions": "google.protobuf.Any",
    "Assignment.extensions": "google.protobuf.Any",
}


def test_the_stubs_are_those_of_the_proto_files(tmp_path: Path) -> None:
    written = stubs.write(tmp_path)
    assert len(written) > 20
    differing = [
        path.relative_to(tmp_path).as_posix()
        for path in written
        if path.read_text() != (stubs.SOURCES / path.relative_to(tmp_path)).read_text()
    ]
    assert differing == [], "run python -m tests.services.matchmaking.stubs"


def test_the_messages_are_open_matchs() -> None:
    wanted = [line for line in MESSAGES.splitlines() if line]
    found = {
        " ".join([name, *(f"{field.name}={field.number}" for field in message.fields)])
        for file in FILES
        for name, message in file.DESCRIPTOR.message_types_by_name.items()
    }
    assert found == set(wanted)
    assert {file.DESCRIPTOR.package for file in FILES} == {"openmatch"}


def test_the_methods_are_open_matchs() -> None:
    wanted = {line for line in METHODS.replace("\n ", " ").splitlines() if line}
    found = {
        " ".join([name, *(_starred(method) for method in service.methods)])
        for file in FILES
        for name, service in file.DESCRIPTOR.services_by_name.items()
    }
    assert found == wanted


def _starred(method: Any) -> str:
    return f"{'*' * method.client_streaming}{method.name}{'*' * method.server_streaming}"


@pytest.mark.parametrize("name", ENUMS)
def test_the_enumerations_are_open_matchs(name: str) -> None:
    message, _, enum = name.partition(".")
    owner = next(file for file in FILES if message in file.DESCRIPTOR.message_types_by_name)
    found = owner.DESCRIPTOR.message_types_by_name[message].enum_types_by_name[enum]
    assert {value.name: value.number for value in found.values} == ENUMS[name]


@pytest.mark.parametrize("name", TYPES)
def test_what_carries_other_messages_has_their_type(name: str) -> None:
    message, _, field_name = name.partition(".")
    field: FieldDescriptor = messages_pb2.DESCRIPTOR.message_types_by_name[message].fields_by_name[field_name]
    kind: Any = field.message_type
    if kind.GetOptions().map_entry:
        kind = kind.fields_by_name["value"].message_type
    assert kind.full_name == TYPES[name]
