"""A small world in which a match is under way, and players come for its free seats."""

from msgspec.structs import replace

from matchmaking.director.joining import Join
from matchmaking.director.member import Member
from matchmaking.director.record import Phase
from matchmaking.ticket_record import TicketState
from tests.services.matchmaking.director.world import JOIN_BY, Admit, Machine, State, begin

BACKFILL = "b"


def under_way(
    *joins: tuple[int, ...], free: int, rivals: tuple[tuple[int, ...], ...] = (), anew: bool = False
) -> State:
    """Match 0 has ticket 0 and free seats; `joins` (tickets by number) want them, and `rivals` are new matches.

    `anew`: each join is of the seats that the one before has left.
    """
    tickets = max(max(each) for each in (*joins, *rivals)) + 1
    state = begin((tuple(range(tickets)), *rivals), servers=1 + len(rivals))
    first = state.matches[0]
    assert first
    running = replace(
        first,
        members=first.members[:1],
        phase=Phase.ASSIGNED,
        nonce="0.0",
        server="0",
        join_by=JOIN_BY,
        begun=True,
        free=(free,),
        open_until=99,
        backfill=BACKFILL,
        advertised_at=0.5,
    )
    player = state.tickets[0]
    assert player
    return state._replace(
        matches=(running, *state.matches[1:]),
        tickets=(replace(player, state=TicketState.ASSIGNED, match="0"), *state.tickets[1:]),
        servers=(Machine(match=0, nonce="0.0", joined=True), *state.servers[1:]),
        placed=frozenset({0}),
        promised=frozenset({"om0"}),
        proposals=tuple(
            (0, Admit(_join(number, each), BACKFILL + "+" * number * anew)) for number, each in enumerate(joins)
        ),
        closings=1,
        attempts=1,
        seats=1 + free,
    )


def _join(number: int, tickets: tuple[int, ...]) -> Join:
    members = tuple(Member(ticket=str(each), open_match=f"om{each}") for each in tickets)
    return Join(id=f"j{number}", members=members, roster=b"", takes=(len(tickets),), created_at=0)
