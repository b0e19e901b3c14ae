"""What match functions propose: legal, the same in any order, and for whoever waits longest first."""

import random
import time

from hypothesis import given, settings
from hypothesis import strategies as st

from matchmaking.matching.entrant import Entrant
from matchmaking.matching.propose import Proposal, propose
from matchmaking.settings import Latency, Mode, Skill
from tests.services.matchmaking.matching.entrants import (
    SITES,
    legal_match,
    mode,
    party,
    sizes_allowed,
    suits,
    worlds,
)


def tickets(proposals: list[Proposal]) -> list[list[list[str]]]:
    return [[[each.ticket for each in team] for team in made.teams] for made in proposals]


def legal(rules: Mode, made: Proposal, anchor: Entrant) -> bool:
    """For this one of its parties."""
    sizes = [sum(each.size for each in team) for team in made.teams]
    site = made.sites[0] if made.sites else "attic"
    return sizes_allowed(rules, anchor, sizes) and all(suits(rules, anchor, each, site) for each in made.entrants)


@settings(max_examples=400, deadline=None)
@given(worlds())
def test_every_match_is_legal_and_no_party_is_in_two(world: tuple[Mode, list[Entrant]]) -> None:
    rules, waiting = world
    seen: list[str] = []
    for made in propose(rules, SITES, waiting):
        assert any(legal(rules, made, anchor) for anchor in made.entrants)
        assert bool(made.sites) == bool(rules.latency)
        for site in made.sites:
            assert all(each.sites(rules, [site]) for each in made.entrants)
        seen += [each.ticket for each in made.entrants]
    assert len(seen) == len(set(seen))
    assert set(seen) <= {each.ticket for each in waiting}


@settings(max_examples=400, deadline=None)
@given(worlds())
def test_nobody_is_left_for_whom_there_is_a_match_among_those_left(world: tuple[Mode, list[Entrant]]) -> None:
    """And so the most urgent of all is matched if any match for it exists: nobody starves."""
    rules, waiting = world
    matched = {each.ticket for made in propose(rules, SITES, waiting) for each in made.entrants}
    left = [each for each in waiting if each.ticket not in matched]
    for anchor in left:
        others = [each for each in left if each.ticket != anchor.ticket]
        assert legal_match(rules, anchor, others) is None
    if waiting:
        first = min(waiting, key=lambda each: each.urgency)
        others = [each for each in waiting if each.ticket != first.ticket]
        assert first.ticket in matched or legal_match(rules, first, others) is None


@settings(max_examples=200, deadline=None)
@given(worlds(), st.randoms(use_true_random=False))
def test_the_order_in_which_tickets_are_told_is_no_matter(
    world: tuple[Mode, list[Entrant]], shuffler: random.Random
) -> None:
    rules, waiting = world
    shuffled = shuffler.sample(waiting, len(waiting))
    assert propose(rules, SITES, waiting) == propose(rules, SITES, shuffled)


def test_who_has_waited_longest_picks_first_and_priority_before_that() -> None:
    waiting = [
        party("new", 10),
        party("old", 11, waited=20),
        party("victim", 40, waited=1, priority=1),
        party("far", 39, waited=5),
    ]
    assert tickets(propose(mode(), SITES, waiting)) == [[["victim"], ["far"]], [["old"], ["new"]]]


def test_a_window_widens_until_it_reaches_someone() -> None:
    rules = mode(skill=Skill(window=10, widen_per_second=2))
    lonely = party("lonely", 0), party("other", 50)
    assert propose(rules, SITES, lonely) == []
    waits = party("lonely", 0, waited=19), party("other", 50)
    assert propose(rules, SITES, waits) == []
    reached = party("lonely", 0, waited=20), party("other", 50)
    assert tickets(propose(rules, SITES, reached)) == [[["lonely"], ["other"]]]


def test_however_many_come_after_it_a_party_waits_no_longer_than_its_window_needs() -> None:
    """A crowd far from it is matched among itself, cycle after cycle; at 20 s its window reaches the crowd."""
    rules = mode(skill=Skill(window=10, widen_per_second=2))
    for second in range(30):
        crowd = [party(f"c{second}.{number}", 50 + number % 3) for number in range(50)]
        found = tickets(propose(rules, SITES, [party("lonely", 0, waited=second), *crowd]))
        matched = any("lonely" in team for match in found for team in match)
        assert matched == (second >= 20)


def test_parties_stay_together_and_a_large_one_is_no_ones() -> None:
    rules = mode(2, 3)
    waiting = [party("three", 1, 1, 1), party("two", 1, 1), party("one", 1), party("four", 1, 1, 1, 1)]
    (made,) = propose(rules, SITES, waiting)
    assert sorted(sorted(each.ticket for each in team) for team in made.teams) == [["one", "two"], ["three"]]


def test_sizes_that_only_fit_one_way_are_fitted() -> None:
    rules = mode(2, 3)
    waiting = [party(f"p{number}", *[1.0] * size) for number, size in enumerate((1, 1, 2, 2))]
    (made,) = propose(rules, SITES, waiting)
    assert sorted(sorted(each.size for each in team) for team in made.teams) == [[1, 2], [1, 2]]


def test_a_short_match_begins_only_for_someone_who_has_waited() -> None:
    rules = mode(2, 2, min_players=2, fewer_after_seconds=30)
    young = [party("a", 1, waited=29), party("b", 1, waited=29), party("c", 1)]
    assert propose(rules, SITES, young) == []
    old = [party("a", 1, waited=30), party("b", 1), party("c", 1)]
    (made,) = propose(rules, SITES, old)
    assert sorted(len(team) for team in made.teams) == [1, 2]
    alone = [party("a", 1, waited=1000)]
    assert propose(rules, SITES, alone) == []


def test_a_site_suits_everyone_and_home_comes_first() -> None:
    rules = mode(latency=Latency(limit=50, widen_per_second=1))
    (made,) = propose(rules, SITES, [party("a", 1, attic=40.0, tokyo=10.0), party("b", 1, attic=40.0, tokyo=10.0)])
    assert made.sites == ("attic", "tokyo")
    (made,) = propose(rules, SITES, [party("a", 1, attic=40.0, tokyo=10.0), party("b", 1, tokyo=20.0)])
    assert made.sites == ("tokyo",)
    assert propose(rules, SITES, [party("a", 1, attic=40.0), party("b", 1, tokyo=20.0)]) == []
    (made,) = propose(rules, SITES, [party("a", 1, attic=40.0), party("b", 1)])
    assert made.sites == ("attic",)
    (made,) = propose(rules, SITES, [party("a", 1, attic=90.0, waited=40), party("b", 1)])
    assert made.sites == ("attic",)


def test_eight_times_the_tickets_take_about_eight_times_as_long() -> None:
    """A quadratic one would take 64 times."""
    rules = mode(2, 5, skill=Skill(window=10, widen_per_second=1), latency=Latency(limit=60))

    def seconds(number: int) -> float:
        draw = random.Random(1)
        waiting = [
            party(
                f"t{index}",
                *[draw.gauss(1500, 300)] * draw.choice((1, 1, 1, 2, 3)),
                waited=draw.uniform(0, 60),
                attic=draw.uniform(5, 100),
                tokyo=draw.uniform(5, 100),
            )
            for index in range(number)
        ]
        start = time.process_time()
        made = propose(rules, SITES, waiting)
        assert sum(each.size for match in made for each in match.entrants) > number / 2
        return time.process_time() - start

    small = min(seconds(2_000) for _ in range(3))
    assert seconds(16_000) < 32 * small
