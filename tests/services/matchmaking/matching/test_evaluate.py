"""The evaluator: of matches with tickets in common, the better ones."""

import math
import random

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from matchmaking.matching.evaluate import Candidate, accept


def candidate(match_id: str, score: float, *tickets: str, backfill: str = "") -> Candidate:
    return Candidate(id=match_id, tickets=frozenset(tickets), score=score, backfill=backfill)


CANDIDATES = st.lists(
    st.builds(
        candidate,
        st.sampled_from([f"m{number}" for number in range(6)]),
        st.floats(0, 3) | st.just(math.nan),
        st.sampled_from("abcde"),
        st.sampled_from("abcde"),
        backfill=st.sampled_from(["", "", "x", "y"]),
    ),
    max_size=8,
)


def test_the_better_one_wins() -> None:
    matches = [candidate("low", 1, "a", "b"), candidate("high", 2, "b", "c"), candidate("other", 0, "d")]
    assert accept(matches) == ["high", "other"]


def test_one_without_a_score_comes_last_and_a_tie_is_the_smaller_ids() -> None:
    assert accept([candidate("none", math.nan, "a"), candidate("least", -1e9, "a")]) == ["least"]
    assert accept([candidate("b", 1, "t"), candidate("a", 1, "t")]) == ["a"]


def test_a_backfill_and_an_id_are_used_once() -> None:
    assert accept([candidate("a", 2, "t", backfill="x"), candidate("b", 1, "u", backfill="x")]) == ["a"]
    assert accept([candidate("a", 2, "t"), candidate("a", 1, "u")]) == ["a"]
    assert accept([candidate("a", 2, "t"), candidate("b", 1, "x"), candidate("c", 0, backfill="x")]) == ["a", "b", "c"]


@given(CANDIDATES, st.randoms(use_true_random=False))
def test_nothing_is_used_twice_whatever_the_order(candidates: list[Candidate], shuffler: random.Random) -> None:
    by_id = {f"{number}": replace(each, id=f"{number}") for number, each in enumerate(candidates)}
    accepted = accept(by_id.values())
    used = [ticket for each in accepted for ticket in by_id[each].tickets]
    assert len(used) == len(set(used))
    backfills = [by_id[each].backfill for each in accepted if by_id[each].backfill]
    assert len(backfills) == len(set(backfills))
    for left in by_id.keys() - set(accepted):
        assert by_id[left].tickets & set(used) or by_id[left].backfill in backfills
    shuffled = shuffler.sample(candidates, len(candidates))
    assert accept(shuffled) == accept(candidates)
