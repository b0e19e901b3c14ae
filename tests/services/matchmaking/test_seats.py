"""Seat arithmetic, against seats that are counted one by one."""

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from matchmaking import seats

TEAMS = st.lists(st.integers(0, 4), max_size=4).map(tuple)


def test_what_is_left_is_what_is_not_taken_seat_by_seat() -> None:
    for left in product(range(4), repeat=2):
        chairs = [(team, number) for team, count in enumerate(left) for number in range(count)]
        for taken in product(range(-1, 5), repeat=2):
            wanted = [(team, number) for team, count in enumerate(taken) for number in range(count)]
            possible = min(taken) >= 0 and set(wanted) <= set(chairs)
            found = seats.without(left, taken)
            assert (found is not None) == possible
            if found is not None:
                assert sum(found) == len(set(chairs) - set(wanted))


@given(TEAMS, TEAMS)
def test_another_number_of_teams_is_another_match(left: seats.Seats, taken: seats.Seats) -> None:
    if len(left) != len(taken):
        assert seats.without(left, taken) is None


@given(TEAMS, st.integers(1, 5))
def test_a_party_goes_where_most_are_lacking_if_any_team_has_room(left: seats.Seats, size: int) -> None:
    team = seats.team_for(left, size)
    room = [index for index, number in enumerate(left) if number >= size]
    assert (team is None) == (not room)
    if team is not None:
        assert team in room
        assert left[team] == max(left)
        assert left.index(max(left)) == team


@given(st.lists(st.integers(0, 6), max_size=4), st.integers(1, 4))
def test_no_team_has_fewer_free_seats_than_none(players: list[int], per_team: int) -> None:
    found = seats.free(players, per_team)
    assert all(free == len(range(number, per_team)) for free, number in zip(found, players, strict=True))
